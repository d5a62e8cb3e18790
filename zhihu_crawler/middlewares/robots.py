"""robots.txt, and what becomes of a crawl that it forbids: one clear line and an end, not a silent nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, except that the first refusal ends the crawl and names the setting that decides."""

    _told = False

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
