"""What a crawl got, against what there was to get: a table at its end."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.table import Table
from scrapy import signals

from zhihu_crawler.config import FrontierConfig, StoreConfig, ZhihuConfig
from zhihu_crawler.frontier.throttle.seats import HANDED_BACK
from zhihu_crawler.items import KINDS, PLURALS, Item, Listing, Stop
from zhihu_crawler.sessions.pool import came_back
from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler

_LISTED: dict[str, str] = {
    "answers": "answer",
    "entries": "collection_entry",
    "followees": "follow",
    "followers": "follow",
    "questions": "question",
    "articles": "article",
    "collections": "collection",
}
"""Listing: the kind of item that it lists."""
_TOLD = 5
"""Incomplete listings that are named; the rest is in the listings' own file."""


@dataclass
class Tally:
    """What was got and what was expected, by kind; plain values, so that it can be kept as JSON.

    ``expected`` counts what the site says a listing has, and the pages of single things that were asked for. A worker
    of a shared crawl knows only its ``is_part``: what it asked for itself, and nothing of whole listings.
    """

    got: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    unfinished: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    is_part: bool = False

    def add_item(self, item: Item) -> None:
        """Count an item; a mere mention of a user or a question is not what was asked for."""
        if isinstance(item, Listing):
            self._add_listing(item)
        elif not (item.partial and item.kind in ("user", "question")):
            self.got[item.kind] = self.got.get(item.kind, 0) + 1

    def _add_listing(self, listing: Listing) -> None:
        kind = _LISTED.get(listing.name)
        wanted = listing.got if listing.stopped is Stop.LIMIT else listing.total
        if kind and wanted is not None and not self.is_part:
            self.expect(kind, wanted)
        if not listing.complete and listing.stopped is not Stop.LIMIT:
            self.unfinished += 1
            if len(self.remarks) < _TOLD:
                self.remarks.append(_remark(listing))

    def expect(self, kind: str, more: int) -> None:
        """Count what there is to get."""
        self.expected[kind] = self.expected.get(kind, 0) + more

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Give a row a kind: name, got, expected (empty where nobody says how many there are), where it went."""
        for kind in (kind for kind in KINDS if kind in self.got or kind in self.expected):
            expected = self.expected.get(kind)
            shown = "" if expected is None else f"{expected:,}"
            yield PLURALS[kind], f"{self.got.get(kind, 0):,}", shown, self.files.get(kind, "")

    def told(self) -> Iterator[str]:
        """Say what fell short: listings not read whole, pages and records that could not be read."""
        yield from self.remarks
        if self.unfinished > len(self.remarks):
            where = self.files.get("listing") or "the listings"
            yield f"... and {self.unfinished - len(self.remarks):,} more, see {where}"
        yield from (f"{count:,} × {name}{_hint(name)}" for name, count in sorted(self.troubles.items()))


def console() -> Console:
    """Give where the table goes; a log has no width of its own, and 80 columns would fold file names in it."""
    return Console(file=sys.stderr, width=None if sys.stderr.isatty() else get_terminal_size((120, 24)).columns)


def show(tallies: Mapping[str, Tally], console: Console) -> None:
    """Print one table for one or several crawls, and a line for each thing that fell short."""
    ended = ", ".join(
        f"{name} {'/'.join(tally.reasons)}{' (what this worker got)' * tally.is_part}"
        for name, tally in tallies.items()
    )
    table = Table(title=f"Crawl ended: {ended}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("crawl")
    table.add_column("items")
    for name in ("got", "expected"):
        table.add_column(name, justify="right")
    table.add_column("where", overflow="fold")
    for name, tally in tallies.items():
        for number, row in enumerate(tally.rows()):
            table.add_row("" if number else name, *row)
    console.print(table)
    for tally in tallies.values():
        for line in tally.told():
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _remark(listing: Listing) -> str:
    total = "?" if listing.total is None else f"{listing.total:,}"
    why = f" ({listing.detail})" if listing.detail else ""
    what = f"{listing.name} of {listing.owner_kind} {listing.owner_id}"
    return f"Not whole: {what}: {listing.got:,} of {total}, stopped at: {listing.stopped}{why}"


class Summary:
    """Keeps the tally of one crawl and shows it at the end; or leaves it in ZHIHU_SUMMARY_FILE for whoever sums up."""

    def __init__(self, crawler: Crawler) -> None:
        is_shared = FrontierConfig.from_settings(crawler.settings).url is not None
        self.tally = Tally(files=_files(crawler), is_part=is_shared)
        self._crawler = crawler
        file = ZhihuConfig.from_settings(crawler.settings).summary_file
        self._file = Path(file) if file else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, listening to the crawl."""
        extension = cls(crawler)
        crawler.signals.connect(extension.scraped, signal=signals.item_scraped)
        if extension.tally.is_part:  # what it schedules, others may crawl
            crawler.signals.connect(extension.scheduled, signal=signals.request_reached_downloader)
        else:
            crawler.signals.connect(extension.scheduled, signal=signals.request_scheduled)
            crawler.signals.connect(extension.dropped, signal=signals.request_dropped)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def scraped(self, item: Any) -> None:
        """Count an item that went through all pipelines."""
        if isinstance(item, Item):
            self.tally.add_item(item)

    def scheduled(self, request: Request) -> None:
        """Expect what a page of its own is asked for."""
        self._expect(request, 1)

    def dropped(self, request: Request) -> None:
        """Do not expect a page twice."""
        self._expect(request, -1)

    def _expect(self, request: Request, more: int) -> None:
        target = read_url(request.url)
        is_again = request.meta.get("retry_times") or request.meta.get(HANDED_BACK) or came_back(request)
        if target and not target.api and target.listing is None and not is_again:
            self.tally.expect(target.kind, more)

    def closed(self, reason: str) -> None:
        """Show the table."""
        assert self._crawler.stats
        self.tally.reasons.append(reason)
        for name, count in self._crawler.stats.get_stats().items():
            if name.startswith(_TROUBLES) and name != "zhihu/pages/ok" and isinstance(count, int):
                self.tally.troubles[name] = count
        if self._file:
            self._file.write_text(json.dumps(asdict(self.tally)), encoding="utf-8")
        else:
            show({self._crawler.spider.name if self._crawler.spider else "": self.tally}, console())


_TROUBLES = (
    *("zhihu/pages/", "zhihu/unreadable/", "zhihu/invalid/", "zhihu/seeds/bad", "zhihu/throttle/pauses/"),
    *("zhihu/sessions/expired", "zhihu/sessions/limited"),
    *("zhihu/store/refused/", "zhihu/store/spooled/", "zhihu/store/lost/"),
)
_HINTS = {"zhihu/store/spooled/": ": they wait in the spool, `scrapy store-replay` stores them"}


def _hint(trouble: str) -> str:
    return next((hint for begin, hint in _HINTS.items() if trouble.startswith(begin)), "")


def _files(crawler: Crawler) -> dict[str, str]:
    """Say where each kind goes: to which files, to which collection of the store."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for uri, feed in crawler.settings.getdict("FEEDS").items():
        classes = feed.get("item_classes") or ()
        for kind, item in KINDS.items():
            if not classes or item in classes:
                found[kind].append(str(Path(uri)) if "://" not in str(uri) else str(uri))
    if store := StoreConfig.from_settings(crawler.settings):
        for kind, name in PLURALS.items():
            found[kind].append(f"{store.database}.{name}")
    return {kind: ", ".join(places) for kind, places in found.items() if places}
