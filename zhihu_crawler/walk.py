"""How a listing is walked to its end: what to ask for next, or why there is nothing more to ask for.

A listing goes on at ``next`` until the site says that it has ended; ``next`` is followed only within Zhihu, and
never twice. What was got, what the site counts, and why the walk ended are told in every case.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

from zhihu_crawler.items import Layout, Listing, Stop
from zhihu_crawler.urls import Target, TargetKind, next_page_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scrapy import Request

    from zhihu_crawler.parsers.result import ListingPage

ENOUGH = 0.9
"""Part of what the site counts that a listing may well end with: some of it is deleted, or folded away."""
_BARREN_PAGES = 5
"""Pages in a row that bring nothing new before a listing counts as going in circles."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a listing has been read: plain values that travel with its next request.

    ``limit`` is the most records wanted (``None``: all). ``barren`` counts the pages in a row that brought nothing new.
    ``run`` tells two walks of the same listing apart.
    """

    owner_kind: TargetKind
    owner_id: str
    name: str
    limit: int | None = None
    got: int = 0
    unreadable: int = 0
    other: int = 0
    pages: int = 0
    barren: int = 0
    total: int | None = None
    run: str = field(default_factory=lambda: secrets.token_hex(6), compare=False)

    @property
    def id(self) -> str:
        """``"question:1:answers"``."""
        return f"{self.owner_kind}:{self.owner_id}:{self.name}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, for a request's ``cb_kwargs``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make it again from ``to_dict``'s values."""
        return cls(**values)

    def report(self, stopped: Stop, *, at: datetime, detail: str | None = None) -> Listing:
        """Tell how the walk ended."""
        return Listing(
            id=self.id,
            url=None,
            crawled_at=at,
            layout=Layout.API,
            owner_kind=self.owner_kind,
            owner_id=self.owner_id,
            name=self.name,
            got=self.got,
            total=self.total,
            unreadable=self.unreadable,
            other=self.other,
            pages=self.pages,
            stopped=stopped,
            detail=detail,
            complete=self._is_complete(stopped),
        )

    def _is_complete(self, stopped: Stop) -> bool:
        """An end that the site did not say itself counts only when all that it counts was got."""
        if self.unreadable or stopped in (Stop.LOGIN, Stop.FOREIGN, Stop.ERROR):
            return False
        if self.total is None:
            return stopped in (Stop.END, Stop.EMPTY)
        return self.got >= self.total


@dataclass(slots=True)
class Ledger:
    """What was seen of one listing, so that nothing in it counts twice.

    64-bit hashes rather than texts: 20,000 entries are about 2 MB.
    """

    keys: set[int] = field(default_factory=set)
    urls: set[int] = field(default_factory=set)

    def is_new(self, key: str) -> bool:
        """Say whether a record is met for the first time, and remember it."""
        mark = hash(key)
        if mark in self.keys:
            return False
        self.keys.add(mark)
        return True


class SharedMarks(Protocol):
    """Ledgers that several processes share. What is noted comes in when the page that brought it is done."""

    async def known(self, request: Request | None, ledger: str, names: Sequence[str]) -> set[str] | None:
        """Return the names that a ledger has, ``None`` where the page of a request is another's to read by now."""

    def note(self, request: Request | None, ledger: str, names: Sequence[str]) -> None:
        """Note names that the page of a request brought."""

    def drop(self, request: Request | None, ledger: str) -> None:
        """Note that the listing has ended with the page of a request."""


class Ledgers:
    """The ledgers of all walks: this process's own, or shared where the next page may be another's to read."""

    def __init__(self) -> None:
        self._own: dict[str, Ledger] = {}
        self._shared: SharedMarks | None = None

    def share(self, marks: SharedMarks) -> None:
        """Keep them with the other processes."""
        self._shared = marks

    async def open(self, walk: Walk, page: ListingPage, request: Request | None) -> Ledger | None:
        """Return the walk's ledger, of a shared one as much as concerns the page.

        ``None`` where the page of the request is another process's by now, who may have walked on: what it brought
        would look like a repetition.
        """
        if self._shared is None:
            return self._own.setdefault(walk.run, Ledger())
        known = await self._shared.known(request, walk.run, _names(walk, page)) if walk.pages else set()
        if known is None:
            return None
        keys = {hash(name[1:]) for name in known if name[0] == _KEY}
        return Ledger(keys, {hash(name[1:]) for name in known if name[0] == _URL})

    def note(self, walk: Walk, page: ListingPage, request: Request | None) -> None:
        """Remember what a page brought, for the other processes."""
        if self._shared:
            self._shared.note(request, walk.run, _names(walk, page))

    def close(self, walk: Walk, request: Request | None) -> None:
        """Forget a walk that has ended."""
        self._own.pop(walk.run, None)
        if self._shared:
            self._shared.drop(request, walk.run)


_KEY, _URL = "k", "u"


def _names(walk: Walk, page: ListingPage) -> list[str]:
    url = page.next_url and next_page_url(page.next_url, Target(walk.owner_kind, walk.owner_id))
    return [*(f"{_KEY}{key}" for key in dict.fromkeys(page.keys)), *([f"{_URL}{url}"] if url else [])]


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a page: the walk so far, and either the next address or why it ended."""

    walk: Walk
    next_url: str | None = None
    stopped: Stop | None = None
    detail: str | None = None


def falls_short(walk: Walk, page: ListingPage) -> bool:
    """Say whether a page ends a listing of which much is missing: some replies end early, and not the next time."""
    total = walk.total if page.total is None else page.total
    is_end = page.is_end or (page.received == 0 and page.other == 0)
    return bool(is_end and total) and walk.got + len(page.keys) < ENOUGH * (total or 0)


def step(walk: Walk, page: ListingPage, fresh: int, here: str, ledger: Ledger) -> Step:
    """Decide what to do after a page.

    Args:
        walk: how far the listing had been read.
        page: what the page says of the listing.
        fresh: records of the page that were new.
        here: address that the page was read from.
        ledger: addresses that were read; the next one is added.
    """
    walk = replace(
        walk,
        got=walk.got + fresh,
        unreadable=walk.unreadable + page.unreadable,
        other=walk.other + page.other,
        pages=walk.pages + 1,
        barren=0 if fresh else walk.barren + 1,
        total=walk.total if page.total is None else page.total,
    )
    stopped, detail = _why_stop(walk, page)
    if stopped:
        return Step(walk, stopped=stopped, detail=detail)
    return _go_on(walk, page, here, ledger)


def _why_stop(walk: Walk, page: ListingPage) -> tuple[Stop | None, str | None]:
    if walk.limit is not None and walk.got >= walk.limit:
        return Stop.LIMIT, None
    if page.needs_login:
        return Stop.LOGIN, "the site wants a log-in for more"
    nothing = page.received == 0 and page.other == 0
    if nothing and walk.got == 0 and walk.total:
        return Stop.LOGIN, f"the site counts {walk.total} and shows none"
    if page.is_end:
        return Stop.END, None
    if nothing:
        return Stop.EMPTY, None
    if walk.barren >= _BARREN_PAGES:
        return Stop.REPEAT, f"{walk.barren} pages in a row brought nothing new"
    return None, None


def _go_on(walk: Walk, page: ListingPage, here: str, ledger: Ledger) -> Step:
    if not page.next_url:
        return Step(walk, stopped=Stop.LAST_PAGE, detail="the page names no next one")
    url = next_page_url(page.next_url, Target(walk.owner_kind, walk.owner_id))
    if url is None:
        return Step(walk, stopped=Stop.FOREIGN, detail=f"next is {page.next_url!r:.200}")
    mark = hash(url)
    if url == here or mark in ledger.urls:
        return Step(walk, stopped=Stop.REPEAT, detail=f"next is {url!r:.200} again")
    ledger.urls.add(mark)
    return Step(walk, next_url=url)
