"""Opens one page, passes the time that its scripts need, and scrolls it. Nothing is clicked, typed or made up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhihu_crawler.browser.tape import Tape
from zhihu_crawler.browser.visit import Reply, Visited
from zhihu_crawler.endpoints import place_in_listing
from zhihu_crawler.errors import BrowserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from zhihu_crawler.browser.visit import Origin, Visit
    from zhihu_crawler.config import BrowserConfig

CHALLENGE = b'id="zh-zse-ck"'
"""In the page whose script sets a cookie and asks again (stored page of 2026)."""
_HEAD = 4096
_AGAIN_SECONDS = 0.25
_SCROLL = "() => { scrollBy(0, -100); scrollTo(0, document.documentElement.scrollHeight); }"
"""Up and down again: a page that stands at its end already is moved too."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Where the site is, how long to wait and how far to scroll, and ``may_ask``.

    That waits for leave to have the page ask once more; False where nobody should ask any longer.
    """

    origin: Origin
    config: BrowserConfig
    may_ask: Callable[[], Awaitable[bool]]


async def load(page: Page, visit: Visit, terms: Terms) -> Visited:
    """Visit a page, an empty one.

    Raises:
        BrowserError: the page did not come.
        playwright.async_api.Error: the browser ended.
    """
    tape = Tape(page, visit, terms.origin)
    try:
        return await _Loading(page, tape, terms).run(visit)
    finally:
        await tape.close()


@dataclass(frozen=True, slots=True)
class _Loading:
    """A page that is being visited, and the tape that listens to it."""

    page: Page
    tape: Tape
    terms: Terms

    async def run(self, visit: Visit) -> Visited:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        reply, is_full = await self.open(visit.url), False
        seconds = loop.time() - begun
        if visit.scroll and reply.status == 200:
            is_full = await self.scroll()
        if visit.wanted and reply.status == 200:
            reply = await self.pick(visit.wanted)
        return Visited(reply, self.tape.replies, seconds, is_full)

    async def open(self, url: str) -> Reply:
        """Go to an address and return its document, after a challenge that the page's own script passes."""
        tape, config, origin = self.tape, self.terms.config, self.terms.origin
        tape.document = None
        await self.page.goto(origin.there(url), wait_until="commit", timeout=config.timeout * 1000)
        await tape.wait(lambda: tape.document is not None, config.timeout)
        if _is_challenge(tape.document):
            await tape.wait(lambda: not _is_challenge(tape.document), config.wait)
        if tape.document is None:
            raise BrowserError(f"{url} sent no whole page within {config.timeout:g} s")
        if not origin.is_ours(origin.there(tape.document.url)):
            raise BrowserError(f"{url} leads to {tape.document.url:.200}, which is not the site's")
        return tape.document

    async def scroll(self) -> bool:
        """Scroll to the end again and again, each time until a reply has come, for as long as more is wanted.

        Returns whether there may be more than the page is scrolled for.
        """
        from playwright.async_api import TimeoutError as Late  # noqa: PLC0415  # an optional part

        with suppress(Late):
            await self.page.wait_for_load_state("domcontentloaded", timeout=self.terms.config.wait * 1000)
        for _ in range(self.terms.config.scrolls):
            if self.tape.is_enough or not await self.terms.may_ask() or not await self.scroll_once():
                return self.tape.is_full
        return not self.tape.is_enough

    async def scroll_once(self) -> bool:
        """Scroll until a reply has come, and say whether one has."""
        heard, seconds = self.tape.heard, self.terms.config.wait
        for _ in range(max(1, round(seconds / _AGAIN_SECONDS))):
            async with asyncio.timeout(seconds):  # a page whose script never ends answers nothing
                await self.page.evaluate(_SCROLL)
            if await self.tape.wait(lambda: self.tape.heard > heard, _AGAIN_SECONDS):
                return True
        return False

    async def pick(self, wanted: str) -> Reply:
        """Return the reply that was wanted; where the page did not ask for it, its address is opened as it is."""
        found = self.tape.replies.pop(place_in_listing(wanted) or (), None)
        if found is None and not await self.terms.may_ask():
            raise BrowserError(f"the crawl closed before {wanted} was asked for")
        found = found or await self.open(wanted)
        return Reply(wanted, found.status, found.headers, found.body)


def _is_challenge(document: Reply | None) -> bool:
    return document is not None and document.status == 403 and CHALLENGE in document.body[:_HEAD]
