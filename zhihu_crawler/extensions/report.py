"""Reports of a worker of a shared crawl, for ``scrapy status`` and alerts: every few seconds, to Redis."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from redis.exceptions import RedisError
from scrapy import signals
from scrapy.exceptions import NotConfigured

from zhihu_crawler import __version__
from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.extensions._repeating import Repeating
from zhihu_crawler.fleet.report import Reporter, counts_of
from zhihu_crawler.frontier.connect import connect

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
EVERY_SECONDS = 5.0
_RATE_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_LONGEST_ERROR = 300


class FleetReport:
    """Tells Redis what this worker does; where Redis does not answer it tells later, and the crawl goes on."""

    def __init__(self, crawler: Crawler, config: FrontierConfig) -> None:
        assert config.url
        self._crawler, self._config = crawler, config
        self._client = connect(config.url, timeout=config.timeout, name=f"report-{config.worker}")
        self._reporter = Reporter(self._client, crawler.spidercls.name, config.worker)
        self._started = datetime.now(UTC)
        self._last_item: float | None = None
        self._errors = LastError()
        self._past: deque[tuple[float, int, int]] = deque()
        self._reports = Repeating(self._report_on)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, where workers share a crawl."""
        config = FrontierConfig.from_settings(crawler.settings)
        if config.url is None:
            raise NotConfigured  # without a word: that is how most crawls are
        extension = cls(crawler, config)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.scraped, signal=signals.item_scraped)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin to report."""
        logging.getLogger().addHandler(self._errors)
        self._reports.start()

    def scraped(self) -> None:
        """Note that an item came."""
        self._last_item = time.time()

    async def closed(self, reason: str) -> None:
        """Say why it ended."""
        logging.getLogger().removeHandler(self._errors)
        await self._reports.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._report(ended=reason)
        await self._client.aclose()

    async def _report_on(self) -> float:
        await self._report()
        return EVERY_SECONDS

    async def _report(self, **more: str) -> None:
        assert self._crawler.stats
        counts = counts_of(self._crawler.stats.get_stats())
        try:
            await self._reporter.report(counts, self._about(counts) | more, self._last_item)
        except (RedisError, OSError) as error:
            logger.debug("The report waits for Redis: %s", error)
        except Exception:
            logger.exception("This worker could not report what it does; it goes on")

    def _about(self, counts: dict[str, int]) -> dict[str, Any]:
        pages, items = self._rates(counts.get("pages", 0), counts["items"])
        return {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": __version__,
            "started": self._started.isoformat(timespec="seconds"),
            "pages": counts.get("pages", 0),
            "items": counts["items"],
            "pages_per_second": pages,
            "items_per_second": items,
            "last_error": self._errors.told,
        }

    def _rates(self, pages: int, items: int) -> tuple[float, float]:
        """Return both by second, over the last minute."""
        now = time.monotonic()
        self._past.append((now, pages, items))
        while now - self._past[0][0] > _RATE_SECONDS:
            self._past.popleft()
        since, pages_then, items_then = self._past[0]
        seconds = now - since or EVERY_SECONDS
        return round((pages - pages_then) / seconds, 2), round((items - items_then) / seconds, 2)


class LastError(logging.Handler):
    """Remembers the first line of the last error that was logged, and when."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record in."""
        line = record.getMessage().partition("\n")[0][:_LONGEST_ERROR]
        self.told = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%SZ} {line}"
