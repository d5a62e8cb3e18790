"""Items that wait on the local disk for a store that did not take them, and those that it refused.

One file a run, each line an item as in the export files, on the disk (fsync) before anybody is told that it is safe.
What the server refused stands in ``<run>.refused.jsonl``, with the reason. A file is locked while its crawl runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from zhihu_crawler.errors import RefusedError
from zhihu_crawler.items import KINDS, Item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO
    from pathlib import Path

REFUSED = ".refused.jsonl"
PROGRESS = ".progress"


class Spool:
    """The spool of one run; its files are made with their first line.

    Raises (every method):
        OSError: the disk is full, or the folder cannot be written to.
    """

    def __init__(self, folder: Path, name: str) -> None:
        run = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{re.sub(r'[^A-Za-z0-9_-]', '_', name)}-{os.getpid()}"
        self.waiting, self.refused = folder / f"{run}.jsonl", folder / f"{run}{REFUSED}"
        self._files: dict[Path, FileIO] = {}

    def keep(self, items: Sequence[Item]) -> None:
        """Keep items that may be stored later."""
        append(self._file(self.waiting), [dump(item) for item in items])

    def bury(self, item: Item, reason: str) -> None:
        """Keep an item that the store refuses as it is."""
        append(self._file(self.refused), [bury_line(dump(item), reason)])

    def close(self) -> None:
        """Close the files, and so let others have them."""
        for file in self._files.values():
            file.close()

    def _file(self, path: Path) -> FileIO:
        if path not in self._files:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = path.open("ab", buffering=0)
            fcntl.flock(self._files[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sync_folder(path.parent)
        return self._files[path]


def append(file: FileIO, lines: Sequence[bytes]) -> None:
    """Write lines, and return when the disk has them; where it has no room for all, the file stays as it was."""
    size, left = file.seek(0, os.SEEK_END), memoryview(b"".join(lines))
    try:
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(size)
        raise


def _sync_folder(folder: Path) -> None:
    """A new file is safe when its folder knows it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def dump(item: Item) -> bytes:
    """Return an item as a line of JSON; numbers and texts that no other format of ours can hold are kept too."""
    try:
        return orjson.dumps(item, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(asdict(item), default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def bury_line(line: bytes, reason: str) -> bytes:
    """Return the line of an item that is refused."""
    return b'{"reason":%s,"item":%s}\n' % (orjson.dumps(reason), line.strip())


def load(line: bytes) -> Item:
    """Return the item of a line of a spool, or of a line of what was refused.

    Raises:
        RefusedError: it is no item of ours.
    """
    try:
        told = json.loads(line)  # it reads what orjson does not: numbers of any size, halves of characters
        told = told.get("item", told)
        item: Item = _adapter(told["kind"]).validate_python(told)
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError) as error:
        raise RefusedError(f"no item of ours: {' '.join(str(error).split())[:300]}") from error
    return item


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def lines_in(path: Path) -> int:
    """Return how many items a spool has."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def waiting(folder: Path) -> list[Path]:
    """Return the spools in a folder, oldest first."""
    return sorted(path for path in folder.glob("*.jsonl") if not path.name.endswith(REFUSED))
