"""How many requests of one download slot may be between their token and their reply, in this process.

Without it, tokens would be drawn for requests that still wait for the one before them, and these would go out in a row
once it has come back.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SITE_SLOT = "zhihu.com"
"""Scrapy's download slot of the site: all its hosts together."""


BUDGET = "zhihu_budget"
"""Entry of a request's ``meta``: the session that asks, by name; absent for a guest."""
HANDED_BACK = "zhihu_handed_back"
"""Entry of a request's ``meta``: the crawl closed while the request waited, and it went back to the queue."""
GUEST = "guest"
"""Who asks without a session: draws on the site's budget alone, and answers for it."""


def budget_of(meta: Mapping[str, Any]) -> str:
    """Return the budget of a request by its ``meta``."""
    return str(meta.get(BUDGET) or GUEST)


def slot_of(budget: str) -> str:
    """Return the download slot of a budget, so that a session that is slow holds up no other."""
    return SITE_SLOT if budget == GUEST else f"{SITE_SLOT}/{budget}"


class Seats:
    """Seats by slot, each held by a request. A request that vanished, however that came, holds none.

    Args:
        each: how many seats a slot has.
        own: slots that have another number.
    """

    def __init__(self, each: int = 1, own: Mapping[str, int] | None = None) -> None:
        self._each, self._own = each, dict(own or {})
        self._free: dict[str, asyncio.Semaphore] = {}
        self._held: weakref.WeakKeyDictionary[object, weakref.finalize[..., object]] = weakref.WeakKeyDictionary()
        self._done: weakref.WeakSet[object] = weakref.WeakSet()

    def count(self, slot: str) -> int:
        """Return how many seats a slot has."""
        return max(self._own.get(slot, self._each), 1)

    async def take(self, slot: str, request: object) -> None:
        """Wait for a seat."""
        free = self._free.get(slot) or self._free.setdefault(slot, asyncio.Semaphore(self.count(slot)))
        await free.acquire()
        self._held[request] = weakref.finalize(request, free.release)

    def give_back(self, request: object) -> None:
        """Free the seat of a request, if it has one."""
        if release := self._held.pop(request, None):
            self._done.add(request)
            release()

    def is_done(self, request: object) -> bool:
        """Say whether a request had a seat and gave it back: what it still does hinders no other."""
        return request in self._done
