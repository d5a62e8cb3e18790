"""Writes spools back to the store: every line in effect once, however often it is broken off and begun again.

How far a spool was written stands beside it in ``<spool>.progress`` and moves on when a majority has a batch. What is
still refused goes to ``<run>.refused.jsonl`` with the reason; the spool is deleted when its last line was dealt with.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path  # noqa: TC003  # a NamedTuple's fields are read when it is made
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from zhihu_crawler.errors import RefusedError, StoreError
from zhihu_crawler.storage.entries import Entry, entry_of
from zhihu_crawler.storage.spool import PROGRESS, REFUSED, append, bury_line, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zhihu_crawler.storage.sender import Sender

_REASONS = 3


class BusyError(StoreError):
    """A spool that a running crawl, or another replay, still has."""


@dataclass
class Replayed:
    """What became of one spool; ``reasons`` are the first few of what is refused."""

    path: Path
    stored: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Count a line that stays aside."""
        self.refused += 1
        if len(self.reasons) < _REASONS:
            self.reasons.append(reason)


async def replay(path: Path, sender: Sender, batch_size: int) -> Replayed:
    """Write one spool, or a file of what was refused, from where an earlier replay of it ended.

    Raises:
        BusyError: somebody else has the file.
        UnreachableError: the store does not take items; what is left stays in the file.
        OSError: the file cannot be read, or what is refused cannot be kept.
    """
    done, files = Replayed(path), _Files.of(path)
    with _locked(path) as spool:
        spool.seek(files.read_place())
        while lines := list(islice(spool, batch_size)):
            left = await _write(lines, sender, done)
            files.note(left, spool.tell())
        files.finish()
    return done


class _Files(NamedTuple):
    """A spool, what is refused of it, and how far it was written."""

    spool: Path
    refused: Path
    progress: Path

    @classmethod
    def of(cls, path: Path) -> Self:
        """Name them; what is refused anew of a file of refused items takes its place at the end."""
        is_refused = path.name.endswith(REFUSED)
        refused = path.with_suffix(".new") if is_refused else path.with_name(path.name.removesuffix(".jsonl") + REFUSED)
        return cls(path, refused, path.with_name(path.name + PROGRESS))

    def read_place(self) -> int:
        """Return the byte to go on from."""
        return int(self.progress.read_text()) if self.progress.exists() else 0

    def note(self, left: Sequence[bytes], place: int) -> None:
        """Keep what is refused, then that all before ``place`` was dealt with."""
        if left:
            with self.refused.open("ab", buffering=0) as file:
                append(file, left)
        draft = self.progress.with_suffix(".draft")
        draft.write_text(str(place))
        draft.replace(self.progress)

    def finish(self) -> None:
        """Delete the spool; its progress goes first, for without it the worst is that all is written once more."""
        self.progress.unlink(missing_ok=True)
        if self.spool.name.endswith(REFUSED) and self.refused.exists():
            self.refused.replace(self.spool)
        else:
            self.spool.unlink()


async def _write(lines: Sequence[bytes], sender: Sender, done: Replayed) -> list[bytes]:
    """Write some lines, and return those that are refused, as they are kept."""
    entries: list[tuple[bytes, Entry]] = []
    left: list[bytes] = []
    for line in lines:
        try:
            entries.append((line, entry_of(load(line))))
        except RefusedError as error:
            left.append(_refused(line, str(error), done))
    refused = await sender.write([entry for _, entry in entries]) if entries else {}
    left += [_refused(entries[place][0], reason, done) for place, reason in refused.items()]
    done.stored += len(entries) - len(refused)
    return left


def _refused(line: bytes, reason: str, done: Replayed) -> bytes:
    done.refuse(reason)
    return bury_line(line, reason)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{path} is in use by a crawl, or by another replay; it is left as it is") from None
        yield file
