"""The words that a worker and Redis exchange: one Lua script each, one round trip, sent once.

What a script refuses is an exception here: the state is gone, Redis restarted, or this worker was given up.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from zhihu_crawler.errors import ZhihuError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

    from zhihu_crawler.frontier.leases import Batch, Child

FORMAT = "1"
"""Of the keys and entries; workers of another format do not share a crawl."""
_SHARED = ("base", "seen")


class FrontierError(ZhihuError):
    """The shared queue cannot be used."""


class LostError(FrontierError):
    """The state of the crawl is gone: Redis came back empty, from an old copy, or was cleared."""


class RestartedError(FrontierError):
    """Redis restarted or another server took over, which may have lost its last second."""


class ExpiredError(FrontierError):
    """This worker was not heard in time, and its requests went to others."""


class FormatError(FrontierError):
    """The crawl was begun by a version that keeps its queue in another way."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What a worker finds as it joins: whether it ``begun`` the crawl, what waits, is leased, and was put aside."""

    crawl: str
    begun: bool
    since: float
    waiting: int
    leased: int
    dead: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back from an exchange.

    ``stale`` are pages that were not this worker's any more; ``entries`` are new requests, ``elsewhere`` how many are
    leased or being pushed as start requests by anybody, where nothing was left to take. ``mode`` is ``paused``,
    ``draining`` or nothing.
    """

    duplicates: int
    stale: list[str]
    entries: list[tuple[str, int, bytes]]
    waiting: int
    elsewhere: int | None
    mode: str
    unreadable: int
    dead: int


@cache
def source(name: str) -> str:
    """Return a script with all that it stands on."""
    folder = files("zhihu_crawler.frontier") / "lua"
    return "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in (*_SHARED, name))


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of keys. A spider's have its name as their hash tag, those of spiders that share a seen-set its name."""

    spider: str
    shared: str | None = None

    @property
    def prefix(self) -> str:
        """What all keys of the spider begin with."""
        return f"{{{self.shared}}}:{self.spider}:" if self.shared else f"{{{self.spider}}}:"

    @property
    def seen(self) -> str:
        """The shared seen-set, ``""`` where each crawl has its own."""
        return f"{{{self.shared}}}:dupefilter" if self.shared else ""


class Link:
    """A worker's side of the conversation. ``worker`` is another name each time that it joins."""

    def __init__(self, client: Redis, keys: Keys, name: str, *, lease: float, attempts: int, seen_days: float) -> None:
        self.client, self.keys, self.name = client, keys, name
        self.worker = ""
        self._lease, self._attempts, self._age = round(lease * 1000), attempts, round(seen_days * 86_400_000)
        self._epoch = self._run = ""
        self._scripts: dict[str, AsyncScript] = {}

    async def call(self, name: str, *args: str | bytes | int, keys: Sequence[str] = ()) -> Any:
        """Run a script. Without ``keys`` it is one of the queue's, and its first argument the prefix."""
        where = list(keys) or [f"{self.keys.prefix}frontier"]
        given = args if keys else (self.keys.prefix, *args)
        if name not in self._scripts:
            self._scripts[name] = self.client.register_script(source(name))
        return await self._scripts[name](keys=where, args=given)

    async def open(self, about: dict[str, Any], how: Literal["", "anew", "again"] = "") -> Joined:
        """Join the crawl, or begin one: in any case (``anew``), not even after a finished one (``again``).

        Raises:
            FormatError: it is kept in another way.
        """
        self.worker = f"{self.name}~{secrets.token_hex(3)}"
        told = json.dumps(about)
        reply = await self.call("open", self.worker, told, self._lease, secrets.token_hex(8), FORMAT, how)
        if reply[0] == b"FORMAT":
            raise FormatError(
                f"the queue of {self.keys.spider!r} has the format {reply[1].decode()}, this version {FORMAT}: "
                f"let its workers end, or give the crawl up with `scrapy frontier clear {self.keys.spider}`"
            )
        self._epoch, self._run = reply[1].decode(), reply[2].decode()
        crawl, begun, since, waiting, leased, dead, _ = reply[3:]
        return Joined(crawl.decode(), bool(begun), int(since) / 1000, waiting, leased, dead)

    async def exchange(self, batch: Batch, wanted: int) -> Reply:
        """Send what came of pages, and take at most ``wanted`` requests.

        Raises:
            LostError, RestartedError, ExpiredError: nothing was done.
        """
        limits = (self._lease, self._attempts, wanted, self.keys.seen, self._age)
        reply = await self.call("exchange", self._epoch, self._run, self.worker, batch.no, *limits, *_operations(batch))
        self._check(reply)
        _, _, duplicates, stale, entries, waiting, elsewhere, mode, unreadable, dead = reply
        return Reply(
            duplicates,
            [id_.decode() for id_ in stale],
            [_entry(entry) for entry in entries],
            waiting,
            None if elsewhere < 0 else elsewhere,
            mode.decode(),
            unreadable,
            dead,
        )

    async def resync(self, held: Iterable[str]) -> tuple[int, list[str]]:
        """Agree with Redis on what is leased: how many went back, and what this worker has no more.

        Raises:
            LostError, ExpiredError: as above.
        """
        reply = await self.call("resync", self._epoch, self.worker, self._lease, *held)
        self._check(reply)
        self._run = reply[1].decode()
        return reply[2], [id_.decode() for id_ in reply[3]]

    async def start(self, id_: str) -> tuple[str, int]:
        """Ask for the start requests: ``mine`` and how many are pushed, ``other``, or ``done``."""
        reply = await self.call("start", self._epoch, self.worker, id_)
        self._check(reply)
        return reply[1].decode(), int(reply[2])

    async def known(self, ledger: str, marks: Sequence[str]) -> list[bool]:
        """Say which marks a listing's ledger has."""
        reply = await self.call("known", self._epoch, self.worker, ledger, *marks)
        self._check(reply)
        return [bool(flag) for flag in reply[1]]

    async def close(self, reason: str) -> str:
        """Leave, and hand back what is leased. Returns the state of the crawl: ``running`` or ``finished``."""
        reply = await self.call("close", self._epoch, self.worker, reason)
        self._check(reply)
        state: str = reply[2].decode()
        return state

    def _check(self, reply: list[Any]) -> None:
        where = f"the queue of {self.keys.spider!r}"
        if reply[0] == b"LOST":
            how = (
                "was cleared" if reply[1].decode() == self._run else "did not outlive a restart of Redis, or a failover"
            )
            raise LostError(f"{where} {how}")
        if reply[0] == b"RESTARTED":
            raise RestartedError(f"Redis restarted, or another server took over; {where} is there")
        if reply[0] == b"EXPIRED":
            raise ExpiredError(f"{self.worker} was given up")


def _entry(entry: bytes) -> tuple[str, int, bytes]:
    id_, begun, payload = entry.split(b":", 2)
    return id_.decode(), int(begun), payload


def _operations(batch: Batch) -> list[str | bytes | int]:
    """Write a batch as the script reads it."""
    args: list[str | bytes | int] = []
    for lease, number, children in batch.stages:
        args += ["stage", lease.id, number, len(children), *_flat(children)]
    for page in batch.pages:
        counts = (page.stages, len(page.children), len(page.notes))
        args += ["page", page.id, page.verdict, page.kind, page.reason, *counts, *_flat(page.children)]
        args += [part for note in page.notes for part in note]
    children = [root.child for root in batch.roots if root.child]
    if children:
        args += ["roots", len(children), *_flat(children)]
    for start, position in {root.start: root.position for root in batch.roots if root.start}.items():
        args += ["start", start, position]
    for seeds in [root.seeds for root in batch.roots if root.seeds and root.child is None]:
        args += ["seeds", seeds]
    for buried in batch.buried:
        args += ["bury", *buried]
    return args


def _flat(children: Iterable[Child]) -> list[str | bytes | int]:
    return [part for child in children for part in child]


def as_text(value: bytes | str | float) -> str:
    """Return what a client gave as text; ours give bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def mark_of(text: str) -> str:
    """Return a text's 64-bit mark, as Redis keeps it."""
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return str(int.from_bytes(digest, "big", signed=True))
