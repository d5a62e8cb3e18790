"""Saved pages and replies: files, folders with an index, standard input; whole web pages in one file (MHTML).

Who saves a page often leaves its address in it, and uses that where nobody tells another.
"""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from html import unescape
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
_PAGES = frozenset({".html", ".htm", ".json", ".txt", ".xhtml", ".mhtml", ".mht"})
_MHTML = re.compile(rb"\A(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE)
_ADDRESS_LEFT = re.compile(
    rb"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*)(?P<url>https?://[^\s<>\"]{1,2000})"
)
"""Browsers and SingleFile begin a saved page so."""
_HEAD = 4096
_OURS = re.compile(r"https?://(?:[\w-]+\.)*zhihu\.com(?:[:/?#]|$)", re.IGNORECASE)


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


def is_of_the_site(url: str) -> bool:
    """Say whether an address is of zhihu.com, whether or not what it points at is read here."""
    return _OURS.match(url.strip()) is not None


def unpacked(page: SavedPage) -> SavedPage:
    """Return a page taken out of what it was saved in, with the address that was left there if none was told."""
    head = page.body[:_HEAD]
    if _MHTML.match(head):
        return _of_mhtml(page)
    if not page.url and (left := _ADDRESS_LEFT.search(head)):
        return replace(page, url=unescape(left["url"].decode("utf-8", "replace")))
    return page


def _of_mhtml(page: SavedPage) -> SavedPage:
    """The first text of such a file is the page; the others are its frames, styles and pictures."""
    whole = message_from_bytes(page.body)
    part = next((part for part in whole.walk() if part.get_content_type() == "text/html"), None)
    body = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(body, bytes):
        return page
    address = str(whole.get("Snapshot-Content-Location") or part.get("Content-Location") or "")
    return replace(
        page,
        body=body,
        url=page.url or (address if address.startswith("http") else ""),
        captured_at=page.captured_at or _moment(str(whole.get("Date") or "")),
    )


def _moment(told: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def parse_saved(page: SavedPage) -> Parsed:
    """Read what a saved page holds.

    Raises:
        PageError: it holds nothing, or not what its address says.
    """
    page = unpacked(page)
    source = Source(
        url=page.url,
        crawled_at=datetime.now(UTC).replace(microsecond=0),
        layout=Layout.API,
        captured_at=page.captured_at,
    )
    return parse_page(read_body(page.body, url=page.url), source, read_url(page.url) if page.url else None)


__all__ = [
    "PageError",
    "SavedPage",
    "is_of_the_site",
    "parse_saved",
    "read_day",
    "read_index",
    "read_saved",
    "unpacked",
]
