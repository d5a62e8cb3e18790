"""Sends requests for Zhihu to another origin: the sandbox, a mirror, a replay of saved pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit, urlunsplit

from scrapy.exceptions import NotConfigured
from scrapy.utils.httpobj import _urlparse_cache

from zhihu_crawler.config import ZhihuConfig
from zhihu_crawler.urls import HOSTS, ZHIHU

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_ASKED = "zhihu_asked_url"


class OriginMiddleware:
    """Swaps the origin on the way out and back on the way in; nothing else knows.

    It is the last middleware before the downloader, so robots.txt, retries and redirects see canonical addresses too.
    The host that was meant goes along as ``Host``.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._scheme, self._netloc = urlsplit(origin)[:2]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, where ZHIHU_ORIGIN is set."""
        config = ZhihuConfig.from_settings(crawler.settings)
        if config.origin is None:
            raise NotConfigured  # without a word: requests go to the site itself
        return cls(config.origin)

    def process_request(self, request: Request) -> None:
        """Send a request for one of Zhihu's hosts to the origin."""
        parts = urlsplit(request.url)
        if parts.hostname in HOSTS:
            request.meta[_ASKED] = request.url
            request.headers["Host"] = parts.netloc
            _move(request, urlunsplit((self._scheme, self._netloc, parts.path, parts.query, "")))

    def process_response(self, request: Request, response: Response) -> Response:
        """Give request and response the address that was asked for, and a redirect the one that was meant."""
        asked = request.meta.pop(_ASKED, None)
        if asked is None:
            return response
        _move(request, asked)
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if location == self._origin or location.startswith(f"{self._origin}/"):
            response.headers["Location"] = ZHIHU + location.removeprefix(self._origin)
        return response.replace(url=asked)

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Give a request that failed its address back, for its retry and its errback."""
        if asked := request.meta.pop(_ASKED, None):
            _move(request, asked)


def _move(request: Request, url: str) -> None:
    """Scrapy has no public way to redirect a request that is already on its way without scheduling it again.

    It remembers the parts of an address too, and tunnels through a proxy by the scheme that it remembers.
    """
    request._set_url(url)  # noqa: SLF001  # see above
    if request.meta.get("proxy"):
        _urlparse_cache.pop(request, None)
