"""A listing of any length: its entries are made when a page asks for them, its quirks decide which are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox.ids import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable

LOGIN_AFTER = 10
"""Entries that a guest gets where a log-in is wanted for more."""
GUEST_GETS = 3
"""Entries that a guest gets of a listing that ends early (3 of 13 were seen: nam)."""
CEILING = 5020
"""Entries after which lists of followers end whatever their total (zhihu-oauth)."""
IGNORING_LIMIT = 7
"""Entries a page of a listing that takes no notice of ``limit``."""


def totals_of(size: int, quirk: Quirk) -> int:
    """Return what the site says that a listing of a size holds."""
    return max(0, size - 5) if quirk is Quirk.TOTALS_TOO_SMALL else size


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: ``key`` names the entry at a place, ``make`` gives it as the API does."""

    size: int
    quirk: Quirk
    key: Callable[[int], str]
    make: Callable[[int], dict[str, Any]]

    @property
    def delivered(self) -> int:
        """How many different entries a client that reads everything gets."""
        if self.quirk is Quirk.TOTALS_TOO_LARGE:
            return self.size - self.size // 10
        caps = {
            Quirk.WANTS_LOGIN: LOGIN_AFTER,
            Quirk.EMPTY_IN_SPITE_OF_TOTALS: 0,
            Quirk.ENDS_EARLY: GUEST_GETS,
            Quirk.CEILING: CEILING,
        }
        return min(self.size, caps.get(self.quirk, self.size))

    @property
    def totals(self) -> int:
        """What the site says that it holds."""
        return totals_of(self.size, self.quirk)

    def place(self, position: int) -> int:
        """Return which entry stands at a position of what is delivered: every tenth is withheld by one quirk."""
        return position + position // 9 if self.quirk is Quirk.TOTALS_TOO_LARGE else position


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: places of its entries, where it began and where the next begins, and what it says of the end."""

    places: tuple[int, ...]
    start: int
    stop: int
    limit: int
    is_end: bool
    needs_login: bool = False

    @property
    def next_start(self) -> int:
        """Position that ``next`` names; a page that never ends moves on all the same."""
        return self.stop if self.places else self.start + self.limit


def cut(listing: Listing, start: int, limit: int, *, backwards: bool = False) -> Slice:
    """Cut a page out of a listing.

    Args:
        listing: what is listed.
        start: position of the first entry, from 0.
        limit: most entries wanted.
        backwards: newest first.
    """
    quirk, end = listing.quirk, listing.delivered
    if quirk is Quirk.LIMIT_IS_IGNORED:
        limit = min(limit, IGNORING_LIMIT)
    stop = min(start + limit, end)
    positions = list(range(start, stop))
    if quirk is Quirk.REPEATS_AN_ENTRY and positions and start > 0:
        positions.insert(0, start - 1)
    places = tuple(listing.place(end - 1 - at if backwards else at) for at in positions)
    if quirk is Quirk.WANTS_LOGIN and end < listing.size:
        return Slice(places, start, max(stop, start), limit, is_end=False, needs_login=not places)
    over = stop >= end and quirk not in (Quirk.NEVER_ENDS, Quirk.NEXT_REPEATS)
    return Slice(places, start, max(stop, start), limit, is_end=over)
