"""Puts a session's cookies and user agent on its requests, last of all, and takes them off again first of all.

In between only the origin and the downloader see the request. Queues, logs, signals, retries, redirects, the HTTP
cache, errbacks and callbacks see one without secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import signals

from zhihu_crawler.frontier.throttle.crawler import is_closing
from zhihu_crawler.sessions import SESSION, State
from zhihu_crawler.sessions.check import CHECK
from zhihu_crawler.sessions.cookies import may_go_to
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.sessions.pool import MOVED

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_BEFORE = "zhihu_own_headers"
"""Entry of a request's ``meta`` while it is out: the headers that it had itself."""
_HEADERS = ("Cookie", "User-Agent")


class CredentialsMiddleware:
    """Makes a request one of its session's for as long as it is out.

    Cookies go to Zhihu's hosts alone, over https, wherever a redirect leads; ``Set-Cookie`` goes to the session's own
    jar and is not seen by anybody else. It stands behind the throttle and before the origin.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._pool = pool_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.scheduled, signal=signals.request_scheduled)
        return middleware

    async def process_request(self, request: Request) -> Request | None:
        """Put them on, when the session's limit is over: until then the seat of its download slot is held.

        A request whose session has expired while it waited goes back to the queue for another one, and one that still
        waits when the crawl closes goes back for the next crawl. A check goes out whatever is known of its session.
        """
        name = request.meta.get(SESSION)
        if name is None or not may_go_to(request.url):
            return None
        is_check = request.meta.get(CHECK, False)
        if not is_check:
            await self._pool.wait_for(name, is_closing=lambda: is_closing(self._crawler))
        session = self._pool.get(name)
        if session is None or not (is_check or self._pool.state(name) is State.GOOD):
            return request.replace(dont_filter=True, meta={**request.meta, MOVED: True})
        request.meta.pop(MOVED, None)
        request.meta[_BEFORE] = {header: request.headers.getlist(header) for header in _HEADERS}
        session.cookies.put_on(request)
        request.headers["User-Agent"] = session.user_agent
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        """Take them off, and give the jar what is its own."""
        if _strip(request):
            self._pool.take_cookies(request.meta[SESSION], response, request)
            response.headers.pop("Set-Cookie", None)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Take them off."""
        _strip(request)

    def scheduled(self, request: Request) -> None:
        """Take them off what goes into the queue, in case that somebody made a request of one that was out."""
        _strip(request)


def _strip(request: Request) -> bool:
    """Give a request its own headers back; say whether it had others."""
    before = request.meta.pop(_BEFORE, None)
    if before is None:
        return False
    for header, values in before.items():
        request.headers.pop(header, None)
        if values:
            request.headers.setlist(header, values)
    return True
