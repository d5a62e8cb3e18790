"""Seeds from a file, read as they are needed: a file of a million lines costs one line of memory."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

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


def digest(path: str) -> str:
    """Return a short name of what a seeds file holds, the path itself for standard input."""
    if path == "-":
        return path
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SeedMessage:
    """A seed that somebody pushed, with what it wants of its request."""

    target: Target
    priority: int = 0
    meta: dict[str, Any] = field(default_factory=dict)


def read_message(data: bytes, kind: TargetKind) -> SeedMessage:
    """Read what users of scrapy-redis push: an id, a token, an address, or a JSON object.

    Of an object, ``url``, ``id`` or ``token`` names the thing and ``priority`` its place in the queue; what ``meta``
    holds, and all its other keys, become the request's ``meta``.

    Raises:
        BadSeed: what was wrong with it, with the text itself.
    """
    try:
        text = data.decode()
        told = json.loads(text) if text.lstrip().startswith("{") else text
    except ValueError as error:
        raise BadSeed(f"{data!r:.200} cannot be read: {error}") from error
    if isinstance(told, str):
        return SeedMessage(read_seed(told, kind))
    named = [str(told.pop(name)) for name in ("url", "id", "token") if told.get(name)]
    meta, priority = told.pop("meta", None) or {}, told.pop("priority", 0)
    if not named or not isinstance(meta, dict) or type(priority) is not int:
        raise BadSeed(f"{text!r:.200} needs url, id or token; meta must be an object, priority a whole number")
    return SeedMessage(read_seed(named[0], kind), priority, told | meta)


def _open(path: str) -> TextIO:
    if path == "-":
        return sys.stdin
    with Path(path).open("rb") as file:
        packed = file.read(2) == _GZIP
    if packed:
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return Path(path).open(encoding="utf-8", errors="replace")
