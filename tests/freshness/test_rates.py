from __future__ import annotations

import random

import pytest

from zhihu_crawler.freshness.rates import MOST_EVIDENCE, Interval, Prior, Shape, estimate

DAY = 86_400.0
PRIOR = Prior(per_day=2.0)


def test_without_a_visit_the_prior_is_all_there_is():
    assert estimate([], Shape(), PRIOR) == pytest.approx(2.0 / DAY)


@pytest.mark.parametrize(("per_day", "shape"), [(0.01, Shape()), (1.0, Shape()), (50.0, Shape()), (500.0, Shape(DAY))])
def test_many_visits_find_the_true_rate(per_day: float, shape: Shape):
    dice, intervals, age = random.Random(1), [], 0.0
    for _ in range(2_000):
        until = age + dice.uniform(0.1, 3) * DAY / per_day
        expected = per_day / DAY * shape.between(age, until)
        intervals.append(Interval(age, until, poisson(dice, expected)))
        age = until
    assert estimate(intervals, shape, PRIOR) * DAY == pytest.approx(per_day, rel=0.15)


def poisson(dice: random.Random, mean: float) -> int:
    count, at = -1, 0.0
    while at < mean:
        at, count = at + dice.expovariate(1), count + 1
    return count


def test_what_did_not_change_is_thought_to_change_ever_more_rarely():
    found = [estimate([Interval(0, days * DAY, 0)], Shape(), PRIOR) for days in (1, 10, 100, 1000)]
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0


def test_one_viral_week_does_not_outvote_a_quiet_year_for_ever():
    viral, quiet = Interval(0, 7 * DAY, 1_000_000), Interval(7 * DAY, 372 * DAY, 0)
    assert estimate([viral, quiet], Shape(), PRIOR) * DAY < (MOST_EVIDENCE + 1) / 365


@pytest.mark.parametrize("shape", [Shape(), Shape(DAY)])
def test_a_shape_is_the_sum_of_its_parts_and_ages_below_zero_are_birth(shape: Shape):
    assert shape.between(1, 5) + shape.between(5, 9) == pytest.approx(shape.between(1, 9))
    assert shape.between(-5, 9) == shape.between(0, 9)
    assert shape.rate(-1) == shape.rate(0) == 1


def test_the_rate_of_what_is_written_falls_with_its_age():
    assert Shape(DAY).rate(DAY) == pytest.approx(0.5)
    assert Shape().rate(1000 * DAY) == 1
