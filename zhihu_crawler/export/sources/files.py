"""Reading from item files (JSON Lines, ``.gz`` too) of crawls without a store: as if they had been written to one.

An index of every line (whose it is, where it stands) is made on disk first, so that memory does not grow with the
files; then each thing is read from all of its lines together.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from zhihu_crawler.export.query.matching import matches
from zhihu_crawler.export.sources.index import BATCH, Index
from zhihu_crawler.export.sources.merge import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from zhihu_crawler.export.sources import Document, Wanted

T = TypeVar("T")


class FilesSource:
    """Reads item files through an index in a working folder."""

    unit = "lines"
    kept = False

    def __init__(self, files: Sequence[Path], folder: Path) -> None:
        self.name = ", ".join(map(str, files))
        self._index = Index(folder, files)
        self._open: dict[int, BinaryIO] = {}

    def close(self) -> None:
        """Close the files."""
        self._index.close()
        for file in self._open.values():
            file.close()

    def count(self, wanted: Wanted) -> int | None:
        """Count, where nothing has to be read for it."""
        return None if wanted.filter else self._index.count(wanted.kind)

    def scan(self, wanted: Wanted, after: str | None) -> Iterator[Document]:
        """Give documents by ``_id``."""
        for key, lines in self._index.things(wanted.kind, after or ""):
            document = self._read(wanted.kind, key, lines)
            if matches(document, wanted.filter):
                yield document

    def ids(self, wanted: Wanted, take: Callable[[Iterator[str]], T]) -> T:
        """Hand sorted ids over, sorted on disk."""
        if not wanted.order:
            return take(document["_id"] for document in self.scan(wanted, None))
        with closing(sqlite3.connect("")) as database:  # a file that is gone when it is closed
            names = [f"c{number}" for number in range(len(wanted.order))]
            database.execute(f"CREATE TABLE found ({', '.join(names)}, id)")
            marks = ", ".join("?" * (len(names) + 1))
            database.executemany(f"INSERT INTO found VALUES ({marks})", self._keys(wanted))  # noqa: S608  # only marks
            ways = (f"{name} {'DESC' if way else 'ASC'}" for name, (_, way) in zip(names, wanted.order, strict=True))
            rows = database.execute(f"SELECT id FROM found ORDER BY {', '.join(ways)}, id")  # noqa: S608  # our own names
            return take(id_ for (id_,) in rows)

    def _keys(self, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
        for document in self.scan(wanted, None):
            values = (_at(document, path.split(".")) for path, _ in wanted.order)
            yield (*(value.isoformat() if hasattr(value, "isoformat") else value for value in values), document["_id"])

    def fetch(self, kind: str, ids: Sequence[str]) -> dict[str, Document]:
        """Give documents by id."""
        return {key: self._read(kind, key, lines) for key, lines in self._index.named(kind, ids)}

    def find(self, wanted: Wanted, names: Sequence[str]) -> dict[str, str]:
        """Look for things by name."""
        found = {}
        for start in range(0, len(names), BATCH):
            some = names[start : start + BATCH]
            keys = self._index.keys(wanted.kind, some)
            known = self.fetch(wanted.kind, list(keys.values()))
            found.update({name: key for name, key in keys.items() if matches(known[key], wanted.filter)})
        return found

    def complete(self, kind: str, document: Document) -> str | None:  # noqa: ARG002  # the store's source needs them
        """Everything is in the lines."""
        return None

    def faults(self) -> dict[str, list[Any]]:
        """Tell which lines are no items."""
        return self._index.faults()

    def _read(self, kind: str, key: str, lines: Iterable[tuple[int, int, int]]) -> Document:
        readings = [self._index.values(kind, self._line(*line)) for line in lines]
        return {"_id": key, **merged(kind, readings)}

    def _line(self, file: int, offset: int, length: int) -> bytes:
        if file not in self._open:
            self._open[file] = self._index.path(file).open("rb")
        self._open[file].seek(offset)
        return self._open[file].read(length)


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if not isinstance(value, list | dict) else json.dumps(value, default=str)
