"""Scrapy's own queue, except that it looks at who waits for a token before it gives the next request out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.pqueues import DownloaderAwarePriorityQueue, DownloaderInterface

from zhihu_crawler.frontier.throttle.crawler import seats_at, throttle_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler

WAITING = 1
"""Requests of a slot that wait beside those that have a seat: enough for the next one to be at hand."""


class _Loads(DownloaderInterface):
    """Counts the requests of a slot that wait for a token as well; Scrapy counts those that have one."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawler = crawler

    def _active_downloads(self, slot: str) -> int:
        return throttle_of(self._crawler).seats.load(slot)

    def free(self, slots: Iterable[str]) -> list[str]:
        """Return the slots of which more requests may be taken."""
        return [slot for slot in slots if self._active_downloads(slot) < seats_at(self._crawler, slot) + WAITING]


class BudgetPriorityQueue(DownloaderAwarePriorityQueue):
    """Gives out requests of budgets that move, so that one that is limited or paused never fills the downloader."""

    def __init__(self, crawler: Crawler, *args: Any, **kwargs: Any) -> None:
        super().__init__(crawler, *args, **kwargs)
        self._loads = self._downloader_interface = _Loads(crawler)

    def pop(self) -> Request | None:
        """Return the next request; ``None`` while all that wait are of budgets that have enough."""
        return super().pop() if self._loads.free(self.pqueues) else None
