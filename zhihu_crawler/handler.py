"""Scrapy's own handler of http and https, except that no connection is kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, TunnelError
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError
from scrapy.utils.url import add_http_if_no_scheme
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost
from twisted.web.client import HTTPConnectionPool

from zhihu_crawler.config import NetworkConfig
from zhihu_crawler.resolver import Resolver

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

IDLE_SECONDS = 240
"""How long an unused connection is kept, as Twisted does."""
_NOBODY_THERE = (
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ConnectError,
    ConnectionDone,
    ConnectionLost,
    TunnelError,
)


class AgeingPool(HTTPConnectionPool):
    """Keeps connections alive by generations: those of an earlier one are not used again.

    A generation lasts ``seconds``, or until ``renew`` is called because the server of one of them is gone. What is idle
    then is closed; what is in use yet is closed when it was idle for IDLE_SECONDS, or at the next end of a generation.
    """

    def __init__(self, reactor: Any, seconds: float) -> None:
        super().__init__(reactor, persistent=True)  # type: ignore[no-untyped-call]  # Twisted has no types here
        self.cachedConnectionTimeout = min(IDLE_SECONDS, round(seconds) or 1)
        self._seconds = seconds
        self._generation, self._begun = 0, reactor.seconds()

    def renew(self) -> None:
        """Begin a new generation."""
        self._generation += 1
        self._begun = self._reactor.seconds()
        self.closeCachedConnections()  # type: ignore[no-untyped-call]  # as above

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802  # Twisted's name
        """Return a connection of this generation, or a new one."""
        if self._reactor.seconds() - self._begun >= self._seconds:
            self.renew()
        return super().getConnection((*key, self._generation), endpoint)


class FreshHandler(HTTP11DownloadHandler):
    """Makes connections anew after DOWNLOAD_CONNECTION_SECONDS, and asks for names again when a server is not there."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        stock = self._pool
        pool = AgeingPool(stock._reactor, NetworkConfig.from_settings(crawler.settings).connection)  # noqa: SLF001  # Scrapy has no hook for its pool
        pool.maxPersistentPerHost, pool._factory = stock.maxPersistentPerHost, stock._factory  # noqa: SLF001  # as above
        self._pool = self._fresh = pool

    async def download_request(self, request: Request) -> Response:
        """Download; what failed for want of a server is not looked for at the same place again."""
        try:
            return await super().download_request(request)
        except _NOBODY_THERE:
            self._fresh.renew()
            _expire(request.meta.get("proxy") or request.url)
            raise


def _expire(url: str) -> None:
    """Have the name of a server, or of the proxy before it, resolved again."""
    from twisted.internet import reactor  # noqa: PLC0415  # installed by Scrapy, later than this module is read

    resolver = getattr(reactor, "nameResolver", None)
    host = urlsplit(add_http_if_no_scheme(url)).hostname
    if isinstance(resolver, Resolver) and host:
        resolver.expire(host)
