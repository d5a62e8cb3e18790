"""Re-crawling: what a budget of visits keeps fresh by our rule, by a round of everything, and by a rule that knows all.

The same made-up answers, questions and profiles change at the same times in each run. How often differs between them
by powers of ten (log-normal, sigma 3: a heavy tail), and falls with the age of what is written; new ones come every
day. Each change is a vote, so that what changes much has many readers. A visit sees whether anything changed since the
one before; nobody sees the rates but the last contender, which shows what there is to gain. Time is simulated: the
figures are the same on every machine.

*Age* is how long ago the first change that the copy lacks was, 0 where it lacks none; *fresh* is an age of at most a
day. Both are means over all things and times, each thing counted by its readers (the square root of its votes), as the
rule does; the plain means, which count a forgotten answer as much as one that everybody reads, are printed beside them.
"""

from __future__ import annotations

import math
import random
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, show
from zhihu_crawler.freshness.candidates import READINGS
from zhihu_crawler.freshness.policy import DAY, HOUR, POLICIES, Policy
from zhihu_crawler.freshness.rates import Interval, estimate

if TYPE_CHECKING:
    from collections.abc import Callable

THINGS, NEW_A_DAY, DAYS, SETTLING = 1_500, 8, 60, 15
"""Things at the start, new ones a day, days simulated; the first ones are not counted: all rules learn then."""
BUDGETS = (30, 60, 120)
"""Visits a day: for each thing one in two months, one a month, two a month."""
KINDS = {"answer": 0.7, "question": 0.1, "user": 0.2}
SPREAD = 3.0
TOLERATED = DAY
SEEDS = (1, 2)


@dataclass
class Thing:
    """What changes: its own rate, known to nobody, and what visits saw."""

    policy: Policy
    theta: float
    born: float
    changes: list[float]
    votes: float
    visited: float
    intervals: list[Interval] = field(default_factory=list)
    guess: float = 0.0
    readers: int = 0
    next_change: int = 0

    def visit(self, now: float) -> None:
        """Read its votes."""
        votes = self.votes_at(now)
        self.intervals.append(Interval(self.visited - self.born, now - self.born, votes - self.readers))
        del self.intervals[:-READINGS]
        self.next_change = bisect_right(self.changes, now)
        self.visited, self.readers = now, votes
        self.guess = estimate(self.intervals, self.policy.shape, self.policy.prior)

    def missed_since(self) -> float:
        """Return when the first change came that the last visit did not see."""
        return self.changes[self.next_change] if self.next_change < len(self.changes) else float("inf")

    def votes_at(self, now: float) -> int:
        """Return how many changes there were ever."""
        return round(self.votes) + bisect_right(self.changes, now)


@dataclass
class Sums:
    """What is summed up over things and times, counted by readers and plainly."""

    weights: float = 0.0
    fresh: float = 0.0
    age: float = 0.0
    times: int = 0
    plain_fresh: int = 0
    plain_age: float = 0.0

    def add(self, thing: Thing, now: float) -> None:
        """Look at one thing."""
        age, weight = max(now - thing.missed_since(), 0.0), math.sqrt(1 + thing.votes_at(now))
        self.weights += weight
        self.fresh += weight * (age <= TOLERATED)
        self.age += weight * age
        self.times += 1
        self.plain_fresh += age <= TOLERATED
        self.plain_age += age

    def figures(self) -> list[float]:
        """Return share fresh and mean age in hours, by readers, then both plainly."""
        by_readers = [self.fresh / self.weights, self.age / self.weights / HOUR]
        return [*by_readers, self.plain_fresh / self.times, self.plain_age / self.times / HOUR]


def make(seed: int) -> list[Thing]:
    """Make the things, with everything that will happen to them."""
    dice = random.Random(seed)  # a simulation
    made = []
    for number in range(THINGS + NEW_A_DAY * DAYS):
        policy = POLICIES[dice.choices(list(KINDS), list(KINDS.values()))[0]]
        born = -dice.uniform(0, 1000 * DAY) if number < THINGS else dice.uniform(0, DAYS * DAY)
        theta = policy.prior.per_day / DAY * dice.lognormvariate(-(SPREAD**2) / 4, SPREAD)
        start = max(born, 0.0)
        votes = theta * policy.shape.between(0, start - born)
        made.append(Thing(policy, theta, born, happen(dice, policy, theta, born, start), votes, start))
    for thing in made:
        thing.readers = thing.votes_at(thing.visited)
        if thing.policy.shape.young is not None:  # when it was born is known
            thing.intervals.append(Interval(0, thing.visited - thing.born, thing.readers))
        thing.guess = estimate(thing.intervals, thing.policy.shape, thing.policy.prior)
    return made


def happen(dice: random.Random, policy: Policy, theta: float, born: float, start: float) -> list[float]:
    """Return when it changes: a Poisson process whose rate falls with age."""
    changes, now, end = [], start, DAYS * DAY
    while now < end:
        peak = theta * policy.shape.rate(now - born)
        now += min(dice.expovariate(peak) if peak > 0 else end, end)
        if now < end and dice.random() * peak <= theta * policy.shape.rate(now - born):
            changes.append(now)
    return changes


def by_round(things: list[Thing], now: float, many: int) -> list[Thing]:
    """Everything in turn: what waited longest."""
    return nlargest(many, (thing for thing in things if thing.born <= now), key=lambda thing: now - thing.visited)


def by_rule(things: list[Thing], now: float, many: int) -> list[Thing]:
    """Ours."""
    return best(things, now, many, lambda thing: thing.guess)


def by_knowing(things: list[Thing], now: float, many: int) -> list[Thing]:
    """Ours, told the true rates."""
    return best(things, now, many, lambda thing: thing.theta)


def best(things: list[Thing], now: float, many: int, rate: Callable[[Thing], float]) -> list[Thing]:
    """Return what is worth most by a rate, of what is due."""

    def worth(thing: Thing) -> float:
        theta, age, waited = rate(thing), thing.visited - thing.born, now - thing.visited
        is_due = thing.policy.is_due(theta, age, waited)
        return thing.policy.worth(theta, age, waited, thing.readers) if is_due else -1.0

    return [
        thing for thing in nlargest(many, (one for one in things if one.born <= now), key=worth) if worth(thing) >= 0
    ]


def run(choose: Callable[[list[Thing], float, int], list[Thing]], budget: int, seed: int) -> list[float]:
    """Visit for the whole time, every hour as the budget allows, and look at everything twice a day."""
    things, spent, sums = make(seed), 0, Sums()
    for hour in range(1, DAYS * 24 + 1):
        now = hour * HOUR
        chosen = choose(things, now, round(budget * hour / 24) - spent)
        for thing in chosen:
            thing.visit(now)
        spent += len(chosen)
        if hour % 12 == 0 and now > SETTLING * DAY:
            for thing in things:
                if thing.born <= now:
                    sums.add(thing, now)
    return sums.figures()


def main() -> int:
    """Simulate, print, and say whether the goals were reached."""
    goals, rows = Goals(), []
    for budget in BUDGETS:
        found = {}
        for choose in (by_round, by_rule, by_knowing):
            name = choose.__name__.replace("_", " ")
            runs = [run(choose, budget, seed) for seed in SEEDS]
            found[name] = fresh, age, plain_fresh, plain_age = [sum(one) / len(runs) for one in zip(*runs, strict=True)]
            rows.append(
                [f"{budget} a day", name, f"{fresh:.1%}", f"{age:.0f}", f"{plain_fresh:.1%}", f"{plain_age:.0f}"]
            )
        ours, theirs = found["by rule"], found["by round"]
        goals.at_least(f"share fresh, rule to round, {budget} a day", ours[0] / theirs[0], 1.5)
        goals.at_least(f"mean age, round to rule, {budget} a day", theirs[1] / ours[1], 1.5)
        goals.facts[f"plain share fresh, rule to round, {budget} a day"] = round(ours[2] / theirs[2], 2)
        goals.facts[f"plain mean age, round to rule, {budget} a day"] = round(theirs[3] / ours[3], 2)
    columns = ["budget", "visits", "fresh by readers", "age by readers, h", "fresh, plain", "age, plain, h"]
    show("Re-crawling", columns, rows)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
