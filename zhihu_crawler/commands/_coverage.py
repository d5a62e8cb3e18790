"""Which fields were found on which layouts, counted over a folder of saved pages."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhihu_crawler.errors import PageError
from zhihu_crawler.items import KINDS, Item, Layout
from zhihu_crawler.parsers.dom import parse_dom
from zhihu_crawler.parsers.result import Source
from zhihu_crawler.payload import read_body
from zhihu_crawler.saved import SavedPage, parse_saved, read_saved
from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALWAYS = frozenset(one.name for one in fields(Item)) | {"kind"}
"""Fields that say nothing of a page: every item has them."""
HEAD = """\
# What was found on stored pages

Made by `scrapy coverage FOLDER --output docs/coverage.md` from 87 stored pages and replies of February 2015 to August
2026. They are other people's pages and are not part of this project; the command counts any folder of your own in the
same way.

The values were checked by other means than the parsers: every block of an answer on the legacy pages was read once more
with BeautifulSoup, and compared in id, `aid`, author, headline, avatar, votes, comments, days, flags, the whole text
and the pictures' addresses (331 answers); every object of every state and API reply was compared key by key with the
item that was read from it; and what a modern page shows was compared with its own state, text by text. `dom` counts
what modern pages show beside their state.

A blank says that no stored page of that layout had the field: the layout does not show it, or nobody happened to store
a page that does.
"""


@dataclass
class Coverage:
    """Items by kind and layout, and how many of them have each field."""

    items: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)

    def add(self, items: Iterable[Item]) -> None:
        """Count the items of one page."""
        layouts = set()
        for item in items:
            layouts.add(item.layout.value)
            self.items[item.kind, item.layout.value] += 1
            for name in field_names(item.kind):
                if getattr(item, name) is not None:
                    self.found[item.kind, item.layout.value, name] += 1
        self.pages.update(layouts)

    def layouts(self, kind: str | None = None) -> list[str]:
        """Layouts that were met, of a kind or at all, in the order in which they are declared."""
        met = {layout for of, layout in self.items if kind in (None, of)}
        return [layout.value for layout in Layout if layout.value in met]


def field_names(kind: str) -> list[str]:
    """Fields of a kind that a page may or may not show."""
    return [one.name for one in fields(KINDS[kind]) if one.name not in ALWAYS]


def count_folder(path: str) -> Coverage:
    """Read every page of a folder; a page that holds nothing is named in ``unread``.

    Raises:
        OSError: there is no such folder.
    """
    coverage = Coverage()
    for page in read_saved(path):
        try:
            coverage.add(parse_saved(page).items)
        except PageError as error:
            coverage.unread.append(f"{page.name}: {error.reason}")
        else:
            coverage.add(_shown(page))
    return coverage


def _shown(page: SavedPage) -> list[Item]:
    """What a page with a state shows beside it."""
    with suppress(PageError):
        read = read_body(page.body, url=page.url)
        if read.body and isinstance(read.data, dict):
            source = Source(page.url, _moment(page), Layout.DOM, page.captured_at)
            return parse_dom(read.selector, source, read_url(page.url) if page.url else None).items
    return []


def _moment(page: SavedPage) -> datetime:
    return page.captured_at or datetime.now(UTC)


def coverage_text(coverage: Coverage) -> str:
    """Return the tables as Markdown."""
    kinds = [kind for kind in KINDS if coverage.layouts(kind)]
    return "\n".join([HEAD, _overview(coverage, kinds), *(_kind_section(coverage, kind) for kind in kinds)])


def _overview(coverage: Coverage, kinds: list[str]) -> str:
    layouts = coverage.layouts()
    rows = [["kind", *(f"{layout} ({coverage.pages[layout]} pages)" for layout in layouts)]]
    rows += [[f"`{kind}`", *(_cell(coverage, kind, layout) for layout in layouts)] for kind in kinds]
    told = "Each cell: items read, and how many of the kind's fields were found in at least one of them.\n"
    return f"{told}\n{_markdown(rows)}"


def _cell(coverage: Coverage, kind: str, layout: str) -> str:
    items = coverage.items[kind, layout]
    found = sum(bool(coverage.found[kind, layout, name]) for name in field_names(kind))
    return f"{items:,}; {found} of {len(field_names(kind))}" if items else ""


def _kind_section(coverage: Coverage, kind: str) -> str:
    layouts = coverage.layouts(kind)
    rows = [["field", *(f"{layout} ({coverage.items[kind, layout]:,})" for layout in layouts)]]
    for name in field_names(kind):
        rows += [[f"`{name}`", *(str(coverage.found[kind, layout, name] or "") for layout in layouts)]]
    return f"## {kind}\n\n{_markdown(rows)}"


def layouts_text(coverage: Coverage) -> str:
    """Return the table that the data dictionary reads: kind, field, layouts that have it."""
    return "".join(
        f"{kind}\t{name}\t{layouts}\n" for kind, name, layouts in [("kind", "field", "layouts"), *_rows(coverage)]
    )


def _rows(coverage: Coverage) -> Iterator[tuple[str, str, str]]:
    for kind in KINDS:
        for name in field_names(kind):
            found = [layout for layout in coverage.layouts(kind) if coverage.found[kind, layout, name]]
            yield kind, name, ", ".join(found)


def _markdown(rows: list[list[str]]) -> str:
    head, *rest = rows
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rest))
