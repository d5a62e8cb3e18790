"""What an operator does to a shared crawl, from outside: look, pause, drain, clear, and see to what was put aside."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhihu_crawler.frontier.link import as_text, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from redis import Redis

    from zhihu_crawler.frontier.link import Keys

_AT_ONCE = 500
COUNTS = ("pushed", "done", "duplicates", "requeued", "reaped", "released", "buried", "stale")


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker as Redis sees it; ``seconds`` until its lease ends, negative when it has."""

    name: str
    leased: int
    seconds: float
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrawlState:
    """A crawl as Redis has it; ``begun`` is a Unix time, ``mode`` is ``paused``, ``draining``, or the state."""

    crawl: int
    mode: str
    begun: float
    waiting: int
    seeds: int
    dead: int
    seen: int
    counts: dict[str, int]
    workers: list[WorkerState]


@dataclass(frozen=True, slots=True)
class Dead:
    """What was put aside: when (Unix time), why, how often begun, by whom, and the payload."""

    id: str
    at: float
    kind: str
    reason: str
    begun: int
    worker: str
    payload: str

    @property
    def url(self) -> str:
        """The address that was to be asked for, or the seed itself."""
        try:
            told = json.loads(self.payload)
        except ValueError:
            return self.payload
        return str(told.get("u", self.payload)) if isinstance(told, dict) else self.payload


class Admin:
    """Acts on one spider's crawl, through a blocking client."""

    def __init__(self, client: Redis, keys: Keys, seeds_key: str, seen_days: float = 0) -> None:
        self._client: Any = client  # redis-py types its replies for both kinds of client at once
        self._keys, self._seeds_key = keys, seeds_key
        self._quarter = round(seen_days * 86_400_000) // 4
        self._meta = f"{keys.prefix}frontier"

    def exists(self) -> bool:
        """Say whether there is a crawl."""
        return bool(self._client.exists(self._meta))

    def state(self) -> CrawlState:
        """Look at the crawl."""
        client, prefix = self._client, self._keys.prefix
        meta = {as_text(name): as_text(value) for name, value in client.hgetall(self._meta).items()}
        mode = "draining" if "draining" in meta else "paused" if "paused" in meta else meta.get("state", "none")
        return CrawlState(
            crawl=int(meta.get("crawl", 0)),
            mode=mode,
            begun=int(meta.get("begun", 0)) / 1000,
            waiting=self.waiting(),
            seeds=self._seeds(),
            dead=client.hlen(f"{prefix}dead"),
            seen=self._seen(meta.get("crawl", "1")),
            counts={name: int(meta.get(name, 0)) for name in COUNTS},
            workers=list(self._workers()),
        )

    def waiting(self) -> int:
        """Return how many requests wait."""
        return int(self._client.zcard(f"{self._keys.prefix}requests"))

    def _seeds(self) -> int:
        sizes = {"list": self._client.llen, "set": self._client.scard, "zset": self._client.zcard}
        size = sizes.get(as_text(self._client.type(self._seeds_key)))
        return int(size(self._seeds_key)) if size else 0

    def _seen(self, crawl: str) -> int:
        """Count marks; with an age they lie in several sets (lua/seen.lua)."""
        base = self._keys.seen or f"{self._keys.prefix}dupefilter:{crawl}"
        keys = [base]
        if self._quarter:
            number = self._now() // self._quarter
            keys = [f"{base}:{number - back}" for back in range(5)]
        return sum(int(self._client.hget(key, "count") or 0) for key in keys)

    def _now(self) -> int:
        seconds, micro = self._client.time()
        return int(seconds * 1000 + micro // 1000)

    def _workers(self) -> Iterator[WorkerState]:
        now = self._now()
        for name, until in self._client.zrange(f"{self._keys.prefix}workers", 0, -1, withscores=True):
            text = as_text(name)
            about = self._client.hget(f"{self._keys.prefix}worker:{text}", "about") or b"{}"
            leased = self._client.hlen(f"{self._keys.prefix}leases:{text}")
            yield WorkerState(text, leased, (until - now) / 1000, json.loads(about))

    def alive(self) -> list[str]:
        """Name the workers whose lease has not ended."""
        return [worker.name for worker in self._workers() if worker.seconds > 0]

    def pause(self) -> None:
        """Let no worker begin another page, until ``resume``."""
        self._client.hset(self._meta, "paused", 1)

    def resume(self) -> None:
        """End a pause, or a drain."""
        self._client.hdel(self._meta, "paused", "draining")

    def drain(self) -> None:
        """Let the workers of this moment finish their pages and end; later ones are not concerned."""
        self._client.hset(self._meta, "draining", self._now())

    def clear(self, *, shared: bool = False) -> int:
        """Delete the crawl with its seen-set, its start and what was put aside; seeds that wait stay.

        Returns how many keys were deleted.

        Args:
            shared: also the seen-set that other spiders share.
        """
        deleted = int(self._client.delete(self._meta))  # first, so that workers notice
        patterns = [f"{self._keys.prefix}*"]
        if shared and self._keys.seen:
            patterns += [self._keys.seen, f"{self._keys.seen}:*"]
        for pattern in patterns:
            batch: list[bytes] = []
            for key in self._client.scan_iter(match=pattern, count=1000):
                batch.append(key)
                if len(batch) >= _AT_ONCE:
                    deleted += self._unlink(batch)
                    batch = []
            deleted += self._unlink(batch)
        return deleted

    def _unlink(self, keys: list[bytes]) -> int:
        return int(self._client.unlink(*keys)) if keys else 0

    def dead(self, kind: str | None = None) -> Iterator[Dead]:
        """Give what was put aside, of one kind or all, in no order."""
        for id_, told in self._client.hscan_iter(f"{self._keys.prefix}dead", count=_AT_ONCE):
            values = json.loads(told.decode("utf-8", "replace"))
            if kind is None or values["kind"] == kind:
                yield Dead(
                    as_text(id_),
                    values["at"] / 1000,
                    values["kind"],
                    values["reason"],
                    values["begun"],
                    values["worker"],
                    values["payload"],
                )

    def revive(self, ids: Iterable[str]) -> int:
        """Put what was put aside back into the queue, seeds back among the seeds; returns how many."""
        revived, wanted = 0, list(ids)
        for first in range(0, len(wanted), _AT_ONCE):
            revived += self._revive_some(wanted[first : first + _AT_ONCE])
        return revived

    def _revive_some(self, ids: Sequence[str]) -> int:
        script = self._client.register_script(source("revive"))
        _, revived, seeds = script(keys=[self._meta], args=[self._keys.prefix, *ids])
        for told in seeds:
            payload = json.loads(told.decode("utf-8", "surrogateescape"))["payload"]
            self._push_seed(payload.encode("utf-8", "surrogateescape"))
        return int(revived) + len(seeds)

    def _push_seed(self, seed: bytes) -> None:
        kind = as_text(self._client.type(self._seeds_key))
        if kind == "set":
            self._client.sadd(self._seeds_key, seed)
        elif kind == "zset":
            self._client.zadd(self._seeds_key, {seed: 0})
        else:
            self._client.rpush(self._seeds_key, seed)

    def forget_dead(self, ids: Iterable[str]) -> int:
        """Delete what was put aside, for good; returns how many."""
        wanted = list(ids)
        if not wanted:
            return 0
        self._client.srem(f"{self._keys.prefix}dead:unreadable", *wanted)
        return int(self._client.hdel(f"{self._keys.prefix}dead", *wanted))
