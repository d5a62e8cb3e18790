"""What becomes of runs that fail, hang, are lost, or come twice; real Redis, a clock of the test's own."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.schedule.helpers import Clock, at, plan_of, shop_of
from zhihu_crawler.errors import RunError
from zhihu_crawler.schedule import engine as engine_module
from zhihu_crawler.schedule.actions import ACTIONS
from zhihu_crawler.schedule.actions.steps import Result
from zhihu_crawler.schedule.engine import Engine

TEXT = """
[[schedule]]
name = "it"
type = "prune"
cron = "0 * * * *"

[[schedule]]
name = "files"
type = "export"
cron = "0 * * * *"
enabled = false
"""


class World:
    """A schedule whose action the test sets, and engines of any number of workers."""

    def __init__(self, redis, monkeypatch, **config):
        self.redis, self.config = redis, config
        self.clock, self.plan = Clock("2026-11-02T11:30"), plan_of(TEXT)
        self.steps = []
        monkeypatch.setitem(ACTIONS, "prune", self.act)
        self.engine("one").claims().close()
        list(self.engine("one").claims())
        self.clock.move(minutes=31)

    def act(self, _):
        step = self.steps.pop(0) if self.steps else "done"
        yield "begun"
        if isinstance(step, BaseException):
            raise step
        return Result(step)

    def engine(self, name):
        return Engine(shop_of(self.redis.url, name, **self.config), self.plan, self.clock)

    def tick(self, name="one"):
        engine = self.engine(name)
        return [engine.perform(run) for _, run in engine.claims()]

    @property
    def state(self):
        return shop_of(self.redis.url).runs.look(["it"])["it"]


@pytest.fixture
def world(redis, monkeypatch):
    return World(redis, monkeypatch)


def test_what_fails_for_a_reason_that_passes_is_tried_again_after_ever_longer_pauses(world):
    world.steps = [RunError("no answer")] * 3
    begun = world.clock()
    told = []
    while not told or told[-1][1] == "retry":
        told += [((world.clock() - begun).total_seconds(), outcome.status) for outcome in world.tick()]
        world.clock.move(seconds=30)
    assert told == [(0, "retry"), (60, "retry"), (300, "failed")]
    assert (world.state.last.result, world.state.last.attempt) == ("no answer", 3)
    assert world.tick() == []


def test_what_cannot_pass_is_not_tried_again(world):
    world.steps = [RunError("no such file", is_passing=False)]
    assert [outcome.status for outcome in world.tick()] == ["failed"]
    world.clock.move(minutes=10)
    assert world.tick() == []


def test_a_fault_of_the_program_is_logged_and_tried_again(world, caplog):
    world.steps = [ZeroDivisionError("made up"), "well"]
    assert [outcome.status for outcome in world.tick()] == ["retry"]
    assert "this is a fault of the program" in caplog.text
    world.clock.move(minutes=2)
    assert [(outcome.status, outcome.text) for outcome in world.tick("other")] == [("ok", "well")]


def test_a_run_whose_worker_is_lost_is_had_by_the_next_and_what_the_first_still_says_is_not_heard(world, monkeypatch):
    first, [(_, run)] = world.engine("one"), world.engine("one").claims()
    steps = []

    def hang(_):
        yield "half"
        world.clock.move(seconds=61)
        steps.extend(world.tick("other"))
        yield "still here"
        raise AssertionError("it was not stopped")

    world.steps = ["by the other"]
    clock = iter(range(0, 10_000, 30))  # so that it asks after every step whether the run is still its own
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setitem(ACTIONS, "prune", lambda job: hang(job) if job.run.attempt == 1 else world.act(job))
    outcome = first.perform(run)
    assert (outcome.status, outcome.text) == ("", "another worker has taken it over")
    assert [one.text for one in steps] == ["by the other"]
    assert (world.state.last.result, world.state.last.attempt) == ("by the other", 2)


def test_a_run_that_is_lost_time_and_again_is_given_up(world):
    for _ in range(3):
        [(_, run)] = world.engine("one").claims()
        assert world.engine("one")._shop.runs.begin(run, world.clock(), world.engine("one")._shop.limits(_))
        world.clock.move(seconds=61)
    assert world.tick() == []
    assert (world.state.status, world.state.last.result) == ("failed", "its worker was lost")


def test_a_message_that_comes_twice_does_nothing_the_second_time(world):
    [(_, run)] = world.engine("one").claims()
    assert world.engine("one").perform(run).status == "ok"
    assert world.engine("other").perform(run).text == "somebody else has it"


def test_a_run_that_no_worker_takes_is_offered_again(world):
    assert len(list(world.engine("one").claims())) == 1
    world.clock.move(seconds=599)
    assert list(world.engine("one").claims()) == []
    world.clock.move(seconds=2)
    [(_, run)] = world.engine("other").claims()
    assert run.attempt == 1
    assert world.engine("other").perform(run).status == "ok"


def test_a_run_is_stopped_after_its_time_limit(world, monkeypatch):
    clock = iter(range(0, 10_000_000, 600))
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setitem(ACTIONS, "prune", lambda _: (f"step {number}" for number in range(100)))
    [outcome] = world.tick()
    assert outcome.status == "retry"
    assert outcome.text.startswith("stopped after its time_limit of 1 h: step")


def test_by_hand_it_runs_at_once_and_is_not_tried_again(world):
    world.steps = [RunError("no answer")]
    engine = world.engine("one")
    answer = engine.claim_by_hand("it")
    assert engine.claim_by_hand("it").word == "busy"
    assert engine.perform(answer.run, by_hand=True).status == "failed"
    assert world.state.last.manual
    assert world.tick() == []  # what was due is made up by it
    world.clock.time = at("2026-11-02T13:00")
    assert [outcome.status for outcome in world.tick()] == ["ok"]


def test_what_is_stopped_by_hand_is_not_lost(world):
    [(_, run)] = world.engine("one").claims()
    world.steps = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        world.engine("one").perform(run)
    assert (world.state.status, world.state.told) == ("retry", "stopped by hand")


def test_a_run_of_a_schedule_that_is_gone_is_left_alone(world):
    [(_, run)] = world.engine("one").claims()
    world.plan = plan_of("")
    assert world.engine("one").perform(run).text == "there is no schedule it in the file here"


def test_only_runs_of_a_queue_may_be_asked_for(world):
    world.plan = plan_of(TEXT.replace("enabled = false", ""))
    list(world.engine("one").claims())
    world.clock.move(hours=1)
    assert [run.name for _, run in world.engine("one").claims("export")] == ["files"]
    assert [run.name for _, run in world.engine("one").claims("schedule")] == ["it"]


def test_who_comes_too_late_by_max_late_leaves_it_out(redis, monkeypatch):
    world = World(redis, monkeypatch)
    world.plan = plan_of(TEXT.replace('"0 * * * *"', '"0 * * * *"\nmax_late = "10m"', 1))
    world.clock.move(minutes=15)
    assert world.tick() == []
    assert world.plan.schedules["it"].max_late == timedelta(minutes=10)
    world.clock.move(minutes=45)
    assert [outcome.status for outcome in world.tick()] == ["ok"]
