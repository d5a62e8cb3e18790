"""JSON Lines, packed too, and CSV: files that grow line by line and can be cut back to any checkpoint."""

from __future__ import annotations

import csv
import io
import os
import sys
from gzip import GzipFile
from typing import IO, TYPE_CHECKING

from zhihu_crawler.export.formats._rows import MOST_IN_A_CELL, Rows, for_excel
from zhihu_crawler.export.formats._sink import CHECKPOINT_SECONDS, Kept, mark
from zhihu_crawler.items import PLURALS

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.reading import Found

_MARK = b"\xef\xbb\xbf"
"""By which spreadsheets know that a file is UTF-8; other programs, which a pipe leads to, take it for a letter."""


class _LinesFile:
    """One growing file. Packed, it is a row of packed pieces, one from each checkpoint to the next: sound gzip too."""

    def __init__(self, file: IO[bytes], *, gzip: bool) -> None:
        self._file = file
        self._gzip = gzip
        self._packed: GzipFile | None = None

    def write(self, data: bytes) -> None:
        if self._gzip and self._packed is None:
            self._packed = GzipFile(filename="", fileobj=self._file, mode="wb", compresslevel=6, mtime=0)
        (self._packed or self._file).write(data)

    def flush(self) -> None:
        if self._packed:
            self._packed.close()
            self._packed = None
        self._file.flush()

    def sync(self) -> int:
        """Bring it to the disk, and return its length."""
        self.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        if not self._file.closed:
            self.flush()
            self._file.close()


class LinesSink:
    """Writes each kind to a file of its own; one kind may go to standard output."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder / "files"
        self._rows = {kind: Rows(plan, kind) for kind in plan.kinds}
        self._files: dict[str, _LinesFile] = {}
        self._cut = 0

    def resume(self, kept: Kept) -> None:
        """Open the files."""
        self._cut = kept.get("cut", 0)
        for kind in self._plan.kinds:
            length = kept.get(kind, 0)
            self._files[kind] = _LinesFile(self._opened(kind, length), gzip=self._plan.format.gzip)
            if not length and self._plan.format.name == "csv":
                mark = b"" if self._plan.output is None else _MARK
                self._files[kind].write(mark + self._csv(self._rows[kind].columns))

    def _opened(self, kind: str, length: int) -> IO[bytes]:
        if self._plan.output is None:
            return sys.stdout.buffer
        self._folder.mkdir(exist_ok=True)
        path = self._path(kind)
        path.touch()
        file = path.open("r+b")
        file.truncate(length)
        file.seek(length)
        return file

    def _path(self, kind: str) -> Path:
        return self._folder / f"{PLURALS[kind]}{self._plan.format.suffix}"

    def write(self, found: Found) -> str | None:
        """Write a line."""
        rows = self._rows[found.kind]
        if self._plan.format.name != "csv":
            self._files[found.kind].write(rows.line(found))
            return None
        cells = rows.cells(found)
        if self._plan.excel:
            cells, cut = for_excel(cells)
            self._cut += cut
        self._files[found.kind].write(self._csv(cells))
        return None

    def _csv(self, cells: list[object]) -> bytes:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        return line.getvalue().encode()

    def is_due(self, seconds: float) -> bool:
        """Every two seconds."""
        return self._plan.output is not None and seconds >= CHECKPOINT_SECONDS

    def checkpoint(self) -> Kept:
        """Remember the lengths."""
        if self._plan.output is None:  # a pipe has no disk
            return {}
        return {kind: file.sync() for kind, file in self._files.items()} | {"cut": self._cut}

    def finish(self) -> Path | None:
        """Close the files."""
        if self._plan.output is None:
            for file in self._files.values():
                file.flush()
            return None
        for file in self._files.values():
            file.sync()
        self.close()
        if len(self._plan.kinds) == 1:
            return self._path(self._plan.kinds[0])
        mark(self._folder, self._plan)
        return self._folder

    def close(self) -> None:
        """Close the files."""
        if self._plan.output is not None:
            for file in self._files.values():
                file.close()

    def remarks(self) -> list[str]:
        """Tell of cut cells."""
        told = f"{self._cut:,} cells were cut to {MOST_IN_A_CELL:,} letters, which is all that Excel takes"
        return [told] if self._cut else []
