"""An index of item files: which lines tell of which thing, in SQLite on disk."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from contextlib import closing, contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from zhihu_crawler.errors import ExportError, StoreError
from zhihu_crawler.export.disk import sync
from zhihu_crawler.items import KINDS, Item, User
from zhihu_crawler.storage.documents import TOKEN, identity, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zhihu_crawler.export.sources import Document

BATCH = 500
_GZIP = b"\x1f\x8b"
_SCHEMA = """
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT, size INTEGER, time INTEGER, read TEXT);
CREATE TABLE lines (kind TEXT, key TEXT, file INTEGER, start INTEGER, length INTEGER);
CREATE TABLE tokens (token TEXT PRIMARY KEY, key TEXT, time TEXT);
CREATE TABLE faults (reason TEXT, place TEXT);
"""
Line = tuple[int, int, int]
"""File, offset and length."""


class Index:
    """The index of one export, made once and used again when it goes on.

    Raises:
        ExportError: a file cannot be read, or is not what it was when the export began.
    """

    def __init__(self, folder: Path, files: Sequence[Path]) -> None:
        self._folder = folder
        known = [_known(path) for path in files]
        whole = folder / "index.sqlite"
        if not whole.exists():
            self._build(whole, known)
        self._database = sqlite3.connect(whole)
        if self._database.execute("SELECT path, size, time FROM files ORDER BY id").fetchall() != known:
            self.close()
            raise ExportError("the item files have changed since this export began: add --restart to begin anew")

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def _build(self, whole: Path, files: Sequence[tuple[str, int, int]]) -> None:
        """Read all files through; the index has its name when it is whole."""
        draft = whole.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft)) as self._database:
            self._database.execute("PRAGMA journal_mode=OFF")
            self._database.executescript(_SCHEMA)
            for number, file in enumerate(files):
                self._read_file(number, Path(file[0]), file)
            self._join_people()
            self._database.execute("CREATE INDEX by_key ON lines (kind, key)")
            self._database.commit()
        sync(draft)
        draft.replace(whole)

    def _read_file(self, number: int, path: Path, told: tuple[str, int, int]) -> None:
        plain = self._unpacked(number, path)
        self._database.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", (number, *told, str(plain)))
        start = 0
        with _reading(plain) as lines:
            for place, line in enumerate(lines, start=1):
                if line.strip():
                    self._read_line(line, (number, start, len(line)), f"{path} line {place}")
                start += len(line)

    def _unpacked(self, number: int, path: Path) -> Path:
        """Return where the lines can be read from in any order: a packed file is unpacked for that."""
        with _reading(path) as file:
            if file.read(2) != _GZIP:
                return path
        unpacked = self._folder / f"unpacked-{number}.jsonl"
        try:
            with gzip.open(path) as packed, unpacked.open("wb") as file:
                while piece := packed.read1(1 << 16):  # read() would lose what comes before a cut
                    file.write(piece)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:  # the rest of what was cut off can still be read
            self._fault("packed file cut short or damaged", f"{path}: {error}")
        sync(unpacked)
        return unpacked

    def _read_line(self, line: bytes, where: Line, place: str) -> None:
        try:
            told = orjson.loads(line)
            item = item_of(told)
            self._database.execute("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", (item.kind, identity(item), *where))
        except (orjson.JSONDecodeError, ValidationError, StoreError, KeyError, TypeError) as error:
            self._fault(_reason(error), place)
            return
        if isinstance(item, User) and item.id and item.url_token:
            self._database.execute(
                "INSERT INTO tokens VALUES (?, ?, ?) ON CONFLICT (token) DO UPDATE SET key = excluded.key, "
                "time = excluded.time WHERE excluded.time >= time",
                (item.url_token, item.id, item.crawled_at.isoformat()),
            )

    def _fault(self, reason: str, place: str) -> None:
        self._database.execute("INSERT INTO faults VALUES (?, ?)", (reason, place))

    def _join_people(self) -> None:
        """Give what was read of somebody by token to the id that some page showed with it: profiles and edges."""
        ends = ("substr(lines.key, 1, instr(lines.key, '>') - 1)", "substr(lines.key, instr(lines.key, '>') + 1)")
        follower, followee = map(_known_by_id, ends)
        for kind, key in (("user", _known_by_id("lines.key")), ("follow", f"{follower} || '>' || {followee}")):
            self._database.execute(f"UPDATE lines SET key = {key} WHERE kind = ?", (kind,))  # noqa: S608  # our own words

    def count(self, kind: str) -> int:
        """Count things of a kind."""
        query = "SELECT count(DISTINCT key) FROM lines WHERE kind = ?"
        return int(self._database.execute(query, (kind,)).fetchone()[0])

    def things(self, kind: str, after: str) -> Iterator[tuple[str, list[Line]]]:
        """Give the lines of each thing of a kind, in the order of the keys."""
        query = "SELECT key, file, start, length FROM lines WHERE kind = ? AND key > ? ORDER BY key, rowid"
        yield from _grouped(self._database.execute(query, (kind, after)))

    def named(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, list[Line]]]:
        """Give the lines of some things."""
        marks = ", ".join("?" * len(keys))
        query = f"SELECT key, file, start, length FROM lines WHERE kind = ? AND key IN ({marks}) ORDER BY key, rowid"  # noqa: S608  # only marks
        yield from _grouped(self._database.execute(query, (kind, *keys)))

    def keys(self, kind: str, names: Sequence[str]) -> dict[str, str]:
        """Return the keys of things by what a user calls them."""
        asked = {name: name for name in names}
        if kind == "user":
            marks = ", ".join("?" * len(names))
            known = self._database.execute(f"SELECT token, key FROM tokens WHERE token IN ({marks})", tuple(names))  # noqa: S608  # only marks
            asked = (
                {name: TOKEN + name for name in names} | dict(known) | {n: n for n in names if len(n) == 32}
            )  # digits of a user's id
        there = {key for key, _ in self.named(kind, list(asked.values()))}
        return {name: key for name, key in asked.items() if key in there}

    def path(self, number: int) -> Path:
        """Return the file of a number."""
        return Path(self._database.execute("SELECT read FROM files WHERE id = ?", (number,)).fetchone()[0])

    def faults(self) -> dict[str, list[Any]]:
        """Return how many lines could not be read, by reason, with the first places."""
        rows = self._database.execute("SELECT reason, count(*) FROM faults GROUP BY reason").fetchall()
        first = "SELECT place FROM faults WHERE reason = ? LIMIT 3"
        return {
            reason: [count, [place for (place,) in self._database.execute(first, (reason,))]] for reason, count in rows
        }

    def values(self, kind: str, line: bytes) -> Document:
        """Return what a line says, as the store would hold it."""
        return values_of(_adapter(kind).validate_python(orjson.loads(line)))


def _known_by_id(name: str) -> str:
    """Give an expression for the id of whom an expression names by token, where some page showed both."""
    token = f"substr({name}, {len(TOKEN) + 1})"
    known = f"SELECT tokens.key FROM tokens WHERE token = {token} AND {name} = '{TOKEN}' || {token}"  # noqa: S608  # our own words
    return f"coalesce(({known}), {name})"


def item_of(told: Any) -> Item:
    """Return the item of a line.

    Raises:
        KeyError: it is of no kind.
        pydantic.ValidationError: it is not what its kind promises.
    """
    item: Item = _adapter(told["kind"]).validate_python(told)
    return item


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False)[0]
        return f"not what its kind promises: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    if isinstance(error, KeyError | TypeError):
        return "no item: it has no kind that is known here"
    return "no JSON: cut short or damaged" if isinstance(error, orjson.JSONDecodeError) else str(error)


def _grouped(rows: Iterable[tuple[str, int, int, int]]) -> Iterator[tuple[str, list[Line]]]:
    for key, same in groupby(rows, key=lambda row: row[0]):
        yield key, [line[1:] for line in same]


def _known(path: Path) -> tuple[str, int, int]:
    try:
        told = path.stat()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from error
    return str(path), told.st_size, told.st_mtime_ns


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from error
