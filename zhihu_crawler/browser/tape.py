"""Takes down what a page is sent: its document, and the API's replies that its own script asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

from zhihu_crawler.browser.visit import Reply
from zhihu_crawler.endpoints import place_in_listing
from zhihu_crawler.parsers.api import LISTING_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page, Response

    from zhihu_crawler.browser.visit import Origin, Place, Scroll, Visit

MOST_BYTES = 64 * 1024 * 1024
"""Of replies that one page may hold here; then the listing goes on without it."""
_ENCODED = frozenset({"content-encoding", "content-length", "transfer-encoding", "set-cookie"})
"""Headers that are not true of a body that was decoded, and the one that holds secrets."""


class Tape:
    """Listens to one page.

    ``document`` is the latest document of the page itself; redirects are none. ``replies`` are the sound replies of the
    listing that is scrolled through, by their places; ``ended`` says that no more are to come, because the site said
    so or refused one.
    """

    def __init__(self, page: Page, visit: Visit, origin: Origin) -> None:
        self._page, self._scroll, self._origin = page, visit.scroll, origin
        self._wanted = place_in_listing(visit.wanted) if visit.wanted else None
        self._latest: Response | None = None
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._records = self._size = 0
        self.document: Reply | None = None
        self.replies: dict[Place, Reply] = {}
        self.heard = 0
        self.ended = False
        page.on("response", self._hear)

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is wanted, or can be held."""
        most = self._scroll.most if self._scroll else 0
        if self.ended or self.is_full:
            return True
        return most is not None and self._records >= most and self._wanted in (None, *self.replies)

    @property
    def is_full(self) -> bool:
        """Whether no more can be held."""
        return self._size >= MOST_BYTES

    async def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so, and say whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        return condition()

    async def close(self) -> None:
        """Listen no longer."""
        self._page.remove_listener("response", self._hear)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, response: Response) -> None:
        if 300 <= response.status < 400:
            return
        if _is_document(response, self._page):
            self._latest = response
            self._do(self._take_document(response))
        elif self._scroll and (place := self._place(response.url, self._scroll)):
            self._do(self._take_reply(response, place))

    def _do(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _place(self, url: str, scroll: Scroll) -> Place | None:
        place = place_in_listing(self._origin.back(url)) if self._origin.is_ours(url) else None
        is_its = place is not None and place[0] == scroll.kind and LISTING_NAMES.get(place[2]) == scroll.name
        return place if is_its else None

    async def _take_document(self, response: Response) -> None:
        reply = await self._read(response)
        if reply and response is self._latest:
            self.document = reply
            self._news.set()

    async def _take_reply(self, response: Response, place: Place) -> None:
        reply = await self._read(response)
        if reply is None:
            return
        records, is_end = read_listing(reply)
        if records is None:
            self.ended = True  # what was refused is asked for by itself, where all can react to it
        else:
            self.replies[place] = reply
            self._size += len(reply.body)
            self.ended = self.ended or is_end
            if self._wanted is None or self._wanted in self.replies:
                self._records += records
        self.heard += 1
        self._news.set()

    async def _read(self, response: Response) -> Reply | None:
        """Return a reply; one whose body the browser has let go of (the page went elsewhere) is none."""
        from playwright.async_api import Error  # noqa: PLC0415  # an optional part

        try:
            body = await response.body()
        except Error:
            return None
        kept = tuple((name, value) for name, value in response.headers.items() if name not in _ENCODED)
        return Reply(self._origin.back(response.url), response.status, kept, body)


def _is_document(response: Response, page: Page) -> bool:
    return response.request.is_navigation_request() and response.frame == page.main_frame


def read_listing(reply: Reply) -> tuple[int | None, bool]:
    """Return how many records a reply holds, and whether it says that they are the last; ``None`` for a refusal."""
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None, True
    data, paging = (found.get("data"), found.get("paging")) if isinstance(found, dict) else (None, None)
    if reply.status != 200 or not isinstance(data, list) or "error" in found:
        return None, True
    return len(data), isinstance(paging, dict) and paging.get("is_end") is True
