"""The few things of Scrapy's engine that a scheduler is not given, in one place, and checked before a crawl begins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import scrapy

from zhihu_crawler.frontier.link import FrontierError

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy import Request
    from scrapy.crawler import Crawler


class EngineView:
    """Which requests are worked on, whether the crawl is ending, and a way to say that there is work.

    A scheduler learns in no other way that a page is done with all its items (scrapy/scrapy#7978 asks for one).
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._closing: asyncio.Task[None] | None = None

    def check(self) -> None:
        """See that everything is where it is looked for.

        Raises:
            FrontierError: this Scrapy keeps it elsewhere.
        """
        slot = self._slot
        for name in ("inprogress", "closing", "nextcall"):
            if not hasattr(slot, name):
                raise FrontierError(
                    f"Scrapy {scrapy.__version__} does not keep {name!r} in its engine's slot: a shared crawl cannot "
                    "tell when a page is done. Use a release that requirements.txt names"
                )

    @property
    def _slot(self) -> Any:
        assert self._crawler.engine
        return self._crawler.engine._slot  # noqa: SLF001  # see above

    @property
    def in_progress(self) -> Collection[Request]:
        """Requests from their download to the last of their items; told apart by identity."""
        in_progress: Collection[Request] = self._slot.inprogress if self._slot else ()
        return in_progress

    @property
    def is_closing(self) -> bool:
        """Whether the crawl is ending."""
        return self._slot is None or self._slot.closing is not None

    def kick(self) -> None:
        """Say that there may be work: else the engine looks every five seconds."""
        if not self.is_closing:
            self._slot.nextcall.schedule()

    def stop(self, reason: str) -> None:
        """End the crawl, once what is worked on is done."""
        if self._closing is None and not self.is_closing:
            assert self._crawler.engine
            closing = self._crawler.engine.close_spider_async(reason=reason)
            self._closing = asyncio.get_running_loop().create_task(closing)
