"""Scrapy's own queue, except that it looks at who waits for a token before it gives the next request out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scrapy.pqueues import DownloaderAwarePriorityQueue, DownloaderInterface

from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.seats import HELD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.crawler import Crawler

WAITING = 1
"""Requests of a slot that may wait beside those that have a seat, so that the next one is at hand."""


class Loads(DownloaderInterface):
    """How many requests of each slot are on their way to the site: for a scheduler that has others to give out.

    Scrapy counts those that have come through all middlewares, so of a session that waits for a token it would give out
    more and more, until nothing else finds room. What has its reply, and waits to be tried again, is not counted.
    """

    def __init__(self, crawler: Crawler, inherited: Iterable[str] = ()) -> None:
        super().__init__(crawler)
        self._seats = throttle_of(crawler).seats
        self._inherited = frozenset(inherited)

    def is_held(self, slot: str) -> bool:
        """Say whether the requests of a slot are kept for the next crawl; those of an earlier crawl are not."""
        return slot.startswith(HELD) and slot not in self._inherited

    def count(self) -> Counter[str]:
        """Return the number by slot."""
        downloader, is_done = self.downloader, self._seats.is_done
        return Counter(downloader.get_slot_key(request) for request in downloader.active if not is_done(request))

    def stats(self, possible_slots: Iterable[str]) -> list[tuple[int, str]]:
        """Return the number and the name of those slots that have room for one more."""
        loads = self.count()
        return [
            (loads[slot], slot)
            for slot in possible_slots
            if not self.is_held(slot) and loads[slot] < self._seats.count(slot) + WAITING
        ]

    def has_room(self, slot: str) -> bool:
        """Say whether a slot has room for one more; they are counted only where all together might fill it."""
        most = self._seats.count(slot) + WAITING
        return not self.is_held(slot) and (len(self.downloader.active) < most or self.count()[slot] < most)


class BudgetPriorityQueue(DownloaderAwarePriorityQueue):
    """Gives out requests of budgets that move, and none while all that wait are of budgets that have enough.

    Requests that are held are kept, on the disk where there is a ``JOBDIR``, and given out by the next crawl alone.
    """

    def __init__(self, crawler: Crawler, *args: Any, **kwargs: Any) -> None:
        super().__init__(crawler, *args, **kwargs)
        self._loads = self._downloader_interface = Loads(crawler, inherited=self.pqueues)

    def __len__(self) -> int:
        return sum(len(queue) for slot, queue in self.pqueues.items() if not self._loads.is_held(slot))
