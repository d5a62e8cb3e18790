"""The log-in itself: the site's own page in a real browser, which the user works; this only waits and reads the result.

Nothing is typed or clicked for the user, and no captcha is answered. The browser has a profile of its own, which is
gone when it closes.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from zhihu_crawler.browser.chromium import CLOSE_SECONDS, end, launch_options
from zhihu_crawler.commands._qr import QrCode
from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.cookies import LOGIN, SITE, Cookies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page
    from pydantic import SecretStr

POLL_SECONDS = 0.5
ASK_AGAIN_SECONDS = 5.0
"""Between two questions who is logged in, while the same cookie says that somebody is and the site that nobody is."""
_WHO = """async () => {
    const reply = await fetch("/api/v4/me", {credentials: "same-origin"});
    return reply.ok ? await reply.json() : null;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to log in: where, with which browser, for how long, and what it shall say it is (``None``: what it is)."""

    origin: str
    chromium: Path
    headless: bool
    seconds: float
    user_agent: str | None = None
    proxy: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What the browser held when somebody was logged in."""

    cookies: Cookies = field(repr=False)
    user_agent: str
    account: str | None
    token: str | None


def log_in(plan: Plan) -> LoggedIn:
    """Open the log-in page and wait until somebody is logged in.

    Raises:
        BadSession: nobody was; with the reason and what to do.
    """
    from playwright.async_api import Error  # noqa: PLC0415  # an optional part

    try:
        return asyncio.run(_log_in(plan))
    except Error as error:
        raise BadSession(_why(error.message, plan)) from None
    except KeyboardInterrupt:
        raise BadSession("interrupted before anybody was logged in") from None


def _why(message: str, plan: Plan) -> str:
    """Say what became of the browser, from what its driver says."""
    first = (message.strip().splitlines() or ["no reason given"])[0]
    if ".launch: " in first and not plan.headless:
        return (
            f"{plan.chromium} opened no window; is there a screen here? Without one, --headless prints the QR code "
            f"in the terminal, and --import takes the cookies of a browser elsewhere ({first})"
        )
    return f"the browser ended or failed before anybody was logged in: {first}"


async def _log_in(plan: Plan) -> LoggedIn:
    async with _open_browser(plan) as browser:
        return await unless_gone(browser, _wait_for_somebody(browser, plan))


async def unless_gone(browser: Browser, work: Coroutine[Any, Any, LoggedIn]) -> LoggedIn:
    """Return what comes of some work with a browser; one that died may never answer what it was asked.

    Raises:
        BadSession: the browser is gone.
    """
    gone, working = asyncio.Event(), asyncio.create_task(work)
    browser.on("disconnected", lambda _: gone.set())
    if not browser.is_connected():
        gone.set()
    watching = asyncio.create_task(gone.wait())
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.wait((working,), timeout=CLOSE_SECONDS)
    if working.cancelled() or not working.done():
        raise BadSession("the browser ended or failed before anybody was logged in: its window was closed, or it died")
    return working.result()


async def _wait_for_somebody(browser: Browser, plan: Plan) -> LoggedIn:
    page = await _new_page(browser, plan)
    code = QrCode(page) if plan.headless else None
    await page.goto(f"{plan.origin}/signin?next=%2F", wait_until="domcontentloaded")
    end_at, asked = time.monotonic() + plan.seconds, _Asked()
    while time.monotonic() < end_at:
        if found := await _found(page, plan, asked):
            return found
        if code:
            await code.show()
        await asyncio.sleep(POLL_SECONDS)
    raise BadSession(f"nobody was logged in within {plan.seconds:.0f} s; --timeout gives more time")


@asynccontextmanager
async def _open_browser(plan: Plan) -> AsyncIterator[Browser]:
    """Start the browser, and end it; a proxy goes along with user and password."""
    from playwright.async_api import async_playwright  # noqa: PLC0415  # an optional part

    proxy = _proxy(plan.proxy.get_secret_value()) if plan.proxy else None
    options = launch_options(plan.chromium, headless=plan.headless)
    playwright = await async_playwright().start()
    try:
        browser = await playwright.chromium.launch(**options, proxy=proxy)  # type: ignore[arg-type]  # a TypedDict
        try:
            yield browser
        finally:
            await end(browser.close)
    finally:
        await end(playwright.stop)


async def _new_page(browser: Browser, plan: Plan) -> Page:
    user_agent = plan.user_agent or await _user_agent(browser)
    scale = 2 if plan.headless else None  # a code's modules are whole pixels then
    context = await browser.new_context(user_agent=user_agent, device_scale_factor=scale)
    context.set_default_navigation_timeout(plan.seconds * 1000)
    return await context.new_page()


async def _user_agent(browser: Browser) -> str:
    """Return what the browser calls itself; without a window it is the same browser."""
    page = await browser.new_page()
    try:
        return str(await page.evaluate("navigator.userAgent")).replace("HeadlessChrome", "Chrome")
    finally:
        await page.close()


@dataclass(slots=True)
class _Asked:
    """The log-in that was last asked about, and when."""

    login: str = field(default="", repr=False)
    at: float = 0.0


async def _found(page: Page, plan: Plan, asked: _Asked) -> LoggedIn | None:
    """Return the session once the log-in's cookie is there and the site agrees that it is one."""
    cookies = await _cookies(page.context, plan.origin)
    login = next((str(cookie["value"]) for cookie in cookies if cookie["name"] == LOGIN), "")
    if not login or (login == asked.login and time.monotonic() - asked.at < ASK_AGAIN_SECONDS):
        return None
    asked.login, asked.at = login, time.monotonic()
    if not (me := await _who(page, plan.origin)):
        return None
    user_agent = str(await page.evaluate("navigator.userAgent"))
    return LoggedIn(Cookies(cookies), user_agent, me.get("name"), me.get("url_token"))


async def _who(page: Page, origin: str) -> dict[str, Any] | None:
    """Ask the site, as the page would, who is logged in; a page that is just changing is asked again later."""
    from playwright.async_api import Error  # noqa: PLC0415  # an optional part

    if not page.url.startswith(origin):
        return None
    try:
        me = await page.evaluate(_WHO)
    except Error:
        if page.is_closed():
            raise
        return None
    return me if isinstance(me, dict) and (me.get("url_token") or me.get("id")) else None


async def _cookies(context: BrowserContext, origin: str) -> list[dict[str, Any]]:
    """Return the browser's cookies of the site; the sandbox's are of this machine, and stand for the site's."""
    host = urlsplit(origin).hostname or ""
    found: list[dict[str, Any]] = [dict(cookie) for cookie in await context.cookies()]
    if f".{host}".endswith(SITE):
        return [cookie for cookie in found if f".{cookie['domain'].lstrip('.')}".endswith(SITE)]
    return [cookie | {"domain": SITE, "secure": True} for cookie in found if cookie["domain"] == host]


def _proxy(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    server = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    user = {"username": unquote(parts.username), "password": unquote(parts.password or "")} if parts.username else {}
    return {"server": server, **user}
