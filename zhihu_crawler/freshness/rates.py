"""How often a thing changes, told from the visits to it.

Changes of one thing are taken to come at random at a rate ``theta * shape(age)``: ``shape`` falls with the thing's age
(votes come to a new answer by the minute and to an old one by the month), ``theta`` is the thing's own. Counters tell
how many changes there were between two visits, a text only whether it became another; ``theta`` follows as the mean of
a Gamma distribution whose prior is what is known of the kind, so that a thing that was seen once is no blank. Where
only "changed or not" is seen, Cho and Garcia-Molina, "Estimating frequency of change" (ACM TOIT 3:3, 2003), show how
such estimates go wrong; a count has none of that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_EVIDENCE = 20
"""One interval counts for no more than so many changes: rates drift, and one viral week is not a year."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rate falls with age: ``1 / (1 + age / young)``. Without ``young`` it does not. Ages are in seconds."""

    young: float | None = None

    def rate(self, age: float) -> float:
        """Return the rate at an age, 1 at birth."""
        return 1.0 if self.young is None else self.young / (self.young + max(age, 0.0))

    def between(self, age: float, until: float) -> float:
        """Return the rate summed up from one age to another, in seconds at birth's rate."""
        age, until = max(age, 0.0), max(until, 0.0)
        if self.young is None:
            return until - age
        return self.young * math.log((self.young + until) / (self.young + age))


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a kind before any visit: a Gamma distribution of ``theta``.

    ``per_day`` is its mean, in changes a day at birth; ``weight`` is how many seen changes it is worth. The less it is,
    the sooner a thing's own visits decide.
    """

    per_day: float
    weight: float = 0.3


@dataclass(frozen=True, slots=True)
class Interval:
    """Two visits in a row, or birth and the first: the thing's age at both, in seconds, and how much changed."""

    start: float
    end: float
    changes: int


def estimate(intervals: Iterable[Interval], shape: Shape, prior: Prior) -> float:
    """Return ``theta``: changes a second at birth's rate."""
    changes, exposure = prior.weight, prior.weight * 86_400 / prior.per_day
    for interval in intervals:
        share = min(1.0, MOST_EVIDENCE / interval.changes) if interval.changes else 1.0
        changes += share * interval.changes
        exposure += share * shape.between(interval.start, interval.end)
    return changes / exposure
