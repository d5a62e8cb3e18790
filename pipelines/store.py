"""Sends every item to MongoDB, and passes it on when a majority of the servers has it."""

from __future__ import annotations

import asyncio
import atexit
import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import CloseSpider, DropItem, NotConfigured

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import RefusedError, SpooledError, StoreError
from zhihu_crawler.items import Item
from zhihu_crawler.storage.store import Store

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
UNAVAILABLE = "store_unavailable"
"""Why a crawl ended that had nowhere to put its items."""


class StorePipeline:
    """Stores items; one that waits in the spool, or is refused, is not counted as scraped."""

    def __init__(self, crawler: Crawler, config: StoreConfig) -> None:
        assert crawler.stats
        self._crawler = crawler
        self._closing: asyncio.Task[None] | None = None
        self._store = Store(config, crawler.spidercls.name, crawler.stats.inc_value, lambda: not crawler.crawling)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, unless there is no MONGODB_URI."""
        config = StoreConfig.from_settings(crawler.settings)
        if config is None:
            raise NotConfigured  # without a word: that is how most crawls are
        return cls(crawler, config)

    async def open_spider(self) -> None:
        """Connect, before any page is fetched."""
        atexit.register(self._store.abandon)
        try:
            await self._store.open()
        except StoreError as error:
            logger.error(error)  # noqa: TRY400  # one line: where it was raised says nothing to whoever runs a crawl
            raise CloseSpider(UNAVAILABLE) from error

    async def process_item(self, item: Any) -> Any:
        """Store one item."""
        if not isinstance(item, Item):
            return item
        try:
            await self._store.put(item)
        except (RefusedError, SpooledError) as error:
            level = "WARNING" if isinstance(error, RefusedError) else "DEBUG"
            raise DropItem(str(error), log_level=level) from error
        except StoreError as error:
            self._end_crawl()
            raise DropItem(str(error), log_level="ERROR") from error
        return item

    def _end_crawl(self) -> None:
        """Close the spider, without waiting: it waits for this item."""
        if self._closing is None and self._crawler.engine:
            self._closing = asyncio.create_task(self._crawler.engine.close_spider_async(reason=UNAVAILABLE))

    async def close_spider(self) -> None:
        """Wait for what is under way."""
        await self._store.close()
        atexit.unregister(self._store.abandon)
