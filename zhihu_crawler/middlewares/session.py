"""Whose session a request goes out as. The secrets themselves are put on by ``credentials``, as late as possible."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from zhihu_crawler.config import SessionConfig
from zhihu_crawler.frontier.throttle import BUDGET, GUEST, SITE_SLOT, slot_of
from zhihu_crawler.sessions import SESSION
from zhihu_crawler.sessions.check import CHECK, check_all
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.sessions.pool import NO_SESSION, is_listing
from zhihu_crawler.urls import HOSTS

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)
NEEDS_LOGIN = "needs_login"
"""Why a crawl closes whose sessions have all expired."""


class SessionMiddleware:
    """Names the session in ``meta``, for the throttle, the queue and what puts the cookies on.

    It stands behind what answers without asking the site (robots.txt, the HTTP cache) and before the throttle. Without
    any session all requests go out as a guest's.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config = SessionConfig.from_settings(crawler.settings)
        self._pool = pool_of(crawler)
        self._checked: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.closed, signal=signals.spider_closed)
        return middleware

    async def process_request(self, request: Request) -> Request | None:
        """Pick a session; where all have expired, the request goes back to the queue and the crawl closes."""
        if not _asks_zhihu(request) or request.meta.get(CHECK):
            return None
        if not self._pool:
            if SESSION in request.meta:  # queued by a crawl that had sessions
                assign(request, None)
            return None
        await self._check()
        session = self._pool.pick(request)
        if session is None and not self._config.guests:
            return self._hand_back(request)
        assign(request, session.name if session else None)
        self._count(f"requests/{session.name if session else 'guest'}")
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        """Let the session's next request have its turn."""
        self._pool.done(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Let the session's next request have its turn."""
        self._pool.done(request)

    async def _check(self) -> None:
        """Ask the site once who each session is, before the first request goes out as one of them."""
        if self._config.check and self._checked is None:
            self._checked = asyncio.ensure_future(check_all(self._crawler, self._pool))
        if self._checked is not None:
            await self._checked

    def _hand_back(self, request: Request) -> Request:
        """Return the request for the queue, which a paused crawl goes on from; one that comes again is refused."""
        self._close()
        if request.meta.get(NO_SESSION):
            raise IgnoreRequest("no session is logged in any more")
        assign(request, None)
        return request.replace(dont_filter=True, meta={**request.meta, NO_SESSION: True})

    def _close(self) -> None:
        if self._closing is None:
            logger.error(
                "No session is logged in any more (%s). The crawl closes, its queue stays. `scrapy login` logs in; "
                "-s ZHIHU_GUESTS=1 goes on as a guest.",
                ", ".join(self._pool.names),
            )
            assert self._crawler.engine
            closing = self._crawler.engine.close_spider_async(reason=NEEDS_LOGIN)
            self._closing = asyncio.get_running_loop().create_task(closing)

    def closed(self) -> None:
        """Keep when the sessions were last used."""
        self._pool.close()

    def _count(self, name: str) -> None:
        assert self._crawler.stats
        self._crawler.stats.inc_value(f"zhihu/sessions/{name}")


class SessionPinMiddleware(BaseSpiderMiddleware):
    """Keeps a listing on the session that its last page came with; everything else takes turns."""

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        """Pin the next page of a listing."""
        name = response.meta.get(SESSION) if response is not None and response.request else None
        if name and is_listing(request) and SESSION not in request.meta:
            assign(request, name)
        return request


def assign(request: Request, name: str | None) -> None:
    """Pin a request to a session and its budget, or (``None``) to neither."""
    if name is None:
        request.meta.pop(SESSION, None)
        request.meta.pop(BUDGET, None)
    else:
        request.meta[SESSION] = request.meta[BUDGET] = name
    request.meta.pop(NO_SESSION, None)
    slot = request.meta.get("download_slot", SITE_SLOT)
    if slot == SITE_SLOT or slot.startswith(f"{SITE_SLOT}/"):
        request.meta["download_slot"] = slot_of(name or GUEST)


def _asks_zhihu(request: Request) -> bool:
    parts = urlsplit(request.url)
    return parts.hostname in HOSTS and parts.path != "/robots.txt"
