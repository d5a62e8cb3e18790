"""What refusals and good replies make of the rate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.throttle.pace import FORGIVEN, STEPS, braked, longer, relaxed, slower
from zhihu_crawler.frontier.throttle.record import Reading, Terms

CONFIG = ThrottleConfig(rate=1.0, rate_min=0.1, recovery=600.0, cooldown=30.0, cooldown_max=1000.0)
TERMS = Terms(rate=1.0, rate_min=0.1)
FOUND = Reading(
    wait=0,
    paused=0,
    rate=1.0,
    effective=1.0,
    latency=0.2,
    epoch=3,
    version=7,
    strikes=0,
    knee=0,
    quiet=1e6,
    reason="",
)


def found(**values: float) -> Reading:
    rate = {"effective": values["rate"]} if "rate" in values else {}
    return replace(FOUND, **(rate | values))


@pytest.mark.parametrize(("rate", "then"), [(1.0, 0.5), (0.4, 0.2), (0.15, 0.1), (0.1, 0.1)])
def test_a_refusal_halves_the_rate_down_to_the_least(rate: float, then: float):
    for change in (slower(found(rate=rate), TERMS, "503"), braked(found(rate=rate), TERMS, CONFIG, "429")):
        assert change.rate == pytest.approx(then)
        assert change.knee == pytest.approx(0.9 * rate)
        assert change.is_cut


def test_the_rate_that_is_halved_is_the_one_in_force():
    assert slower(replace(FOUND, rate=1.0, effective=0.4), TERMS, "503").rate == pytest.approx(0.2)


def test_where_there_is_no_limit_there_is_nothing_to_halve():
    change = braked(found(rate=0.0), Terms(rate=0, rate_min=0.1), CONFIG, "429")
    assert (change.rate, change.pause) == (0.0, 30.0)


@pytest.mark.parametrize(
    ("strikes", "retry_after", "pause"),
    [
        (0, None, 30),
        (1, None, 60),
        (2, None, 120),
        (5, None, 960),
        (6, None, 1000),
        (9999, None, 1000),
        (0, 5, 5),
        (0, 0, 0),
        (0, 120, 120),
        (0, 9e9, 1000),
        (1, 5, 60),
        (1, 0, 60),
        (1, 120, 120),
    ],
)
def test_a_pause_is_what_the_site_asks_and_doubles_when_it_refuses_again(
    strikes: int, retry_after: float | None, pause: float
):
    change = braked(found(strikes=strikes), TERMS, CONFIG, "429", retry_after)
    assert (change.pause, change.strikes, change.reason) == (pause, strikes + 1, "429")


@pytest.mark.parametrize(("left", "retry_after", "pause"), [(20, None, None), (20, 10, None), (20, 50, 50)])
def test_of_replies_from_before_a_pause_only_a_longer_time_counts(
    left: float, retry_after: float | None, pause: float | None
):
    change = longer(found(paused=left, rate=0.5, strikes=1), retry_after)
    assert (change.pause if change else None) == pause
    assert change is None or (change.rate, change.strikes, change.is_cut) == (0.5, 1, False)


def test_a_step_up_is_small_and_needs_time_and_a_good_reply():
    step = 0.9 / STEPS
    assert relaxed(found(rate=0.5, quiet=9.9), TERMS, CONFIG, good=1) is None
    assert relaxed(found(rate=0.5, quiet=10), TERMS, CONFIG, good=0) is None
    assert relaxed(found(rate=0.5, quiet=10, paused=1), TERMS, CONFIG, good=1) is None
    change = relaxed(found(rate=0.5, quiet=10), TERMS, CONFIG, good=1)
    assert change
    assert (change.rate, change.is_cut, change.pause) == (pytest.approx(0.5 + step), False, 0)


def test_above_the_knee_the_steps_are_a_quarter():
    change = relaxed(found(rate=0.5, quiet=10, knee=0.51), TERMS, CONFIG, good=1)
    assert change
    assert change.rate == pytest.approx(0.5 + 0.9 / STEPS / 4)


def test_from_the_least_rate_to_the_full_one_takes_the_recovery_time_and_no_more_is_asked_for():
    rate, steps = TERMS.rate_min, 0
    while change := relaxed(found(rate=rate, quiet=10), TERMS, CONFIG, good=1):
        rate, steps = change.rate, steps + 1
    assert rate == TERMS.rate
    assert steps * 10 == pytest.approx(CONFIG.recovery, rel=0.05)


def test_at_the_full_rate_the_knee_is_forgotten():
    change = relaxed(found(rate=0.999, quiet=10, knee=0.9), TERMS, CONFIG, good=1)
    assert change
    assert (change.rate, change.knee) == (1.0, 0.0)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_enough_good_replies_forgive_what_was_refused(rate: float):
    terms = replace(TERMS, rate=rate)
    assert relaxed(found(rate=rate, strikes=3), terms, CONFIG, good=FORGIVEN - 1) is None
    change = relaxed(found(rate=rate, strikes=3), terms, CONFIG, good=FORGIVEN)
    assert change
    assert (change.strikes, change.rate, change.is_cut) == (0, rate, False)
