"""Which entries of a listing were met, for listings whose pages are read by several workers.

Marks of a page become known with the page itself: a page that is read twice finds its ledger as it was the first time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from scrapy.exceptions import CloseSpider

from zhihu_crawler.frontier.codec import LEASE
from zhihu_crawler.frontier.connect import is_passing
from zhihu_crawler.frontier.link import FrontierError, mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Request

    from zhihu_crawler.frontier.book import Book
    from zhihu_crawler.frontier.link import Link
    from zhihu_crawler.frontier.pump import Pump

_ASK_AGAIN_SECONDS = 0.2


class ListingMarks:
    """Asks Redis what a listing's ledger has, and notes on a page's lease what is to come in with it."""

    def __init__(self, link: Link, book: Book, pump: Pump) -> None:
        self._link, self._book, self._pump = link, book, pump

    async def known(self, request: Request | None, ledger: str, names: Sequence[str]) -> set[str] | None:
        """Return the names that the ledger has, ``None`` where the page of a request is another worker's by now.

        Waits for a Redis that does not answer.

        Raises:
            CloseSpider: the worker ends before it does.
        """
        while not self._pump.is_ended:
            if self._is_lost(request):
                return None
            try:
                flags = await self._link.known(ledger, [mark_of(name) for name in names])
            except FrontierError:
                await asyncio.sleep(_ASK_AGAIN_SECONDS)  # the pump sees to it
            except (RedisError, OSError) as error:
                if not is_passing(error):
                    raise
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
            else:
                return {name for name, flag in zip(names, flags, strict=True) if flag}
        raise CloseSpider("frontier_down")

    def _is_lost(self, request: Request | None) -> bool:
        if request is None or (id_ := request.meta.get(LEASE)) is None:
            return False
        lease = self._book.lease(id_)
        return lease is None or lease.lost

    def note(self, request: Request | None, ledger: str, names: Sequence[str]) -> None:
        """Note names that a page brought."""
        if request and (lease := self._book.lease(request.meta.get(LEASE))):
            lease.notes += [(ledger, mark_of(name)) for name in names]

    def drop(self, request: Request | None, ledger: str) -> None:
        """Note that the listing has ended: its ledger goes."""
        if request and (lease := self._book.lease(request.meta.get(LEASE))):
            lease.notes.append((ledger, ""))
