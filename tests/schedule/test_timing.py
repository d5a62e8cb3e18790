from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.schedule.oracle import RANGES, due_times
from zhihu_crawler.schedule.timing import Due, Every, due, is_wrong, read_cron, upcoming

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPAN = timedelta(hours=40)


def at(text: str) -> datetime:
    """Read a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(rule: str, zone: ZoneInfo = UTC_ZONE):
    return read_cron(rule, zone)


def between(rule: str, begin: str, end: str, zone: ZoneInfo = BERLIN) -> list[str]:
    times = takewhile(lambda time: time <= at(end), cron(rule, zone).after(at(begin)))
    return [f"{time:%d %H:%M}" for time in times]


SPRING = ("2026-03-28T12:00", "2026-03-30T12:00")  # 02:00 becomes 03:00 on the 29th, at 01:00 of UTC
AUTUMN = ("2026-10-24T12:00", "2026-10-26T12:00")  # 03:00 becomes 02:00 on the 25th, at 01:00 of UTC


@pytest.mark.parametrize(
    ("rule", "period", "runs"),
    [
        ("30 2 * * *", SPRING, ["29 01:00", "30 00:30"]),  # skipped: right after the change
        ("10,40 2 * * *", SPRING, ["29 01:00", "30 00:10", "30 00:40"]),  # two that are skipped come as one
        ("0 2,3 * * *", SPRING, ["29 01:00", "30 00:00", "30 01:00"]),  # and as one with what is due then anyway
        ("30 3 * * *", SPRING, ["29 01:30", "30 01:30"]),
        ("30 2 * * *", AUTUMN, ["25 00:30", "26 01:30"]),  # doubled: the first time alone
        ("30 3 * * *", AUTUMN, ["25 02:30", "26 02:30"]),
        ("*/30 2 * * *", SPRING, ["30 00:00", "30 00:30"]),  # by time that passes: that hour did not
        ("*/30 2 * * *", AUTUMN, ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "26 01:00", "26 01:30"]),
        ("0 */12 * * *", SPRING, ["28 23:00", "29 10:00", "29 22:00", "30 10:00"]),
        ("0 12 * * SUN", AUTUMN, ["25 11:00"]),
        ("@daily", AUTUMN, ["24 22:00", "25 23:00"]),
    ],
)
def test_what_comes_where_the_clocks_are_changed(rule, period, runs):
    assert between(rule, *period) == runs


FIELDS = [
    st.one_of(
        st.just("*"),
        st.integers(2, 20).map("*/{}".format),
        st.lists(st.integers(low, high), min_size=1, max_size=3).map(lambda some: ",".join(map(str, some))),
        st.tuples(st.integers(low, high), st.integers(low, high), st.integers(1, 5)).map(
            lambda told: f"{min(told[:2])}-{max(told[:2])}/{told[2]}"
        ),
    )
    for low, high in RANGES
]
OFTEN = st.sampled_from(["*", "*", "*", "1-12", "*/2"])
RULES = st.tuples(FIELDS[0], FIELDS[1], st.one_of(OFTEN, FIELDS[2]), st.just("*"), st.one_of(st.just("*"), FIELDS[4]))
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("America/Havana", "2026-03-08"),  # at midnight
    ("America/Havana", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-04-05"),  # back over midnight
    ("America/Santiago", "2026-09-06"),
    ("Asia/Shanghai", "2026-03-29"),
]


@settings(max_examples=50)
@given(RULES.map(" ".join), st.sampled_from(CHANGES), st.integers(-1200, 200))
@example("15 1 * * *", ("Australia/Lord_Howe", "2026-04-05"), 0)
@example("5 3-3/2 * * *", ("Europe/Berlin", "2026-10-25"), 0)
@example("*/30 1 * * *", ("America/Havana", "2026-03-08"), 0)
@example("30 2 * * *", ("Europe/Berlin", "2026-10-25"), 75)  # begins within the doubled hour, the second time
def test_a_rule_is_due_when_trying_every_minute_says_so(rule, change, minutes):
    zone, begin = ZoneInfo(change[0]), at(change[1]) + timedelta(minutes=minutes)
    found = takewhile(lambda time: time <= begin + SPAN, cron(rule, zone).after(begin))
    assert list(found) == due_times(rule, zone, begin, begin + SPAN)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("* * * *", "must be five fields (minute, hour, day of the month, month, day of the week), such as 30 4"),
        ("0 30 4 * * *", "it has 6"),
        ("@dayly", "it has 1"),
        ("60 25 * * *", "minute '60' must be 0 to 59, such as 5, */10, 0-29 or 0,30; hour '25' must be 0 to 23"),
        ("0 4 * * MOM", "day of the week 'MOM' must be 0 to 7 or SUN to SAT"),
        ("0 0 * * MON#1/2", "day of the week 'MON#1/2' must be"),
        ("*/0 * * * *", "minute '*/0' must be"),
        ("0 0 30 2 *", "never comes: no month 2 has a day 30"),
        ("", "it has 0"),
    ],
)
def test_a_bad_rule_is_told_field_by_field(rule, told):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the message is compared below
        cron(rule)
    assert told in str(caught.value)


@settings(max_examples=150)
@given(st.text(st.sampled_from("0129*/-,#L MONSU@w\x00é٣"), max_size=14))
def test_no_text_breaks_the_reader(text):
    try:
        rule = cron(text)
    except ValueError:
        return
    assert len(upcoming(rule, at("2026-01-01"), 2)) == 2


def test_every_counts_from_its_start_whatever_clocks_do():
    timing = Every(6 * HOUR, at("2026-10-25T01:00"))
    assert upcoming(timing, at("2026-10-01"), 2) == [at("2026-10-25T01:00"), at("2026-10-25T07:00")]
    assert upcoming(timing, at("2026-10-25T01:00"), 1) == [at("2026-10-25T07:00")]
    assert upcoming(timing, at("2026-10-26T12:59:59"), 1) == [at("2026-10-26T13:00")]


@pytest.mark.parametrize(
    ("since", "now", "run"),
    [
        ("2026-01-01T04:00", "2026-01-02T03:59:59", None),
        ("2026-01-01T04:00", "2026-01-02T04:00", Due(at("2026-01-02T04:00"))),
        ("2026-01-01T04:00", "2026-01-02T09:00", Due(at("2026-01-02T04:00"))),
        ("2026-01-02T04:00", "2026-01-02T09:00", None),
        ("2026-01-01T04:00", "2026-01-11T09:00", Due(at("2026-01-11T04:00"), missed=9)),  # made up once, not ten times
        ("2026-01-01T04:00", "2026-01-01T03:00", None),  # the clock was put back
        ("2020-01-01T04:00", "2026-01-01T04:00", Due(at("2026-01-01T04:00"), missed=1000)),
    ],
)
def test_what_is_due(since, now, run):
    assert due(cron("0 4 * * *"), at(since), at(now)) == run


def test_what_is_too_late_is_left_out():
    since = at("2026-01-01T04:00")
    daily = cron("0 4 * * *")
    assert due(daily, since, at("2026-01-03T05:00"), max_late=HOUR) == Due(at("2026-01-03T04:00"), missed=1)
    assert due(daily, since, at("2026-01-03T05:00:01"), max_late=HOUR) is None


ALLOWED = set(due_times("*/7 1-5 * * *", BERLIN, at("2026-10-24T20:00"), at("2026-11-12T20:00")))


@settings(max_examples=50)
@given(st.integers(0, 5000), st.lists(st.integers(0, 700), max_size=20))
def test_nothing_is_due_twice_however_often_it_is_asked_and_however_the_clock_is_put(begin, steps):
    timing, zero = cron("*/7 1-5 * * *", BERLIN), at("2026-10-24T20:00")
    last, clock, runs = zero, zero + timedelta(minutes=begin), []
    for number, step in enumerate(steps):
        clock += timedelta(minutes=step if number % 4 else -step)
        if found := due(timing, last, clock):
            last = found.at
            runs.append(found.at)
    assert runs == sorted(set(runs))
    assert set(runs) <= ALLOWED


def test_a_clock_that_was_years_ahead_does_not_stop_a_schedule_for_years():
    assert is_wrong(at("2036-01-01"), at("2026-01-01"))
    assert not is_wrong(at("2026-01-01T02:00"), at("2026-01-01"))
