"""How many requests of one download slot may be between their token and their reply, in this process.

Without it, tokens would be drawn for requests that still wait for the one before them, and these would go out in a row
once it has come back.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
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
    """Seats by slot, each held by a request. A request that vanished, however that came, holds none."""

    def __init__(self) -> None:
        self._free: dict[str, asyncio.Semaphore] = {}
        self._load: Counter[str] = Counter()
        self._held: weakref.WeakKeyDictionary[object, weakref.finalize[..., object]] = weakref.WeakKeyDictionary()

    def load(self, slot: str) -> int:
        """Return how many requests of a slot have a seat or wait for one."""
        return self._load[slot]

    async def take(self, slot: str, seats: int, request: object) -> None:
        """Wait for a seat; ``seats`` is how many the slot has."""
        free = self._free.setdefault(slot, asyncio.Semaphore(max(seats, 1)))
        self._load[slot] += 1
        try:
            await free.acquire()
        except BaseException:
            self._load[slot] -= 1
            raise
        self._held[request] = weakref.finalize(request, self._release, slot)

    def give_back(self, request: object) -> None:
        """Free the seat of a request, if it has one."""
        if release := self._held.pop(request, None):
            release()

    def _release(self, slot: str) -> None:
        self._load[slot] -= 1
        self._free[slot].release()
