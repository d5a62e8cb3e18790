"""Looks for secrets in whatever a crawl leaves: as they are, encoded, quoted, escaped, or only a piece of them."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import redis

PIECE, STEP = 12, 4
"""A piece of so many characters gives a secret away; pieces that begin so far apart find all of 15 and more."""


@dataclass(frozen=True)
class Leak:
    """Which secret was found where, and in what form."""

    secret: str
    form: str
    where: str


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Return what a secret may look like."""
    raw = secret.encode()
    yield "raw", raw
    yield "quoted", quote(secret, safe="").encode()
    yield "quoted for a form", quote_plus(secret).encode()
    yield "repr", repr(secret)[1:-1].encode()
    yield "repr of bytes", repr(raw)[2:-1].encode()
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "hex", raw.hex().encode()
    yield "UTF-16", secret.encode("utf-16-le")
    for shift in range(3):
        for name, encode in (("base64", b64encode), ("base64 for URLs", urlsafe_b64encode)):
            yield name, encode(b"\0" * shift + raw)[4 if shift else 0 : -4]


def pieces(form: bytes) -> Iterator[bytes]:
    """Return pieces of a form; one that is too short is no evidence."""
    for at in range(0, max(len(form) - PIECE, 0) + 1, STEP):
        yield form[at : at + PIECE]


class Searcher:
    """Knows all pieces of all forms of some secrets, by name."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._pieces: dict[bytes, tuple[str, str]] = {}
        for name, secret in secrets.items():
            for form, text in forms(secret):
                for piece in pieces(text):
                    self._pieces.setdefault(piece, (name, form))

    def search(self, data: bytes, where: str) -> set[Leak]:
        """Return what some bytes give away."""
        return {Leak(name, form, where) for piece, (name, form) in self._pieces.items() if piece in data}

    def search_files(self, *folders: Path, but: Iterable[Path] = ()) -> set[Leak]:
        """Return what files, and their names, give away."""
        left_out, found = tuple(but), set()
        for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
            if path.is_file() and not any(path.is_relative_to(place) for place in left_out):
                found |= self.search(path.read_bytes() + b"\0" + str(path).encode(), path.name)
        return found

    def search_redis(self, client: redis.Redis) -> set[Leak]:
        """Return what the keys of a Redis give away."""
        found = set()
        for key in client.scan_iter():
            found |= self.search(key + b"\0" + repr(_value(client, key)).encode() + _raw(client, key), f"Redis {key!r}")
        return found


def _value(client: redis.Redis, key: bytes) -> object:
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }
    return readers[client.type(key)](key)


def _raw(client: redis.Redis, key: bytes) -> bytes:
    """Bytes as they are: a repr escapes what is not ASCII."""
    value = _value(client, key)
    if isinstance(value, bytes):
        return value
    parts = list(value.items()) if isinstance(value, dict) else list(value)
    flat = [part for pair in parts for part in (pair if isinstance(pair, tuple) else (pair,))]
    return b"\0".join(part for part in flat if isinstance(part, bytes))
