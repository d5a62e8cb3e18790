"""scrapy-redis's scheduler without waiting and without loss: what Scrapy asks is answered from memory.

``next_request`` and ``enqueue_request`` never touch the network; the pump carries what they leave in the book.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.utils.asyncio import is_asyncio_available
from scrapy.utils.defer import deferred_from_coro
from scrapy_redis.scheduler import Scheduler

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.allowance import is_handed_back
from zhihu_crawler.frontier.codec import LEASE
from zhihu_crawler.frontier.dupefilter import FrontierDupeFilter
from zhihu_crawler.frontier.ledger import ListingMarks
from zhihu_crawler.frontier.link import FrontierError
from zhihu_crawler.frontier.outcome import note_dropped, note_error, note_item_error
from zhihu_crawler.frontier.start import START, StartRequests
from zhihu_crawler.frontier.worker import Worker

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from zhihu_crawler.frontier.leases import Lease

logger = logging.getLogger(__name__)


class FrontierScheduler(Scheduler):  # type: ignore[misc]  # scrapy-redis has no types
    """Makes a crawl one of several processes'; docs/frontier.md says what it promises.

    Of scrapy-redis's settings SCHEDULER_FLUSH_ON_START is honoured (where no other worker is alive); the queue is kept
    whatever SCHEDULER_PERSIST says, for it is not this process's own.
    """

    def __init__(self, crawler: Crawler, config: FrontierConfig) -> None:
        df = FrontierDupeFilter.from_crawler(crawler, is_aging=config.seen_days > 0)
        super().__init__(server=None, persist=True, dupefilter=df)
        self.flush_on_start = crawler.settings.getbool("SCHEDULER_FLUSH_ON_START")
        self.stats = crawler.stats
        self._crawler, self._config = crawler, config
        self.worker: Worker | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it from the settings.

        Raises:
            BadSetting: REDIS_URL is empty.
        """
        config = FrontierConfig.from_settings(crawler.settings)
        if config.url is None:
            raise BadSetting("REDIS_URL is empty: a shared queue needs it")
        return cls(crawler, config)

    def open(self, spider: Spider) -> Deferred[None]:
        """Join the crawl."""
        return deferred_from_coro(self._open(spider))

    async def _open(self, spider: Spider) -> None:
        if not is_asyncio_available():
            raise FrontierError("a shared queue needs the asyncio reactor: leave TWISTED_REACTOR as it comes")
        self.spider = spider
        worker = Worker(self._crawler, spider, self._config, self.df)
        try:
            await worker.open(anew=self.flush_on_start)
        except FrontierError as error:
            logger.error("%s", error)  # noqa: TRY400  # one line says it
            self._crawler.signals.connect(self._end, signal=signals.spider_opened)  # before that Scrapy cannot end well
            return
        self.worker, self.queue = worker, worker.queue
        self.start = StartRequests(spider, worker.link, worker.book, worker.pump)
        if hasattr(spider, "ledgers"):
            spider.ledgers.share(ListingMarks(worker.link, worker.book, worker.pump))
        connect = self._crawler.signals.connect
        connect(self._spider_error, signal=signals.spider_error)
        connect(self._item_error, signal=signals.item_error)
        connect(self._item_dropped, signal=signals.item_dropped)

    def _end(self) -> None:
        raise CloseSpider("frontier_unreachable")

    def close(self, reason: str) -> Deferred[None] | None:
        """Leave the crawl; nothing that is shared is deleted."""
        return deferred_from_coro(self.worker.close(reason)) if self.worker else None

    def __len__(self) -> int:
        return len(self.queue) if self.worker else 0

    def has_pending_requests(self) -> bool:
        """Say whether the crawl may go on: by what Redis said last, not by asking it."""
        return self.worker is not None and self.worker.has_work

    def enqueue_request(self, request: Request) -> bool:
        """Keep a request until the page that it was found on is done; ``False`` where it is known to have been seen."""
        assert self.worker
        found_on = request.meta.get(LEASE)
        lease = self.worker.book.lease(found_on)
        if lease and lease.id == found_on and is_handed_back(request):
            lease.fail("back", "", "")
            return True
        mark = None if request.dont_filter else self.df.request_fingerprint(request)
        if mark is not None and lease and self._leads_back(request, mark, lease):
            mark = None
        if mark is not None and lease and mark in self.df.memory:
            lease.trusting = True
            self.df.log(request, self.spider)
            return False
        start = (self.start.id, self.start.number) if found_on == START else None
        if not self.queue.push(request, mark, lease, start):
            logger.error("Put aside, for it cannot travel: %s", request)
            self.worker.count("unserialisable")
            return False
        self._count("enqueued")
        return True

    def _leads_back(self, request: Request, mark: int, lease: Lease) -> bool:
        """Say whether a redirect leads to the same thing under another address: it is what was asked for."""
        took_its_place = request.meta.get(LEASE) == lease.id and lease.request is not None
        return took_its_place and self.df.request_fingerprint(lease.request) == mark

    def next_request(self) -> Request | None:
        """Give out a request that is here already."""
        assert self.worker
        if not self.worker.may_begin:
            return None
        request: Request | None = self.queue.pop()
        if self.worker.is_hungry:
            self.worker.pump.wake()
        if request is not None:
            self._count("dequeued")
        return request

    def flush(self) -> None:
        """Nothing here: `scrapy frontier clear` clears a shared crawl."""

    @property
    def is_full(self) -> bool:
        """Whether more was found than may be kept until Redis has it."""
        return self.worker is not None and self.worker.book.size > self._config.buffer

    async def wait_for_room(self) -> bool:
        """Wait until there is room; ``False`` where the worker ends before."""
        return self.worker is not None and await self.worker.pump.wait_for_room()

    def lease_of(self, reply: Any) -> Lease | None:
        """Return the lease of the request of a response or of a failure."""
        request = getattr(reply, "request", None)
        if request is None or self.worker is None:
            return None
        return self.worker.book.lease(request.meta.get(LEASE))

    def _spider_error(self, failure: Failure, response: Any) -> None:
        if lease := self.lease_of(response):
            note_error(lease, failure)

    def _item_error(self, failure: Failure, response: Any) -> None:
        if lease := self.lease_of(response):
            note_item_error(lease, failure)

    def _item_dropped(self, exception: Exception, response: Any) -> None:
        if lease := self.lease_of(response):
            note_dropped(lease, exception)

    def _count(self, what: str) -> None:
        if self.stats:
            self.stats.inc_value(f"scheduler/{what}")
            self.stats.inc_value(f"scheduler/{what}/redis")
