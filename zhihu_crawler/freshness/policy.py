"""When a thing is due to be read again, and which of those that are due first.

A thing is *due* when half a change is expected since it was read, or when it was not read for the longest time that is
allowed. Where the budget of visits is less than what is due, those come first whose copies would do the most harm:
the *age* of a copy is how long ago its first missed change was, and a visit is worth the age that it takes away, summed
over the time until the next visit would do the same, times what the thing is worth. That is the greedy threshold rule
for the age of Cho and Garcia-Molina, "Effective page refresh policies for web crawlers" (ACM TODS 28:4, 2003); that
such a rule is near the best schedule, though nobody solves for one, is shown by Azar, Horvitz, Lubetzky, Peres and
Shahaf, "Tractable near-optimal policies for crawling" (PNAS 115:32, 2018). Under it what changes often is read more
often, but less than in proportion, and nothing that changes at all waits for ever.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhihu_crawler.freshness.rates import Prior, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR, DAY = 3_600.0, 86_400.0
DUE = 0.5
"""Changes that are expected of a thing that is due."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How things of a kind are kept fresh. Times are in seconds.

    ``shape`` and ``prior`` say how it changes as far as nobody has looked; ``least`` and ``most`` bound the time
    between two visits; ``readers`` is the counter that tells what one is worth beside another.
    """

    shape: Shape
    prior: Prior
    least: float
    most: float
    readers: str

    def is_due(self, theta: float, age: float, waited: float) -> bool:
        """Say whether it is time to read a thing again.

        Args:
            theta: how often it changes (``rates.estimate``).
            age: its age at the last visit.
            waited: how long ago that was.
        """
        if waited < self.least:
            return False
        return waited >= self.most or theta * self.shape.between(age, age + waited) >= DUE

    def worth(self, theta: float, age: float, waited: float, readers: int) -> float:
        """Return what a visit now is worth beside others; what is overdue is worth more than all that is not."""
        rate = theta * self.shape.between(age, age + waited) / waited if waited > 0 else 0.0
        worth = math.sqrt(1 + max(readers, 0)) * age_gain(rate, waited)
        return worth + _OVERDUE * waited if waited >= self.most else worth


_OVERDUE = 1e24
"""More a second than any worth: a century squared, for as many readers as there are people, is less."""

POLICIES: Mapping[str, Policy] = {
    "answer": Policy(Shape(DAY), Prior(per_day=12.0), HOUR, 180 * DAY, "voteup_count"),
    "question": Policy(Shape(2 * DAY), Prior(per_day=12.0), HOUR, 90 * DAY, "follower_count"),
    "user": Policy(Shape(), Prior(per_day=DUE / 7), DAY, 60 * DAY, "follower_count"),
    "collection": Policy(Shape(), Prior(per_day=DUE / 7), DAY, 60 * DAY, "follower_count"),
}
"""An answer is due hourly on its first day, then ever more rarely; a profile weekly; each until its own visits tell
more. An edge, an entry or a topic is not read for its own sake; what was deleted is never read again."""


def age_gain(rate: float, waited: float) -> float:
    """Return the age that a visit after ``waited`` seconds takes away, in seconds squared.

    It is ``waited * a(waited)`` less the sum of ``a`` until then, for ``a(t)`` the mean age ``t`` seconds after a visit
    of a thing that changes ``rate`` times a second.
    """
    expected = rate * waited
    if expected < 1e-3:  # the terms below cancel there, and what is left is this
        return expected * waited**2 * (1 / 3 - expected / 8)
    none = math.exp(-expected)
    return waited**2 * (0.5 + none / expected - (1 - none) / expected**2)
