from __future__ import annotations

import math

import pytest

from zhihu_crawler.freshness.policy import DAY, HOUR, POLICIES, age_gain
from zhihu_crawler.items import KINDS, PLURALS


def next_visit(kind: str, age: float, theta: float | None = None) -> float:
    """Seconds until a thing is due that was read at an age."""
    policy = POLICIES[kind]
    rate = policy.prior.per_day / DAY if theta is None else theta
    waited = 60.0
    while not policy.is_due(rate, age, waited):
        waited += 60
    return waited


@pytest.mark.parametrize(
    ("kind", "age", "least", "most"),
    [
        ("answer", 0, HOUR, 1.1 * HOUR),
        ("answer", DAY, HOUR, 2.2 * HOUR),
        ("answer", 30 * DAY, DAY, 1.6 * DAY),
        ("answer", 3650 * DAY, 90 * DAY, 180 * DAY),
        ("user", 1000 * DAY, 7 * DAY, 7.01 * DAY),
        ("collection", 0, 7 * DAY, 7.01 * DAY),
    ],
)
def test_what_nobody_looked_at_twice_is_due_as_its_kind_is(kind: str, age: float, least: float, most: float):
    assert least <= next_visit(kind, age) <= most


@pytest.mark.parametrize("kind", POLICIES)
def test_what_changes_all_the_time_waits_the_least_time_and_what_never_does_the_most(kind: str):
    assert next_visit(kind, 0, theta=1.0) == POLICIES[kind].least
    assert next_visit(kind, 0, theta=0.0) == POLICIES[kind].most


@pytest.mark.parametrize("kind", POLICIES)
def test_more_changes_more_time_and_more_readers_are_worth_more(kind: str):
    policy = POLICIES[kind]
    worths = [policy.worth(rate / DAY, DAY, 2 * DAY, 5) for rate in (0.001, 0.1, 1, 10)]
    assert worths == sorted(set(worths))
    waits = [policy.worth(0.1 / DAY, DAY, wait * DAY, 5) for wait in (1, 2, 20)]
    assert waits == sorted(set(waits))
    readers = [policy.worth(0.1 / DAY, DAY, DAY, votes) for votes in (0, 3, 10_000)]
    assert readers == sorted(set(readers))


def test_what_waited_the_longest_time_allowed_comes_before_everything_else():
    policy = POLICIES["answer"]
    forgotten = policy.worth(0.0, 0, policy.most, 0)
    assert forgotten > policy.worth(1.0, 0, policy.most - 1, 10**9)
    assert policy.worth(0.0, 0, policy.most + DAY, 0) > forgotten


@pytest.mark.parametrize("expected", [1e-9, 9e-4, 1.1e-3, 0.1, 1.0, 30.0])
def test_the_age_that_a_visit_takes_away_is_the_integral_that_it_is_said_to_be(expected: float):
    waited, steps = DAY, 20_000
    rate = expected / waited

    def age(time: float) -> float:
        """Mean age: time - E[first change], where there was one."""
        if rate * time < 1e-4:
            return rate * time**2 / 2
        return time - (1 - math.exp(-rate * time)) / rate

    step = waited / steps
    summed = sum(age((number + 0.5) * step) for number in range(steps)) * step
    assert age_gain(rate, waited) == pytest.approx(waited * age(waited) - summed, rel=2e-3)


def test_a_visit_at_once_is_worth_nothing():
    assert age_gain(1.0, 0.0) == 0
    assert POLICIES["answer"].worth(1.0, 0, 0, 100) == 0


@pytest.mark.parametrize("kind", POLICIES)
def test_policies_are_of_kinds_that_are_stored_and_count_what_they_have(kind: str):
    assert kind in PLURALS
    assert POLICIES[kind].readers in KINDS[kind].__dataclass_fields__
