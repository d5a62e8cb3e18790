"""One process of a shared crawl: what it wants, what it has finished, and whether anything is left anywhere."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from zhihu_crawler import __version__
from zhihu_crawler.frontier.allowance import Allowance
from zhihu_crawler.frontier.book import Book
from zhihu_crawler.frontier.connect import connect, is_passing, tell
from zhihu_crawler.frontier.engine import EngineView
from zhihu_crawler.frontier.feeds import Feeds
from zhihu_crawler.frontier.link import FrontierError, Joined, Keys, Link, Reply
from zhihu_crawler.frontier.outcome import Errback
from zhihu_crawler.frontier.pump import CLOSE_SECONDS, Pump
from zhihu_crawler.frontier.queue import LeaseQueue
from zhihu_crawler.frontier.seeds import Seeds
from zhihu_crawler.frontier.tender import Tender

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from zhihu_crawler.config import FrontierConfig
    from zhihu_crawler.frontier.dupefilter import FrontierDupeFilter
    from zhihu_crawler.frontier.leases import Batch

logger = logging.getLogger(__name__)
_MODES = {
    "paused": "The crawl is paused, by `scrapy frontier pause`: this worker waits",
    "draining": "The crawl drains",
}


class Worker:
    """Owns the book and its pump, and is told what the pump learns."""

    def __init__(self, crawler: Crawler, spider: Spider, config: FrontierConfig, df: FrontierDupeFilter) -> None:
        assert config.url
        self._crawler, self._config, self._df = crawler, config, df
        self._concurrency = crawler.settings.getint("CONCURRENT_REQUESTS")
        self._failing = frozenset(int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES"))
        keys = Keys(spider.name, config.seen_shared)
        self._client = connect(config.url, timeout=config.timeout, name=config.worker)
        self.link = Link(
            self._client,
            keys,
            config.worker,
            lease=config.lease,
            attempts=config.attempts,
            seen_days=config.seen_days,
        )
        self.book = Book()
        self._allowance = Allowance(crawler)
        self.queue = LeaseQueue(spider, f"{keys.prefix}requests", self.book, self._allowance.first)
        self.pump = Pump(self.link, self.book, config, self)
        seeds_key = config.seeds_key % {"name": spider.name, "spider": spider.name}
        self.seeds = Seeds(self.link, seeds_key, config.seeds_batch, self.queue, df.request_fingerprint)
        self._tender = Tender(self.link, self.seeds, spider)
        self._engine, self._feeds = EngineView(crawler), Feeds(crawler)
        self._reply: Reply | None = None
        self._idle_since: float | None = None
        self.is_closing = False

    async def open(self, *, anew: bool) -> None:
        """Join the crawl, and begin the exchanges. Redis may take a while to be there, but not for ever.

        Raises:
            FrontierError: it is not there, or cannot be used; in one line.
        """
        self._engine.check()
        deadline = time.monotonic() + min(CLOSE_SECONDS, self._config.lease)
        while True:
            try:
                self._greet(await self.link.open(self._about(), anew=anew), anew=anew)
                break
            except (RedisError, OSError) as error:
                if not is_passing(error) or time.monotonic() > deadline:
                    raise FrontierError(tell(error, self._config.url or "")) from error
                await asyncio.sleep(0.2)
        self.pump.start()

    def _about(self) -> dict[str, object]:
        return {"host": socket.gethostname(), "pid": os.getpid(), "version": __version__}

    def _greet(self, joined: Joined, *, anew: bool = False) -> None:
        since = datetime.fromtimestamp(joined.since, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        if anew and not joined.begun:
            logger.warning("SCHEDULER_FLUSH_ON_START is passed over: other workers are at this crawl")
        logger.info(
            "%s crawl %s, begun %s: %s requests wait, %s are leased, %s are put aside. This worker is %s",
            "Began" if joined.begun else "Joined",
            *(joined.crawl, since, joined.waiting, joined.leased, joined.dead, self.link.worker),
        )

    async def join(self) -> None:
        """Join under a new name, after the old one was given up."""
        self.seeds.forget()
        self._greet(await self.link.open(self._about()))

    async def close(self, reason: str) -> None:
        """Send what is left, hand back what was not begun, and leave; told where Redis did not take it."""
        self.is_closing = True
        self.settle()
        self.book.give_back()
        sent = await self.pump.end()
        try:
            state = await self.link.close(reason if sent else "shutdown")
            if state == "finished":
                logger.info("Nothing of this crawl is left: it is finished, and the next worker begins a new one")
        except (RedisError, OSError, FrontierError) as error:
            sent = False
            logger.debug("Could not leave: %s", error)
        if not sent:
            left = f"{len(self.book.held())} requests of this worker go to others after {self._config.lease:.0f} s"
            logger.warning("Redis did not take what this worker had to say as it ended: %s", left)
        await self._client.aclose()

    def room(self) -> int:
        """Say how many requests more this worker wants: what it can begin, and a few that wait.

        No more than it may send soon, all that waits for a session that pauses left out of account.
        """
        if self.is_closing or self.book.size > self._config.buffer:
            return 0
        prefetch, ready = self._config.prefetch, self.book.ready
        free = max(self._concurrency - len(self.book.going), 0)
        awake = len(ready) - min(self._allowance.asleep(ready), 4 * prefetch)
        return max(int(min(free + prefetch, self._allowance.most())) - awake, 0)

    @property
    def may_begin(self) -> bool:
        """Whether another page may be begun.

        Twice the concurrency bounds what a killed worker leaves half done, and what waits for a slow store.
        """
        if self.pump.is_down or self.pump.is_ended or self.is_closing:
            return False
        return len(self.book.going) < 2 * self._concurrency and self.book.size <= self._config.buffer

    @property
    def is_hungry(self) -> bool:
        """Whether to exchange at once.

        Half of what may wait here is gone and there is more; or a page that is done may lead on, and nothing else does.
        """
        if len(self.book.ready) > self._config.prefetch // 2:
            return False
        return not self.pump.is_dry or self.book.has_finished(self._engine.in_progress)

    def settle(self) -> None:
        """Note which pages are done, once their items are out of this process."""
        if self._engine.is_closing and not self.is_closing:
            self.is_closing = True
            self.book.give_back()
        elif self._allowance.is_long_paused:
            self.book.give_back()
        if self.book.has_finished(self._engine.in_progress) and self._feeds.flush():
            self.book.finish(self._engine.in_progress, is_ending=self.is_closing)

    def receive(self, reply: Reply, batch: Batch) -> None:
        """Take in requests, and see whether anything is left anywhere."""
        self._df.count_filtered(reply.duplicates)
        self.count("stale", len(reply.stale))
        self.seeds.confirm(batch.roots)
        for id_, _, payload in reply.entries:
            lease = self.queue.receive(id_, payload)
            if lease is None:
                self.count("unreadable")
            elif lease.request:
                lease.request.errback = Errback(lease.request.errback, lease, self._failing)
        self._note_mode(reply)
        self.queue.waiting = reply.waiting
        self._tell_stats(reply)
        self._note_idle(reply)
        if self.book.ready or self._is_idle_long_enough():
            self._engine.kick()

    def _note_mode(self, reply: Reply) -> None:
        if reply.mode and (self._reply is None or self._reply.mode != reply.mode):
            logger.warning(_MODES[reply.mode])
        if not reply.mode and self._reply and self._reply.mode:
            logger.info("The crawl goes on")
        if reply.mode:
            self.book.give_back()
        if reply.mode == "draining" and self.book.is_empty:
            self.stop("drained")
        self._reply = reply

    def _note_idle(self, reply: Reply) -> None:
        nothing = reply.waiting == 0 and reply.elsewhere == 0 and self.book.is_empty
        if not nothing or self._tender.has_seeds or reply.mode:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = time.monotonic()

    def _is_idle_long_enough(self) -> bool:
        return self._idle_since is not None and time.monotonic() - self._idle_since >= self._config.idle

    @property
    def has_work(self) -> bool:
        """Whether the crawl may go on: something is left somewhere, or was until a short while ago."""
        return math.isinf(self._config.idle) or not self._is_idle_long_enough()

    async def tend(self) -> None:
        """Look for seeds, and for what another version put aside."""
        if self._reply and not self.is_closing:
            await self._tender.tend(self._reply)

    def learn(self, mark: int) -> None:
        """Remember a mark that Redis has."""
        self._df.learn(mark)

    def doubt(self) -> None:
        """Forget the marks that Redis may have lost."""
        self._df.clear()

    def stop(self, reason: str) -> None:
        """End this worker's crawl."""
        self._engine.stop(reason)

    def count(self, name: str, more: float = 1) -> None:
        """Count in the stats, below ``zhihu/frontier/``."""
        if more and self._crawler.stats:
            self._crawler.stats.inc_value(f"zhihu/frontier/{name}", more)  # type: ignore[arg-type]  # seconds are no whole number

    def _tell_stats(self, reply: Reply) -> None:
        if self._crawler.stats:
            self._crawler.stats.set_value("zhihu/frontier/waiting", reply.waiting)
            self._crawler.stats.set_value("zhihu/frontier/put_aside", reply.dead)
