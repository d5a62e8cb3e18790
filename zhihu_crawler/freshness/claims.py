"""Who re-crawls what: claims and the budget of pages a day, in Redis, so that any number of schedulers are one.

The budget is a token bucket: it fills with the pages of a day in a day, holds those of one day at most, and is full at
first. A claim ends when the store has seen the thing again, or after a day: then its request got lost.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from redis import Redis

    from zhihu_crawler.freshness.candidates import Candidate

KEYS = "{zhihu:recrawl}"
"""Begins every key of ours; braces keep them on one node of a cluster."""
CLAIM_SECONDS = 86_400
BATCH = 200
"""Candidates that are claimed by one script: Redis does nothing else meanwhile."""


class Claims:
    """Claims of a crawl.

    Args:
        client: of Redis.
        budget: pages a day.
    """

    def __init__(self, client: Redis, budget: int) -> None:
        self._client, self._budget = client, budget
        self.left = budget
        """What is left of the allowance, as of the last claim."""

    def claim(self, candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
        """Give those that are ours now, best first and in batches; whoever does not push them wastes their budget."""
        for first in range(0, len(candidates), BATCH):
            batch = candidates[first : first + BATCH]
            places, left = self._claim(batch)
            self.left = int(left)
            if places:
                yield [batch[place - 1] for place in places]
            if not self.left:
                return

    def _claim(self, batch: Iterable[Candidate]) -> Any:
        claims = {_key(one): round(one.visited.timestamp() * 1000) for one in batch}
        keys = [f"{KEYS}:allowance", *claims]
        return self._client.register_script(_script())(keys, [self._budget, CLAIM_SECONDS * 1000, *claims.values()])


def _key(candidate: Candidate) -> str:
    return f"{KEYS}:claim:{candidate.kind}:{candidate.id}"


@cache
def _script() -> str:
    return (files("zhihu_crawler.freshness") / "lua" / "claim.lua").read_text(encoding="utf-8")
