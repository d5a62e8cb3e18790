"""Alerts over real Redis: told once whoever looks, tried again where they were not taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.helpers.webhook import receiver
from tests.schedule.helpers import Clock, at, plan_of, run_command, shop_of
from zhihu_crawler.commands.schedule import Command
from zhihu_crawler.errors import BadSetting, ChannelError, RunError
from zhihu_crawler.schedule.facts import Facts, StoreFacts, gather, gatherer, schedule_facts
from zhihu_crawler.schedule.runs import Ended, State
from zhihu_crawler.schedule.watch import KEY, Watch, make_watch

RULES = """
[[alert]]
name = "store"
when = "replica-set"
for = "1m"
to = ["webhook", "email"]

[[alert]]
name = "sessions"
when = "session-expired"
to = ["webhook"]
"""
BAD = StoreFacts(verdict="down", text="no primary")
GOOD = StoreFacts(verdict="good")


class Told(list):
    """A channel that keeps what it took, and refuses so many before."""

    refusals = 0

    def send(self, message):
        if self.refusals:
            self.refusals -= 1
            raise ChannelError("status 503")
        self.append(message.line)


class World:
    """Two watches with one Redis, a clock, and facts that the test sets."""

    def __init__(self, redis, rules=RULES):
        self.clock, self.facts = Clock("2026-11-02T12:00"), {}
        self.webhook, self.email = Told(), Told()
        channels = {"webhook": self.webhook, "email": self.email}
        self.shops = [shop_of(redis.url, name) for name in ("one", "other")]
        self.watches = [Watch(shop, plan_of(rules), self.gather, channels) for shop in self.shops]

    def gather(self, *_):
        return Facts(at=self.clock(), **self.facts)

    def look(self, seconds=30, **facts):
        self.clock.move(seconds=seconds)
        self.facts = facts
        return [line for watch in self.watches for line in watch.look()]


DOWN = "ALERT store: the replica set is down: no primary"
UP = "RECOVERED store: over: the replica set is down: no primary"


def test_whoever_looks_a_condition_is_told_once_and_so_is_its_end(redis):
    world = World(redis)
    lines = [world.look(store=BAD) for _ in range(8)]
    assert lines == [[], [], [DOWN], [], [], [], [], []]
    assert [world.look(store=GOOD) for _ in range(3)] == [[UP], [], []]
    assert world.webhook == world.email == [DOWN, UP]
    assert redis.client.hgetall(KEY) == {}


def test_what_cannot_be_seen_begins_nothing_and_ends_nothing(redis):
    world = World(redis)
    for _ in range(4):
        world.look(store=BAD, sessions={"work": "expired"})
    assert [world.look() for _ in range(4)] == [[]] * 4
    assert len(world.webhook) == 2
    assert world.look(store=GOOD, sessions={"work": "good"}) == [
        UP,
        "RECOVERED sessions (work): over: not logged in any more: scrapy login makes it good again",
    ]


def test_each_thing_is_told_of_by_itself(redis):
    world = World(redis)
    world.look(sessions={"work": "expired", "home": "good"})
    world.look(sessions={"work": "expired", "home": "expired"})
    assert [line.split(":")[0] for line in world.webhook] == ["ALERT sessions (work)", "ALERT sessions (home)"]


def test_a_channel_that_does_not_take_it_is_asked_again_and_the_other_is_not_told_twice(redis, caplog):
    world = World(redis)
    world.webhook.refusals = 2
    for _ in range(10):
        world.look(store=BAD)
    assert world.webhook == world.email == [DOWN]
    assert "webhook did not take it: status 503" in caplog.text


def test_an_alert_that_is_gone_from_the_file_is_forgotten(redis):
    world = World(redis)
    for _ in range(3):
        world.look(store=BAD, sessions={})
    other = Watch(world.shops[0], plan_of(RULES[RULES.index('[[alert]]\nname = "sessions"') :]), world.gather, {})
    assert other.look() == []
    assert redis.client.hgetall(KEY) == {}


def test_while_another_looks_nobody_does(redis):
    world = World(redis)
    redis.client.set(f"{KEY}:lock", "another")
    assert [world.look(sessions={"work": "expired"}) for _ in range(2)] == [[], []]
    redis.client.delete(f"{KEY}:lock")
    assert len(world.look(sessions={"work": "expired"})) == 1


def test_a_fault_of_what_gathers_is_logged_and_stops_nothing(redis, caplog):
    def broken(*_):
        raise ZeroDivisionError("made up")

    watch = Watch(shop_of(redis.url), plan_of(RULES), broken, {})
    assert watch.look() == []
    assert "the facts cannot be gathered" in caplog.text
    assert watch.look() == []
    assert redis.client.exists(f"{KEY}:lock") == 0


def test_a_message_to_try_the_channels_is_sent_to_each_once(redis):
    world = World(redis)
    assert [one.line for one in world.watches[0].test(None)] == ["webhook took it", "email took it"]
    assert world.email == ["TEST test: this is a test: nothing is wrong"]
    world.webhook.refusals = 1
    [tried] = world.watches[0].test("sessions")
    assert (tried.line, tried.is_good) == ("webhook did not take it: status 503", False)
    with pytest.raises(RunError, match="there is no alert nope; there are: store, sessions"):
        world.watches[0].test("nope")


def test_what_is_seen_from_here(redis, tmp_path):
    text = '[[schedule]]\nname = "hourly"\ncron = "@hourly"\nspider = "question"\nseeds = ["1"]\n' + RULES
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "run.jsonl").write_text("{}\n")
    settings = {"MONGODB_URI": "mongodb://127.0.0.1:9/zhihu?replicaSet=rs0", "MONGODB_HEALTH_TIMEOUT_SECONDS": 0.2}
    settings |= {"MONGODB_SPOOL_DIR": str(tmp_path / "spool"), "ZHIHU_SESSION_DIR": str(tmp_path / "none")}
    shop, plan = shop_of(redis.url, **settings), plan_of(text)
    redis.client.rpush("question:start_urls", "1", "2")
    shop.runs.pass_over("hourly", shop.runs.now() - timedelta(hours=3))
    facts = gather(shop, plan)
    assert (facts.spiders["question"].waiting, facts.spiders["user"].waiting) == (2, 0)
    assert facts.spiders["question"].minutes == ()
    assert facts.store.verdict == "down"
    assert facts.spooled == 1
    assert facts.sessions == {}
    assert timedelta() <= facts.at - facts.schedules["hourly"].overdue < timedelta(hours=1)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "overdue", "failure"),
    [
        ({"since": -2 * HOUR}, -HOUR / 2, ""),
        ({"since": -HOUR / 4}, None, ""),
        ({"due": -HOUR / 2, "status": "queued"}, -HOUR / 2, ""),  # nobody takes it
        ({"due": -2 * HOUR, "status": "running"}, None, ""),
        ({"due": -2 * HOUR, "status": "retry"}, None, ""),
        ({"due": -HOUR / 2, "status": "ok"}, None, ""),
        ({"due": -HOUR / 2, "status": "failed"}, None, "why"),
    ],
)
def test_a_schedule_is_overdue_while_a_run_is_due_that_nobody_has_begun(state, overdue, failure):
    [schedule] = plan_of('[[schedule]]\nname = "x"\ntype = "prune"\nevery = "1h"\n').schedules.values()
    now = at("2026-11-02T12:30")
    times = {name: now + value for name, value in state.items() if name != "status"}
    last = Ended(now, "failed", "why", now) if failure else None
    found = schedule_facts(schedule, State(**times, status=state.get("status", ""), last=last), now)
    assert (found.overdue, found.failure) == (overdue and now + overdue, failure)
    off = schedule.model_copy(update={"enabled": False})
    assert schedule_facts(off, State(since=now - 2 * HOUR), now).overdue is None


def test_the_facts_may_be_gathered_by_another_function(redis):
    assert gatherer(shop_of(redis.url).settings) is gather
    shop = shop_of(redis.url, SCHEDULE_FACTS="tests.schedule.test_watch.World")
    assert gatherer(shop.settings) is World
    with pytest.raises(BadSetting, match="SCHEDULE_FACTS"):
        make_watch(shop_of(redis.url, SCHEDULE_FACTS="no.such.function"), plan_of(RULES))


def test_the_command_tries_the_channels_and_shows_no_secret(redis, tmp_path, capsys):
    (tmp_path / "schedule.toml").write_text(RULES)
    where = {"REDIS_URL": redis.url, "SCHEDULE_FILE": str(tmp_path / "schedule.toml")}
    with receiver() as server:
        assert run_command(Command, "test-alert", "sessions", ALERT_WEBHOOK_URL=server.url, **where) == 0
    told = capsys.readouterr()
    assert told.out == "webhook took it\n"
    assert [message["change"] for message in server.got] == ["test"]
    assert "s3cret" not in told.out + told.err
