"""robots.txt, and what becomes of a crawl that it forbids: one clear line and an end, not a silent nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, except that the first refusal ends the crawl and names the setting that decides."""

    _told = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._asked: dict[str, asyncio.Task[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the parser of a host's robots.txt, asked for once.

        Scrapy 2.19 gives its answer to the first of several requests that wait for it and "no rules" to the others,
        which would go out unchecked; a task gives it to all.
        """
        host = urlsplit(request.url).netloc
        if host not in self._asked:
            self._asked[host] = asyncio.ensure_future(super().robot_parser(request))
        return await self._asked[host]

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Check a request; on a refusal close the spider with the reason ``robots_forbidden``."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            if not self._told:
                self._told = True
                self._end(request)
            raise

    def _end(self, request: Request) -> None:
        logger.error(
            "robots.txt forbids %s to %s. The crawl ends here. If you have the right to read it all the same, "
            "decide so yourself: -s ROBOTSTXT_OBEY=False",
            request.url,
            self._robotstxt_useragent or self._default_useragent,
        )
        assert self.crawler.engine
        closing = self.crawler.engine.close_spider_async(reason="robots_forbidden")
        self._closing = asyncio.get_running_loop().create_task(closing)  # kept: a task that nobody holds may vanish
