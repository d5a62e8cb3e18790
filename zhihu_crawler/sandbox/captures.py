"""Saved pages, given back at the addresses that they were saved from, byte for byte."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from pathlib import Path

_TYPES = {".json": "application/json; charset=utf-8", ".html": "text/html; charset=utf-8", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Capture:
    """A saved page: where its bytes are, and the status that it came with."""

    path: Path
    status: int
    content_type: str


class Captures:
    """The pages of a folder, by address.

    The folder has an ``INDEX.tsv`` with the columns ``file`` and ``url``; rows without a whole address are left out,
    and where two pages share one, the first is given.
    """

    def __init__(self, folder: Path) -> None:
        index = folder / "INDEX.tsv"
        if not index.is_file():
            raise BadSetting(f"--captures {str(folder)!r} has no INDEX.tsv with the columns file and url")
        self._pages: dict[tuple[str, str, tuple[tuple[str, str], ...]], Capture] = {}
        self.urls: list[str] = []
        with index.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                self._add(folder, row["file"], row["url"] or "")

    def _add(self, folder: Path, file: str, url: str) -> None:
        path = folder / file
        if not url.startswith(("http://", "https://")) or not path.is_file() or _key(url) in self._pages:
            return
        self._pages[_key(url)] = Capture(path, _status(path.name), _TYPES.get(path.suffix, "text/plain"))
        self.urls.append(url)

    def find(self, url: str) -> Capture | None:
        """Return what was saved from an address; the order of its query does not matter."""
        return self._pages.get(_key(url))


def _key(url: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


def _status(name: str) -> int:
    """Files of refusals say their status by name: ``403-code40362.json``, ``zse-ck-challenge.html``."""
    if name.startswith(("401-", "403-", "404-", "429-")):
        return int(name[:3])
    return 403 if name.startswith("zse-ck") else 200
