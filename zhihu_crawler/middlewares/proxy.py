"""Proxies as in Scrapy, and one a session; users and passwords are in no queue, log or ``meta``.

Where a request goes through is, in this order, what its ``meta["proxy"]`` says (``None`` for none), its session's
proxy, the proxy of the environment (``http_proxy``, ``https_proxy``, ``no_proxy``).
"""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware

from zhihu_crawler.config import SessionConfig
from zhihu_crawler.sessions import SESSION
from zhihu_crawler.sessions.crawler import pool_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)
AUTH = "Proxy-Authorization"
ACCESS = "zhihu_proxy_access"
"""Entry of a request's ``meta``: which of the users and passwords that this process knows its proxy is given."""
_BEFORE = "zhihu_own_proxy"
"""Entry of a request's ``meta`` while it is out: what stood there and in its headers before."""
_KEYS = ("proxy", "_auth_proxy", "_scheme_proxy")


class ProxyMiddleware(HttpProxyMiddleware):
    """Scrapy's own in another place: next to the downloader, so that what it puts on comes off before anybody looks.

    A user and password that a request names itself are kept in this process when it enters the queue, and put on again
    when it leaves it. A request that a later process takes out of the queue finds them among ZHIHU_PROXIES.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings.get("HTTPPROXY_AUTH_ENCODING"))
        self._pool, self._config = pool_of(crawler), SessionConfig.from_settings(crawler.settings)
        self._salt = secrets.token_bytes(16)
        self._access: dict[str, bytes] = {}
        self._known = dict(self._split(proxy.get_secret_value()) for proxy in self._config.proxies)
        self._told: set[str] = set()
        if self._config.is_local:
            self.proxies = {}  # nobody's proxy leads to this machine

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it; HTTPPROXY_ENABLED is not asked, for a session's proxy is no preference."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.scheduled, signal=signals.request_scheduled)
        return middleware

    def process_request(self, request: Request) -> None:  # type: ignore[override]  # Scrapy's may also answer, and never does
        """Say where the request goes through, and who to the proxy we are."""
        before = {key: request.meta[key] for key in _KEYS if key in request.meta}
        request.meta[_BEFORE] = before, request.headers.getlist(AUTH)
        if "proxy" not in request.meta and (proxy := self._of_session(request)):
            request.meta["proxy"] = proxy
        is_named = "proxy" in before
        super().process_request(request)
        if is_named and request.meta["proxy"] and AUTH not in request.headers:
            self._identify(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Forget it."""
        _restore(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Forget it."""
        _restore(request)

    def scheduled(self, request: Request) -> None:
        """Keep a user and password here that would go into the queue."""
        _restore(request)
        header = request.headers.pop(AUTH, [])
        proxy = request.meta.get("proxy")
        if not proxy:
            return
        clean, access = self._split(proxy)
        access = access or (header[0] if header else b"")
        request.meta["proxy"] = clean
        if access:
            name = hmac.new(self._salt, access, "sha256").hexdigest()[:16]
            self._access[name] = access
            request.meta[ACCESS] = name

    def _of_session(self, request: Request) -> str | None:
        name = request.meta.get(SESSION)
        session = self._pool.get(name)
        proxy = self._config.session_proxies.get(name or "") or (session.proxy if session else None)
        return proxy.get_secret_value() if proxy else None

    def _split(self, proxy: str) -> tuple[str, bytes]:
        """Return a proxy without user and password, and the header that says them, empty where there are none."""
        access, clean = self._get_proxy(proxy, "http")
        return clean, b"Basic " + access if access else b""

    def _identify(self, request: Request) -> None:
        name, proxy = request.meta.get(ACCESS), request.meta["proxy"]
        access = self._access.get(name or "") or self._known.get(proxy)
        if access:
            request.headers[AUTH] = access
        elif name and proxy not in self._told:
            self._told.add(proxy)
            logger.error(
                "The proxy %s was named with a user and password by a process that is gone, and they are in no queue: "
                "give it with both in ZHIHU_PROXIES.",
                proxy,
            )


def _restore(request: Request) -> None:
    """Give a request back what it had itself."""
    kept = request.meta.pop(_BEFORE, None)
    if kept is None:
        return
    before, header = kept
    for key in _KEYS:
        request.meta.pop(key, None)
    request.meta.update(before)
    request.headers.pop(AUTH, None)
    if header:
        request.headers.setlist(AUTH, header)
