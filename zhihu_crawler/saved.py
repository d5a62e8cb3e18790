"""Saved pages and replies: files, folders with an index, standard input."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhihu_crawler.errors import PageError
from zhihu_crawler.items import Layout
from zhihu_crawler.parsers.page import parse_page
from zhihu_crawler.parsers.result import Parsed, Source
from zhihu_crawler.parsers.values import CHINA
from zhihu_crawler.payload import read_body
from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX = "INDEX.tsv"
_PAGES = frozenset({".html", ".htm", ".json", ".txt", ".xhtml"})


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One saved file: its name, its bytes, and what is known of where and when it was served."""

    name: str
    body: bytes
    url: str = ""
    captured_at: datetime | None = None


def read_saved(path: str, *, url: str = "", captured_at: datetime | None = None) -> Iterator[SavedPage]:
    """Read a file, ``-`` for standard input, or a folder: by its index where it has one, else every page in it.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    if path == "-":
        yield SavedPage("-", sys.stdin.buffer.read(), url, captured_at)
        return
    place = Path(path)
    if not place.is_dir():
        yield SavedPage(path, place.read_bytes(), url, captured_at)
        return
    index = read_index(place)
    files = sorted(file for file in place.rglob("*") if file.suffix in _PAGES and file.is_file())
    for file in files:
        name = file.relative_to(place).as_posix()
        known = index.get(name, {})
        yield SavedPage(str(file), file.read_bytes(), known.get("url", ""), read_day(known.get("captured", "")))


def read_index(folder: Path) -> dict[str, dict[str, str]]:
    """Read a folder's ``INDEX.tsv`` by file name; its columns ``url`` and ``captured`` are used, where they are."""
    file = folder / INDEX
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: {key: value or "" for key, value in row.items() if key} for row in rows if row.get("file")}


def read_day(text: str) -> datetime | None:
    """Read a date or a moment in ISO 8601 (China's time where no offset is given), ``None`` for anything less exact.

    A day alone is taken at its end, so that 昨天 is the day before and times of the day have passed.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CHINA)
    return moment.replace(hour=23, minute=59) if len(text.strip()) == len("2016-03-02") else moment


def parse_saved(page: SavedPage) -> Parsed:
    """Read what a saved page holds.

    Raises:
        PageError: it holds nothing, or not what its address says.
    """
    source = Source(
        url=page.url,
        crawled_at=datetime.now(UTC).replace(microsecond=0),
        layout=Layout.API,
        captured_at=page.captured_at,
    )
    return parse_page(read_body(page.body, url=page.url), source, read_url(page.url) if page.url else None)


__all__ = ["PageError", "SavedPage", "parse_saved", "read_day", "read_index", "read_saved"]
