"""One line that says how the crawl goes, where a person is looking; a log line a minute where nobody is."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from zhihu_crawler.config import ZhihuConfig
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.items import PLURALS, Item

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
_SECONDS_SHOWN, _SECONDS_LOGGED = 0.25, 60.0


class Progress:
    """Counts items a kind as they pass, and tells of it with pages, waiting requests and rates."""

    def __init__(self, crawler: Crawler, console: Console) -> None:
        self._crawler, self._console = crawler, console
        self._counts: dict[str, int] = {}
        self._started = time.monotonic()
        self._live: Live | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, unless ZHIHU_PROGRESS is off."""
        if not ZhihuConfig.from_settings(crawler.settings).progress:
            raise NotConfigured("ZHIHU_PROGRESS is off")
        extension = cls(crawler, Console(file=sys.stderr))
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.scraped, signal=signals.item_scraped)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin to show."""
        self._started = time.monotonic()
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
            self._live.start()
        seconds = _SECONDS_SHOWN if self._live else _SECONDS_LOGGED
        self._loop = create_looping_call(self.tell)
        self._loop.start(seconds, now=self._live is not None)

    def scraped(self, item: Any) -> None:
        """Count an item."""
        if isinstance(item, Item):
            self._counts[item.kind] = self._counts.get(item.kind, 0) + 1

    def closed(self) -> None:
        """Leave the screen as it was."""
        self._loop.stop()
        if self._live:
            self._live.stop()

    def tell(self) -> None:
        """Show, or log, where the crawl stands."""
        line = self.line()
        if self._live:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        else:
            logger.info(line)

    def line(self) -> str:
        """``question 00:12 · 41 pages (3.4/s) · 12 waiting · 820 answers · 2 problems · paused 8 s (429)``."""
        stats = self._crawler.stats
        assert stats
        seconds = max(time.monotonic() - self._started, 0.001)
        pages = stats.get_value("response_received_count", 0)
        here = stats.get_value("scheduler/enqueued", 0) - stats.get_value("scheduler/dequeued", 0)
        waiting = stats.get_value("zhihu/frontier/waiting", here)  # in the queue of all workers, where there is one
        counts = sorted(self._counts.items(), key=lambda count: -count[1])
        got = ", ".join(f"{count:,} {PLURALS[kind]}" for kind, count in counts if kind != "listing")
        troubles = sum(
            value for name, value in stats.get_stats().items() if name.startswith(("zhihu/pages/", "zhihu/unreadable/"))
        ) - stats.get_value("zhihu/pages/ok", 0)
        name = self._crawler.spider.name if self._crawler.spider else ""
        parts = [
            f"{name} {int(seconds) // 60:02d}:{int(seconds) % 60:02d}",
            f"{pages:,} pages ({pages / seconds:.1f}/s)",
            f"{waiting:,} waiting",
            got or "no items yet",
        ]
        parts += [f"{troubles:,} problems"] if troubles else []
        slower = throttle_of(self._crawler).told()
        return " · ".join([*parts, slower] if slower else parts)
