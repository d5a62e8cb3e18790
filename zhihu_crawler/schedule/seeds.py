"""The seeds that wait for the workers of a spider: pushed once a run, listed, cleared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.errors import RunError
from zhihu_crawler.schedule.model import LONGEST_DEDUPE
from zhihu_crawler.schedule.scripts import call, patiently, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from redis import Redis
    from scrapy.settings import BaseSettings

    from zhihu_crawler.schedule.message import Seed

Form = Literal["list", "set", "zset"]
BATCH = 500
"""Seeds that are pushed at once."""
REMEMBERED = 1_000_000
"""Pushed seeds that ``dedupe`` can know of, a spider: about 100 bytes each, the newest."""
_RUN_SECONDS = 7 * 86_400
_AFTER_SECONDS = 600
"""How long an ended run is remembered: an older try of it may still be going on somewhere."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a run pushed so far: ``known`` were left out as pushed lately, ``twice`` came more than once in a batch."""

    pushed: int = 0
    known: int = 0
    twice: int = 0


class SeedQueue:
    """The seeds of one spider.

    Args:
        client: of Redis.
        key: where they wait, ``question:start_urls``.
        form: what the key is made as; one that is there already is used as what it is.
    """

    def __init__(self, client: Redis, key: str, form: Form = "list") -> None:
        self.key = key
        self._client, self._form = client, form
        self._beside = key if "{" in key else f"{{{key}}}"  # on the node of the key itself
        self._recent = f"{self._beside}:recent"

    def push_all(
        self, run: str, seeds: Callable[[], Iterable[Seed]], now: datetime, *, window: timedelta | None = None
    ) -> Iterator[Pushed]:
        """Push seeds batch by batch, and give how many there were so far.

        Pushed under the same ``run`` again, a seed is left out. Where Redis lost what was pushed, it begins anew.

        Args:
            run: what this push is called.
            seeds: gives them, from the first on, each time that it is called.
            now: the time.
            window: leave out what anybody pushed in this time.
        """
        pushed: Pushed | None = Pushed()
        while pushed is not None:
            begun = False
            twice = 0
            for batch in _batches(seeds()):
                pushed = self._push(run, batch, now, window, is_first=not begun)
                if pushed is None:
                    break
                begun, twice = True, twice + pushed.twice
                yield Pushed(pushed.pushed, pushed.known, twice)
            else:
                self.forget(run)
                return
            pushed = Pushed()

    def _push(
        self, run: str, batch: Sequence[Seed], now: datetime, window: timedelta | None, *, is_first: bool
    ) -> Pushed | None:
        """Push a batch; ``None`` where Redis knows nothing of those before it."""
        keys = [self.key, self._recent, *self._of(run)]
        kept = LONGEST_DEDUPE.total_seconds()
        head = [now.timestamp(), window.total_seconds() if window else 0, int(kept), REMEMBERED, _RUN_SECONDS]
        told = [part for seed in batch for part in (seed.message, seed.mark, seed.priority)]
        word, *rest = call(self._client, source("push"), keys, *head, self._form, "1" if is_first else "", *told)
        if word == b"WRONG":
            raise RunError(
                f"{self.key} holds a {rest[0].decode()}, and no seeds: is it another program's?", is_passing=False
            )
        return Pushed(*(int(number) for number in rest)) if word == b"OK" else None

    def forget(self, run: str) -> None:
        """Let go of what was remembered of a run that is done."""
        for key in self._of(run):
            patiently(lambda key=key: self._client.expire(key, _AFTER_SECONDS))  # type: ignore[misc]  # bound at once

    def _of(self, run: str) -> tuple[str, str]:
        return f"{self._beside}:push:{run}", f"{self._beside}:push:{run}:counts"

    def count(self) -> int:
        """Return how many wait.

        Raises:
            RunError: the key is none of seeds.
        """
        return int(patiently(lambda: self._counters()[self.form()](self.key)))

    def _counters(self) -> dict[str, Any]:
        return {"list": self._client.llen, "set": self._client.scard, "zset": self._client.zcard}

    def form(self) -> Form:
        """Return what the key is, or would be made as.

        Raises:
            RunError: it is none of seeds.
        """
        told = patiently(lambda: cast("bytes", self._client.type(self.key))).decode()
        if told not in ("none", "list", "set", "zset"):
            raise RunError(f"{self.key} holds a {told}, and no seeds: is it another program's?", is_passing=False)
        return self._form if told == "none" else cast("Form", told)

    def first(self, most: int) -> list[str]:
        """Return the seeds that are taken next, as they were pushed; of a set, any."""
        form = self.form()
        ask: dict[str, Callable[[], Any]] = {
            "list": lambda: self._client.lrange(self.key, 0, most - 1),
            "set": lambda: self._client.srandmember(self.key, most),
            "zset": lambda: self._client.zrevrange(self.key, 0, most - 1),
        }
        return [seed.decode(errors="replace") for seed in patiently(ask[form])] if most else []

    def taken(self) -> int:
        """Return how many workers are moving seeds into their queue just now."""
        return int(patiently(lambda: self._client.hlen(f"{self._beside}:claimed")))

    def prune(self, now: datetime) -> int:
        """Forget seeds that were pushed longer ago than ``dedupe`` may ask; returns how many."""
        oldest = (now - LONGEST_DEDUPE).timestamp()
        return int(patiently(lambda: self._client.zremrangebyscore(self._recent, "-inf", oldest)))

    def clear(self) -> int:
        """Remove the seeds that wait, and what is known of earlier ones; returns how many waited."""
        count = self.count()
        patiently(lambda: self._client.delete(self.key))
        patiently(lambda: self._client.delete(self._recent))
        return count


def queue_of(client: Redis, settings: BaseSettings, spider: str) -> SeedQueue:
    """Return the seeds of a spider, where and as what scrapy-redis's own settings say.

    Raises:
        BadSetting: a setting cannot be used.
    """
    key = FrontierConfig.from_settings(settings).seeds_key % {"name": spider}
    if settings.getbool("REDIS_START_URLS_AS_ZSET"):
        return SeedQueue(client, key, "zset")
    return SeedQueue(client, key, "set" if settings.getbool("REDIS_START_URLS_AS_SET") else "list")


def _batches(seeds: Iterable[Seed]) -> Iterator[list[Seed]]:
    left = iter(seeds)
    while batch := list(islice(left, BATCH)):
        yield batch
