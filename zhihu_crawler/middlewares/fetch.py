"""Which requests a browser asks for: all, none, or those that the site refuses to everything else (ZHIHU_FETCH)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from zhihu_crawler.browser import available
from zhihu_crawler.browser.asking import FETCH, in_browser
from zhihu_crawler.config import BrowserConfig
from zhihu_crawler.errors import Meaning
from zhihu_crawler.sessions.check import CHECK
from zhihu_crawler.urls import HOSTS
from zhihu_crawler.verdict import judge

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)
ASKED_AGAIN = "zhihu_browser_asked"
"""Entry of a request's ``meta``: HTTP was refused, and this is the one time that the browser asks instead."""


class FetchMiddleware:
    """Sends requests to the browser; it stands where a reply has been through redirects, and before retries.

    ``meta["zhihu_fetch"]`` of a request comes before the setting. The check of a session, robots.txt and what is not
    Zhihu's are never the browser's.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config = BrowserConfig.from_settings(crawler.settings)
        self._told = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        """Mark what goes to the browser; a listing's request becomes one for the page that shows it."""
        if not _may_be_opened(request) or self._way(request) != "browser":
            return None
        again = in_browser(request)
        if again.url != request.url:
            return again
        request.meta.update(again.meta)
        return None

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Ask once more, in the browser, where the site wants one and may have one."""
        way = self._way(request)
        is_through = way == "browser" or (way == "http" and self._told)
        if is_through or not _may_be_opened(request) or judge(response).meaning is not Meaning.NEEDS_BROWSER:
            return response
        missing = "" if way == "http" else available(self._crawler.settings).reason
        if way == "http" or missing:
            self._tell(response, missing)
            return response
        assert self._crawler.stats
        self._crawler.stats.inc_value("zhihu/browser/asked_again")
        again = in_browser(request)
        again.meta[ASKED_AGAIN] = True
        return again

    def _way(self, request: Request) -> str:
        way: str = request.meta.get(FETCH) or self._config.fetch
        return way

    def _tell(self, response: Response, missing: str) -> None:
        if not self._told:
            self._told = True
            advice = missing or "ZHIHU_FETCH=auto opens such pages in a browser of yours (docs/browser.md)"
            logger.warning("The site wants a browser for %s: %s.", response.url, advice)


def _may_be_opened(request: Request) -> bool:
    parts = urlsplit(request.url)
    is_page = request.method == "GET" and parts.hostname in HOSTS and parts.path != "/robots.txt"
    return is_page and not request.meta.get(CHECK)
