"""How much a worker takes out of the queue, and which of it may begin, by what the throttle lets it send soon."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zhihu_crawler.frontier.throttle.budget import SITE
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.queue import Loads
from zhihu_crawler.frontier.throttle.seats import budget_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler

    from zhihu_crawler.frontier.leases import Lease

SOON_SECONDS = 5.0
"""What cannot be sent in this time is better left in the queue, where other workers find it and its order is kept."""
_AT_FIRST = 2
"""Requests that a worker takes before it knows the rate."""


class Allowance:
    """What the throttle of a crawl means for its queue. It reads what the throttle knows, and asks Redis nothing."""

    def __init__(self, crawler: Crawler) -> None:
        self._throttle, self._loads = throttle_of(crawler), Loads(crawler)

    def most(self) -> float:
        """Return how many requests may wait here; ``inf`` where the rate has no limit."""
        site = self._throttle.budget(SITE)
        if self._is_paused(SITE, 0.0):
            return 0
        if not site.full_rate:
            return math.inf
        if site.known is None:
            return _AT_FIRST
        return math.ceil(site.known.effective / max(site.known.workers, 1) * SOON_SECONDS) + 1

    @property
    def is_long_paused(self) -> bool:
        """Whether everybody waits, for so long that what was not begun is better given back."""
        return self._is_paused(SITE, SOON_SECONDS)

    def asleep(self, leases: Iterable[Lease]) -> int:
        """Count the requests of sessions that pause: others may be taken in their place."""
        return sum(self._is_paused(budget_of(lease.request.meta), 0.0) for lease in leases if lease.request)

    def first(self, leases: Iterable[Lease]) -> int | None:
        """Return the place of the first request whose download slot has room."""
        full: set[str] = set()
        for place, lease in enumerate(leases):
            slot = self._slot(lease.request)
            if slot in full:
                continue
            if self._loads.has_room(slot):
                return place
            full.add(slot)
        return None

    def _slot(self, request: Request | None) -> str:
        assert request
        slot: str = self._loads.downloader.get_slot_key(request)
        return slot

    def _is_paused(self, budget: str, longer_than: float) -> bool:
        own = self._throttle.budget(budget)
        return own.known is not None and own.state().paused > longer_than


HANDED_BACK_MARKS = ("zhihu_handed_back", "zhihu_no_session", "zhihu_session_moved")
"""Entries of ``meta`` by which the throttle and the sessions return a request that may not go out now: the crawl
closes, no session is left, or its own expired while it waited."""


def is_handed_back(request: Request) -> bool:
    """Say whether a middleware returned a request untried."""
    return any(request.meta.get(mark) for mark in HANDED_BACK_MARKS)
