"""What every parser is given beside the page, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from zhihu_crawler.errors import PageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from zhihu_crawler.items import Item, Layout

_Raw = TypeVar("_Raw")


@dataclass(frozen=True, slots=True)
class Source:
    """Where and when a page was read; every item carries it on."""

    url: str
    """Address that was asked for, "" when it is not known (a reply saved without it)."""
    crawled_at: datetime
    """Now, in UTC."""
    layout: Layout
    """Format that is being read."""
    captured_at: datetime | None = None
    """When the site served the page, for dates such as 昨天 and 15:05; ``None`` when that is not known."""

    def on(self, layout: Layout) -> Source:
        """Return the same source read as another layout."""
        return replace(self, layout=layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """What one page says of the listing that it is part of.

    ``received`` counts the records of the wanted kind that were on it, unreadable ones included; ``other`` those of
    another kind (advertisements). ``next_url`` is as the page gave it: ``urls.next_page_url`` decides about it.
    """

    owner_kind: str
    owner_id: str | None
    name: str
    received: int
    unreadable: int = 0
    other: int = 0
    total: int | None = None
    next_url: str | None = None
    is_end: bool | None = None
    needs_login: bool = False
    keys: tuple[str, ...] = ()
    """``Item.key`` of the listing's own records on this page, in order."""


@dataclass(slots=True)
class Parsed:
    """What a page gave: its items in page order, its listings, and what could not be read."""

    items: list[Item] = field(default_factory=list)
    listings: list[ListingPage] = field(default_factory=list)
    problems: list[PageError] = field(default_factory=list)

    def add(self, other: Parsed) -> None:
        """Append what another part of the page gave."""
        self.items.extend(other.items)
        self.listings.extend(other.listings)
        self.problems.extend(other.problems)

    def listing(self, name: str) -> ListingPage | None:
        """Return the page's part of a listing by its name (``"answers"``)."""
        return next((page for page in self.listings if page.name == name), None)


def each(records: Iterable[_Raw], read: Callable[[_Raw], Iterable[Item]], parsed: Parsed) -> tuple[int, int]:
    """Read records one by one so that an odd one costs itself alone.

    Returns how many there were and how many of them could not be read; the reasons are in ``parsed.problems``.
    """
    total = bad = 0
    for record in records:
        total += 1
        try:
            parsed.items.extend(list(read(record)))  # all of a record, or nothing of it
        except PageError as error:
            bad += 1
            parsed.problems.append(error)
    return total, bad
