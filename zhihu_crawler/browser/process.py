"""The one browser of a crawl: started when it is first needed, again when it died or grew old, and always closed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from zhihu_crawler.browser.chromium import CLOSE_SECONDS, end, launch_options
from zhihu_crawler.browser.load import Terms, load
from zhihu_crawler.errors import BrowserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page, Playwright, Route, WebSocketRoute

    from zhihu_crawler.browser.visit import Identity, Origin, Visit, Visited
    from zhihu_crawler.config import BrowserConfig

logger = logging.getLogger(__name__)
START_SECONDS = 60.0
_FLAGS = ("--blink-settings=imagesEnabled=false",)
"""Pictures are not even asked for; what else is left out is refused one by one."""
LOGIN = "z_c0"
"""The cookie that no script may read."""


def _uncounted(name: str, more: int = 1) -> None:
    """Take a stat and keep nothing."""


async def _shut(opened: Page | WebSocketRoute) -> None:
    """Close what a page opens besides: a window, a line to somewhere."""
    with suppress(Exception):  # it may be gone
        await opened.close()


@dataclass(slots=True)
class _Context:
    """One identity's part of the browser, and the cookies that it and the session agree on."""

    context: BrowserContext
    identity: Identity
    cookies: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class _Running:
    """A browser that was started, with its driver."""

    playwright: Playwright
    chromium: Chromium
    contexts: dict[str, _Context] = field(default_factory=dict)
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    pages: int = 0
    broken: bool = False
    """It gave no empty page: its driver died, or it hangs."""

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked for a page."""
        return self.chromium.is_connected() and not self.broken

    async def close(self) -> None:
        """End both; what does not end by itself is given up after a while."""
        await end(self.chromium.close, self.playwright.stop)


class Browser:
    """Visits pages for whoever asks, a bounded number at a time.

    Args:
        config: the settings.
        chromium: the program.
        origin: where the site is.
        count: adds to a stat, ``count("pages")``.
    """

    def __init__(
        self, config: BrowserConfig, chromium: Path, origin: Origin, count: Callable[..., None] = _uncounted
    ) -> None:
        self._config, self._program, self._origin, self._count = config, chromium, origin, count
        self._seats = asyncio.Semaphore(config.pages)
        self._door = asyncio.Lock()
        self._empty = asyncio.Event()
        self._empty.set()
        self._open = 0
        self._running: _Running | None = None

    async def visit(self, visit: Visit, may_ask: Callable[[], Awaitable[bool]]) -> Visited:
        """Open a page, and close it whatever happens.

        Raises:
            BrowserError: the page did not come, or the browser ended meanwhile; the next visit starts another.
        """
        from playwright.async_api import Error  # noqa: PLC0415  # an optional part

        try:
            async with self._page(visit.identity) as (context, page):
                visited = await load(page, visit, Terms(self._origin, self._config, may_ask))
                cookies = await self._new_cookies(context)
        except (Error, TimeoutError) as error:
            self._count("failed")
            told = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise BrowserError(f"the browser gave no page of {visit.url}: {told:.200}") from None
        self._count("pages")
        self._count("replies", len(visited.replies))
        return replace(visited, cookies=cookies)

    async def close(self) -> None:
        """End the browser, when its pages are closed."""
        async with self._door:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), CLOSE_SECONDS)
            await self._end()

    @asynccontextmanager
    async def _page(self, identity: Identity) -> AsyncIterator[tuple[_Context, Page]]:
        async with self._seats:
            async with self._door:
                running = await self._take()
                self._open += 1
                self._empty.clear()
            try:
                context, page = await self._empty_page(running, identity)
                try:
                    yield context, page
                finally:
                    await end(page.close)
            finally:
                self._open -= 1
                if not self._open:
                    self._empty.set()

    async def _empty_page(self, running: _Running, identity: Identity) -> tuple[_Context, Page]:
        """Return an empty page of an identity; a browser that has none to give is started anew."""
        try:
            async with asyncio.timeout(START_SECONDS), running.making:
                context = await self._context(running, identity)
                page = await context.context.new_page()
        except Exception:
            running.broken = True
            raise
        page.on("popup", _shut)
        return context, page

    async def _take(self) -> _Running:
        """Return the browser; start it where there is none, where it died, and where it showed enough pages."""
        running = self._running
        if running and running.is_alive and running.pages < self._config.recycle:
            running.pages += 1
            return running
        if running:
            await self._empty.wait()  # one that died lets go of its pages at once
            self._count("recycled" if running.is_alive else "died")
            await self._end()
        self._running = await self._start()
        self._running.pages = 1
        return self._running

    async def _start(self) -> _Running:
        from playwright.async_api import async_playwright  # noqa: PLC0415  # an optional part

        async with asyncio.timeout(START_SECONDS):
            playwright = await async_playwright().start()
            try:
                options = launch_options(self._program, headless=True)
                chromium = await playwright.chromium.launch(**{**options, "args": [*options["args"], *_FLAGS]})
            except BaseException:
                await playwright.stop()
                raise
        self._count("starts")
        logger.debug("%s %s was started.", self._program, chromium.version)
        return _Running(playwright, chromium)

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running:
            await running.close()

    async def _context(self, running: _Running, identity: Identity) -> _Context:
        """Return the identity's context, with its cookies; one with another user agent or proxy is made anew."""
        found = running.contexts.get(identity.name)
        if found and (found.identity.user_agent, found.identity.proxy) != (identity.user_agent, identity.proxy):
            await found.context.close()
            found = None
        if found is None:
            found = running.contexts[identity.name] = _Context(await self._new_context(running, identity), identity)
        news = {name: value for name, value in identity.cookies.items() if found.cookies.get(name) != value}
        if news:
            found.cookies.update(news)
            await found.context.add_cookies(self._cookies(news))  # type: ignore[arg-type]  # a TypedDict
        return found

    async def _new_context(self, running: _Running, identity: Identity) -> BrowserContext:
        proxy = cast("Any", dict(identity.proxy)) if identity.proxy else None
        context = await running.chromium.new_context(
            user_agent=identity.user_agent,
            proxy=proxy,
            service_workers="block",  # what they fetch would pass the guard
            accept_downloads=False,
            locale="zh-CN",
        )
        context.set_default_timeout(self._config.timeout * 1000)
        await context.route("**/*", self._guard)
        await context.route_web_socket("**/*", _shut)
        return context

    async def _guard(self, route: Route) -> None:
        from playwright.async_api import Error  # noqa: PLC0415  # an optional part

        may = self._origin.may_load(route.request.url, route.request.resource_type)
        if not may:
            self._count("left_out")
        with suppress(Error):  # a page or browser that is gone asks for nothing any more
            await (route.continue_() if may else route.abort())

    def _cookies(self, cookies: dict[str, str]) -> list[dict[str, Any]]:
        """Return cookies for a context: the site's, or this machine's where the sandbox stands in its place."""
        base = self._origin.base
        where = {"domain": ".zhihu.com", "path": "/", "secure": True} if base is None else {"url": base}
        return [{"name": name, "value": value, "httpOnly": name == LOGIN, **where} for name, value in cookies.items()]

    async def _new_cookies(self, context: _Context) -> tuple[dict[str, object], ...]:
        """Return the site's cookies that have another value than those that the context was given."""
        host = urlsplit(self._origin.base or "").hostname
        found = [dict(cookie) for cookie in await context.context.cookies()]
        own = [one for one in found if f".{str(one['domain']).lstrip('.')}".endswith(f".{host or 'zhihu.com'}")]
        news = [one for one in own if context.cookies.get(str(one["name"])) != one["value"]]
        context.cookies.update({str(one["name"]): str(one["value"]) for one in news})
        return tuple(news)
