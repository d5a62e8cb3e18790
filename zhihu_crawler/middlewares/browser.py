"""Has the browser ask for what was given to it, and gives what its page fetched besides to the spider's callbacks."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as BadBase64
from collections import deque
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncgen import as_async_generator
from scrapy.utils.spider import iterate_spider_output

from zhihu_crawler.browser import available
from zhihu_crawler.browser.asking import ALONE, FETCH, SCROLL, WANTED
from zhihu_crawler.browser.process import Browser
from zhihu_crawler.browser.response import BrowserResponse, make_response
from zhihu_crawler.browser.visit import Identity, Origin, Scroll, Visit
from zhihu_crawler.config import BrowserConfig, ZhihuConfig
from zhihu_crawler.frontier.throttle import GUEST
from zhihu_crawler.frontier.throttle.crawler import is_closing, throttle_of
from zhihu_crawler.frontier.throttle.seats import budget_of
from zhihu_crawler.sessions import SESSION
from zhihu_crawler.sessions.pool import is_listing
from zhihu_crawler.urls import HOSTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from scrapy.crawler import Crawler
    from scrapy.http import Response


class BrowserMiddleware:
    """Stands in the downloader's place for requests of the browser.

    It is behind all that wait or give (throttle, session, cookies, proxy), and in place of the origin, because a
    browser asks the sandbox by its own address. New cookies go back as a reply's ``Set-Cookie`` does.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config = BrowserConfig.from_settings(crawler.settings)
        self._origin = Origin(ZhihuConfig.from_settings(crawler.settings).origin)
        self._throttle = throttle_of(crawler)
        self._browser: Browser | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it; nothing is started before it is needed."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.closed, signal=signals.spider_closed)
        return middleware

    async def process_request(self, request: Request) -> Response | None:
        """Answer a request of the browser's.

        Raises:
            BrowserError: there was no page; the request is tried again.
            IgnoreRequest: there is no browser, or the address is not Zhihu's.
        """
        if request.meta.get(FETCH) != "browser":
            return None
        if urlsplit(request.url).hostname not in HOSTS:
            raise IgnoreRequest(f"the browser opens pages of Zhihu's alone, not {request.url:.200}")

        async def may_ask() -> bool:
            closing = is_closing(self._crawler)
            return not closing and await self._throttle.acquire(budget_of(request.meta)) is not None

        visited = await self._get().visit(visit_of(request), may_ask)
        request.meta["download_latency"] = visited.seconds
        response = make_response(visited.reply, request, replies=visited.replies, is_full=visited.is_full)
        for cookie in visited.cookies:
            response.headers.appendlist("Set-Cookie", set_cookie(cookie, is_local=self._origin.base is not None))
        return response

    async def closed(self) -> None:
        """End the browser."""
        if self._browser:
            await self._browser.close()

    def _get(self) -> Browser:
        if self._browser is None:
            found = available(self._crawler.settings)
            if found.chromium is None:
                raise IgnoreRequest(found.reason)
            self._browser = Browser(self._config, found.chromium, self._origin, self._count)
        return self._browser

    def _count(self, name: str, more: int = 1) -> None:
        assert self._crawler.stats
        self._crawler.stats.inc_value(f"zhihu/browser/{name}", more)


class BrowserRepliesMiddleware:
    """Answers a spider's requests from what its page fetched already, without asking the site again.

    The callbacks are given such a reply as if it had been downloaded. They are called one after the other, not within
    each other, however long the listing is.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on what a callback gave, and what the callbacks of answered requests give."""
        waiting: deque[tuple[Response, Any]] = deque([(response, result)])
        while waiting:
            here, outputs = waiting.popleft()
            async for output in as_async_generator(outputs):
                later = _reply_to(here, output)
                if later is None:
                    yield _marked(here, output)
                    continue
                self._count()
                waiting.append((later, iterate_spider_output(output.callback(later, **output.cb_kwargs))))

    def _count(self) -> None:
        assert self._crawler.stats
        self._crawler.stats.inc_value("zhihu/browser/read")


def _reply_to(response: Response, output: object) -> BrowserResponse | None:
    if not (isinstance(response, BrowserResponse) and isinstance(output, Request) and output.callback):
        return None
    return response.reply_to(output)


def _marked(response: Response, output: Any) -> Any:
    """Mark what goes on with a listing whose page was scrolled as far as it may be."""
    is_alone = getattr(response, "is_full", False) or (response.request is not None and ALONE in response.meta)
    if is_alone and isinstance(output, Request) and is_listing(output):
        output.meta[ALONE] = True
    return output


def visit_of(request: Request) -> Visit:
    """Read a request as it goes out: what to open, as whom, how far to scroll."""
    scroll, wanted = request.meta.get(SCROLL), request.meta.get(WANTED)
    cookies = (request.headers.get("Cookie") or b"").decode("latin-1")
    identity = Identity(
        name=request.meta.get(SESSION) or GUEST,
        user_agent=(request.headers.get("User-Agent") or b"").decode("latin-1"),
        cookies={name: value for name, mark, value in (one.partition("=") for one in cookies.split("; ")) if mark},
        proxy=proxy_of(request),
    )
    return Visit(url=request.url, identity=identity, scroll=Scroll(**scroll) if scroll else None, wanted=wanted)


def proxy_of(request: Request) -> dict[str, str] | None:
    """Return the request's proxy as Playwright takes it."""
    if not (server := request.meta.get("proxy")):
        return None
    header = (request.headers.get("Proxy-Authorization") or b"").removeprefix(b"Basic ")
    try:
        user, _, password = b64decode(header).decode().partition(":")
    except (BadBase64, UnicodeDecodeError):
        user = password = ""
    return {"server": server} | ({"username": user, "password": password} if user else {})


def set_cookie(cookie: Mapping[str, Any], *, is_local: bool) -> str:
    """Write a cookie of the browser as a header; those of the sandbox stand for the site's."""
    domain = ".zhihu.com" if is_local else str(cookie["domain"])
    parts = [f"{cookie['name']}={cookie['value']}", f"Path={cookie.get('path') or '/'}", "Secure"]
    parts += [f"Domain={domain}"] * domain.startswith(".") + ["HttpOnly"] * bool(cookie.get("httpOnly"))
    if (end := cookie.get("expires") or -1) > 0:  # -1 goes with the browser
        parts.append(f"Expires={formatdate(end, usegmt=True)}")
    return "; ".join(parts)
