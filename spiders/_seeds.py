"""Seeds from a file, read as they are needed: a file of a million lines costs one line of memory."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import Target, TargetKind, read_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP = b"\x1f\x8b"


def read_seeds_file(path: str, kind: TargetKind) -> Iterator[Target | BadSeed]:
    """Read a seeds file line by line; a bad line is given as its error, which names the line, beside the good ones.

    Raises:
        OSError: the file cannot be read.
    """
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            text = line.partition("#")[0] if not line.lstrip().startswith(("http", "zhihu:")) else line.split(" #")[0]
            if not (text := text.strip().lstrip("\ufeff")):
                continue
            try:
                yield read_seed(text, kind)
            except BadSeed as error:
                yield BadSeed(f"line {number} of {path}: {error}")


def _open(path: str) -> TextIO:
    if path == "-":
        return sys.stdin
    with Path(path).open("rb") as file:
        packed = file.read(2) == _GZIP
    if packed:
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return Path(path).open(encoding="utf-8", errors="replace")
