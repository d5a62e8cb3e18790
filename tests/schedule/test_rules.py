from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.schedule.helpers import plan_of
from zhihu_crawler.schedule.facts import Facts, Minute, ScheduleFacts, SpiderFacts, StoreFacts
from zhihu_crawler.schedule.rules import find, hold

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
AGO = timedelta(minutes=20)


def rule_of(when, **given):
    more = "".join(f"{name} = {value!r}\n" for name, value in given.items()).replace("'", '"')
    text = f'[[alert]]\nname = "x"\nwhen = "{when}"\nto = ["webhook"]\n{more}'
    [rule] = plan_of(f'{text}\n[[schedule]]\nname = "daily"\ncron = "@daily"\nspider = "user"\nseeds = ["a"]\n').alerts
    return rule


def minutes(*told):
    """Minutes that end now: pages and blocked ones of each, the newest first."""
    return tuple(
        Minute(at=NOW - timedelta(minutes=number), pages=pages, blocked=blocked)
        for number, (pages, blocked) in enumerate(told)
    )


def spiders(**told):
    return Facts(at=NOW, spiders={"question": SpiderFacts(**told), "user": SpiderFacts()})


UNKNOWN = {"user": None}
CASES = [
    ("crawl-failed", spiders(failure="CloseSpider: memory"), {"question": "a worker ended: CloseSpider: memory"}),
    ("crawl-failed", spiders(failure=""), {}),
    ("crawl-failed", spiders(), {"question": None}),
    (
        "no-items",
        spiders(waiting=1200, last_item=NOW - AGO),
        {"question": "no item since 2026-11-02 11:40 UTC, and 1,200 requests wait"},
    ),
    ("no-items", spiders(waiting=0, last_item=NOW - AGO), {}),
    ("no-items", spiders(waiting=5), {"question": None}),
    ("no-items", spiders(last_item=NOW), {"question": None}),
    ("blocked", spiders(minutes=minutes((10, 3))), {"question": "3 of 10 pages were refused (30%)"}),
    ("blocked", spiders(minutes=minutes((10, 2))), {}),
    ("blocked", spiders(minutes=minutes((9, 9))), {}),  # too few to say
    ("blocked", spiders(minutes=minutes((5, 0), *[(0, 0)] * 10, (90, 90))), {}),  # longer ago than it looks back
    ("blocked", spiders(), {"question": None}),
]


@pytest.mark.parametrize(("when", "facts", "told"), CASES)
def test_what_holds_of_a_spider(when, facts, told):
    assert {name: one and one.text for name, one in find(rule_of(when), facts).items()} == {**UNKNOWN, **told}


def test_a_rule_of_one_spider_is_about_no_other():
    facts = Facts(at=NOW, spiders={name: SpiderFacts(failure="killed") for name in ("question", "user")})
    assert list(find(rule_of("crawl-failed", spider="user"), facts)) == ["user"]


OF_ALL = [
    ("session-expired", Facts(at=NOW), {"": None}),
    ("session-expired", Facts(at=NOW, sessions={"work": "good", "home": "limited"}), {}),
    (
        "session-expired",
        Facts(at=NOW, sessions={"work": "expired", "home": "good"}),
        {"work": "not logged in any more: scrapy login makes it good again"},
    ),
    ("replica-set", Facts(at=NOW), {"": None}),
    ("replica-set", Facts(at=NOW, store=StoreFacts(verdict="good")), {}),
    (
        "replica-set",
        Facts(at=NOW, store=StoreFacts(verdict="degraded", text="m2:27017 is down")),
        {"": "the replica set is degraded: m2:27017 is down"},
    ),
    ("spool-waiting", Facts(at=NOW), {"": None}),
    ("spool-waiting", Facts(at=NOW, spooled=0), {}),
    (
        "spool-waiting",
        Facts(at=NOW, spooled=2),
        {"": "2 files of items wait for the store: scrapy store-replay stores them"},
    ),
    (
        "schedule-failed",
        Facts(at=NOW, schedules={"daily": ScheduleFacts(failure="exit status 4"), "b": ScheduleFacts()}),
        {"daily": "its last run failed: exit status 4"},
    ),
    (
        "schedule-missed",
        Facts(at=NOW, schedules={"daily": ScheduleFacts(overdue=NOW - AGO), "b": ScheduleFacts()}),
        {"daily": "a run was due at 2026-11-02 11:40 UTC and nobody has begun it"},
    ),
]


@pytest.mark.parametrize(("when", "facts", "told"), OF_ALL)
def test_what_holds_of_all(when, facts, told):
    assert {name: one and one.text for name, one in find(rule_of(when), facts).items()} == told


def test_a_rule_of_one_schedule_is_about_no_other():
    facts = Facts(at=NOW, schedules={name: ScheduleFacts(failure="x") for name in ("daily", "b")})
    assert list(find(rule_of("schedule-failed", schedule="daily"), facts)) == ["daily"]


def test_a_condition_began_when_the_last_item_came_or_the_run_was_due():
    [found] = [one for one in find(rule_of("no-items"), spiders(waiting=1, last_item=NOW - AGO)).values() if one]
    assert found.begun == NOW - AGO


@pytest.mark.parametrize(
    ("when", "given", "span"),
    [
        ("no-items", {}, timedelta(minutes=15)),
        ("replica-set", {"for": "5m"}, timedelta(minutes=5)),
        ("blocked", {"for": "5m"}, timedelta()),  # it is what is looked back over
        ("spool-waiting", {}, timedelta()),
    ],
)
def test_for_how_long_it_must_hold(when, given, span):
    assert hold(rule_of(when, **given)) == span
