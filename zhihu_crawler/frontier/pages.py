"""The spider middleware next to the engine: sees what a page gives, and holds it back while Redis is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.utils.misc import load_object

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.frontier.outcome import note_status, tag
from zhihu_crawler.frontier.scheduler import FrontierScheduler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response


class FrontierPages:
    """Ties a page's requests to it, so that they and its end reach the queue together."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._failing = frozenset(int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, where the queue is shared."""
        if FrontierConfig.from_settings(crawler.settings).url is None:
            raise NotConfigured("REDIS_URL is empty: the queue is this process's own")
        if not issubclass(load_object(crawler.settings["SCHEDULER"]), FrontierScheduler):
            raise NotConfigured("SCHEDULER is set to another: the queue is that one's business")
        return cls(crawler)

    @property
    def _scheduler(self) -> FrontierScheduler:
        assert self._crawler.engine
        scheduler = self._crawler.engine.scheduler
        assert isinstance(scheduler, FrontierScheduler)
        return scheduler

    def process_spider_input(self, response: Response) -> None:
        """Note a page that came as an error after all tries."""
        if lease := self._scheduler.lease_of(response):
            note_status(lease, response.status, self._failing)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on what the page gives."""
        scheduler = self._scheduler
        lease = scheduler.lease_of(response)
        try:
            async for output in result:
                if scheduler.is_full and not await scheduler.wait_for_room():
                    if lease:
                        lease.fail("back", "", "")
                    return
                yield tag(output, lease)
        except CloseSpider:
            if lease:  # the rest of the page was not read: whoever goes on reads it whole
                lease.fail("back", "", "")
            raise

    def process_spider_exception(self, response: Response, exception: Exception) -> None:
        """Note a callback that ends the crawl before it gives anything."""
        if isinstance(exception, CloseSpider) and (lease := self._scheduler.lease_of(response)):
            lease.fail("back", "", "")

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on the start requests, where it is for this worker to push them."""
        async for output in self._scheduler.start.run(start):
            yield output
