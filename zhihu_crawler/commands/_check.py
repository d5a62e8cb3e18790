"""Asks the site about sessions outside a crawl: a spider that only checks, through the throttle and the proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess

from zhihu_crawler.sessions.check import check_session
from zhihu_crawler.sessions.crawler import pool_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.settings import Settings

_NOTHING_ELSE: dict[str, Any] = {
    "EXTENSIONS": {},
    "EXTENSIONS_BASE": {},  # no files, no telnet, no statistics: nothing is crawled
    "ITEM_PIPELINES": {},
    "FEEDS": {},
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "JOBDIR": None,
    "ROBOTSTXT_OBEY": False,  # its owner asks about an account, once, by hand: that is no crawl
    "RETRY_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


class CheckSpider(Spider):
    """Asks ``/api/v4/me`` once a session."""

    name = "session-check"

    def __init__(self, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._names = list(names)

    async def start(self) -> AsyncIterator[Any]:
        """Check one session after the other."""
        for name in self._names:
            await check_session(self.crawler, pool_of(self.crawler), name)
        return
        yield  # what makes this a generator, as Scrapy wants it


def check(settings: Settings, names: Iterable[str]) -> None:
    """Check sessions; what the site says goes to their files."""
    chosen = list(names)
    if not chosen:
        return
    given = settings.copy()
    given.setdict(_NOTHING_ELSE | {"ZHIHU_SESSIONS": ",".join(chosen)}, priority="cmdline")
    process = AsyncCrawlerProcess(given)
    process.crawl(CheckSpider, names=chosen)
    process.start()
