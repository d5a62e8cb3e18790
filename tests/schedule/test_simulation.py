"""Days of schedules in simulated time: two schedulers, real Redis, clocks that are changed, put and lost."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from tests.schedule.helpers import Clock, at, plan_of, shop_of
from tests.schedule.oracle import due_times
from zhihu_crawler.schedule.engine import Engine

RULES = {
    "nightly": "30 2 * * *",
    "hourly": "5 * * * *",
    "often": "*/20 * * * *",
    "at-two": "10,40 2 * * *",
    "mornings": "0 6-9 * * *",
    "odd-hours": "15 1-23/2 * * *",
    "weekly": "0 3 * * SUN",
    "in-passing": "*/30 2 * * *",
}
SPRING, AUTUMN = "2026-03-28T00:00", "2026-10-24T00:00"
BERLIN = ZoneInfo("Europe/Berlin")
NUMBERS = {"SUN": "0"}


def text_of(rules: dict[str, str], more: str = "") -> str:
    head = 'time_zone = "Europe/Berlin"\n'
    return head + "".join(
        f'[[schedule]]\nname = "{name}"\ncron = "{rule}"\nspider = "question"\nseeds = ["{number}"]\n{more}'
        for number, (name, rule) in enumerate(rules.items(), start=1)
    )


def wanted(begin: str, end, rules: dict[str, str] = RULES) -> dict[str, list]:
    """What the rules themselves say, by trying every minute."""
    numbers = {name: rule.replace("SUN", "0") for name, rule in rules.items()}
    return {name: due_times(rule, BERLIN, at(begin), end) for name, rule in numbers.items()}


class World:
    """Two schedulers with one Redis and one clock, and all that they did."""

    def __init__(self, redis, text: str, begin: str) -> None:
        self.clock, self.plan = Clock(begin), plan_of(text)
        self.shops = [shop_of(redis.url, name) for name in ("one", "other")]
        self.runs: list = []
        self.look()

    def look(self) -> None:
        """Let both look, and perform what they got afterwards, so that they get in each other's way."""
        engines = [Engine(shop, self.plan, self.clock) for shop in self.shops]
        had = [(engine, run) for engine in engines for _, run in engine.claims()]
        for engine, run in had:
            assert engine.perform(run).status == "ok"
            self.runs.append((run.name, run.due, self.clock.time))

    def pass_time(self, until, **step: float) -> None:
        while self.clock.time < until:
            self.clock.move(**step)
            self.look()

    def done(self) -> dict[str, list]:
        return {name: [due for other, due, _ in self.runs if other == name] for name in self.plan.schedules}


@pytest.mark.parametrize("begin", [SPRING, AUTUMN])
def test_three_days_over_a_change_of_clocks_are_what_the_rules_say(redis, begin):
    world = World(redis, text_of(RULES), begin)
    end = at(begin) + timedelta(days=3)
    world.pass_time(end, minutes=10)
    assert world.done() == wanted(begin, end)
    assert max(at - due for _, due, at in world.runs) < timedelta(minutes=10)
    pushed = Counter(redis.client.lrange("question:start_urls", 0, -1))
    times = [f"https://www.zhihu.com/question/{number}" for number in range(1, len(RULES) + 1)]
    assert pushed == {time.encode(): len(world.done()[name]) for name, time in zip(RULES, times, strict=True)}


@pytest.mark.parametrize("step", [-90, -30, 45, 200])
def test_nothing_runs_twice_and_nothing_is_forgotten_where_the_clock_is_put(redis, step):
    begin, end = "2026-10-24T20:00", at("2026-10-25T08:00")
    world = World(redis, text_of(RULES), begin)
    world.pass_time(at("2026-10-25T00:11"), minutes=5)
    before = world.clock.time
    world.clock.move(minutes=step)
    after = world.clock.time
    world.look()
    world.pass_time(end, minutes=5)
    for name, times in wanted(begin, end).items():
        done = world.done()[name]
        assert done == sorted(set(done))
        assert set(done) <= set(times)
        inside = [time for time in times if before < time <= after]
        assert [time for time in times if time not in done] == inside[:-1]  # the newest of these was made up


def test_what_was_missed_while_all_was_down_is_made_up_once(redis):
    world = World(redis, text_of({"often": "*/20 * * * *", "nightly": "30 2 * * *"}), SPRING)
    world.pass_time(at("2026-03-28T01:00"), minutes=10)
    world.clock.move(days=2)
    world.look()
    done = world.done()
    assert done["often"][-2:] == [at("2026-03-28T01:00"), at("2026-03-30T01:00")]
    assert done["nightly"] == [at("2026-03-30T00:30")]
    [last] = [state.last for state in world.shops[0].runs.look(["often"]).values()]
    assert last.missed == 143  # of 144 in 48 hours


def test_random_looks_by_random_schedulers_miss_and_repeat_nothing(redis):
    dice = random.Random(7)
    rules = {"often": "*/20 * * * *", "hourly": "5 * * * *", "nightly": "30 2 * * *"}
    world = World(redis, text_of(rules), SPRING)
    end = at(SPRING) + timedelta(days=2)
    while world.clock.time < end:
        world.clock.move(seconds=dice.randint(1, 1100))
        dice.shuffle(world.shops)
        world.look()
    for name, times in wanted(SPRING, end, rules).items():
        assert world.done()[name] == list(takewhile(lambda time: time <= world.runs[-1][2], times))


def test_a_clock_that_was_years_ahead_costs_one_run(redis):
    rules = {"hourly": "5 * * * *"}
    world = World(redis, text_of(rules), SPRING)
    world.pass_time(at("2026-03-28T03:00"), minutes=10)
    world.clock.time = at("2036-01-01T00:30")
    world.look()
    world.clock.time = at("2026-03-28T04:01")
    world.look()
    world.pass_time(at("2026-03-28T08:00"), minutes=10)
    assert [f"{due:%Y %H:%M}" for due in world.done()["hourly"]][-6:] == [
        *("2026 02:05", "2036 00:05"),
        *("2026 04:05", "2026 05:05", "2026 06:05", "2026 07:05"),
    ]


def test_what_is_switched_off_runs_not_and_misses_nothing(redis):
    rules = {"hourly": "5 * * * *"}
    world = World(redis, text_of(rules), SPRING)
    world.plan = plan_of(text_of(rules, "enabled = false\n"))
    world.pass_time(at("2026-03-28T03:00"), minutes=10)
    assert world.runs == []
    world.plan = plan_of(text_of(rules))
    world.pass_time(at("2026-03-28T04:30"), minutes=10)
    assert world.done()["hourly"] == [at("2026-03-28T03:05"), at("2026-03-28T04:05")]
