"""What holds while Redis is away: each worker keeps to its own share of what was known, and goes back by itself."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from redis.exceptions import RedisError

from zhihu_crawler.frontier.throttle.book import MemoryBook
from zhihu_crawler.frontier.throttle.pace import CUT
from zhihu_crawler.frontier.throttle.record import Change, Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhihu_crawler.frontier.throttle.book import Book
    from zhihu_crawler.frontier.throttle.record import Reading, Terms

logger = logging.getLogger(__name__)
T = TypeVar("T")
PATIENCE_SECONDS = 1.5
"""A reply that takes longer counts as none."""
RETRY_SECONDS = 2.0


class SafeBook:
    """A shared book, and while it cannot be reached one of this process's own at this worker's share of the rate.

    The share is the rate that was last in force, divided by the workers that were last alive; of a budget that was
    never read, the least rate. A pause that stood goes on, and one that begins meanwhile is told to the others later.
    """

    def __init__(self, shared: Book, tell: Callable[[BaseException], str] = repr) -> None:
        self._shared, self._tell = shared, tell
        self._own = MemoryBook()
        self._known: dict[str, tuple[float, Reading, Terms]] = {}
        self._retry_at: float | None = None
        self.outages = 0

    @property
    def is_down(self) -> bool:
        """Whether the shared book cannot be reached."""
        return self._retry_at is not None

    async def look(self, budget: str, terms: Terms) -> Reading:
        """Read a record."""
        return await self._read(budget, terms, lambda book, own: book.look(budget, own))

    async def take(self, budget: str, terms: Terms, latency: float | None = None) -> Reading:
        """Ask for a token."""
        return await self._read(budget, terms, lambda book, own: book.take(budget, own, latency))

    async def leave(self, budget: str, terms: Terms) -> None:
        """Give a turn back; the shared book takes it back by itself if it does not hear of it."""
        await self._do(budget, terms, lambda book, own: book.leave(budget, own))

    async def write(self, budget: str, terms: Terms, change: Change, version: int) -> Reading | None:
        """Change a record of this version."""
        written = await self._do(budget, terms, lambda book, own: book.write(budget, own, change, version))
        if written is not None:
            self._keep(budget, terms, written)
        return written

    async def close(self) -> None:
        """Close the shared book."""
        await self._shared.close()

    async def _read(self, budget: str, terms: Terms, ask: Callable[[Book, Terms], Awaitable[Reading]]) -> Reading:
        reading = await self._do(budget, terms, ask)
        self._keep(budget, terms, reading)
        return reading

    def _keep(self, budget: str, terms: Terms, reading: Reading) -> None:
        """Remember what the shared book said."""
        if not self.is_down:
            self._known[budget] = (asyncio.get_running_loop().time(), reading, terms)

    async def _do(self, budget: str, terms: Terms, ask: Callable[[Book, Terms], Awaitable[T]]) -> T:
        now = asyncio.get_running_loop().time()
        if self._retry_at is None or now >= self._retry_at:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    result = await ask(self._shared, terms)
                    await self._come_back()
                    return result
            except (RedisError, OSError, TimeoutError) as error:
                self._fall_back(error)
        return await ask(self._own, self._own_terms(budget, terms))

    def _fall_back(self, error: BaseException) -> None:
        now = asyncio.get_running_loop().time()
        if self._retry_at is None:
            self.outages += 1
            logger.warning(
                "%s. Until it is back, this worker goes on alone, at its own share of the last known rate.",
                self._tell(error).rstrip("."),
            )
            self._own = MemoryBook()
        self._retry_at = now + RETRY_SECONDS

    def _own_terms(self, budget: str, terms: Terms) -> Terms:
        """Terms of this worker's share, with a record that begins with an empty bucket and the pause that stood."""
        then, known, _ = self._known.get(budget, (0.0, None, None))
        rate = known.effective / max(known.workers, 1) if known else min(terms.rate_min, terms.rate)
        own = replace(terms, rate=rate, rate_min=min(terms.rate_min, rate), burst=1.0, concurrency=0.0, start_rate=rate)
        if budget not in self._own.records:
            now = asyncio.get_running_loop().time()
            until = then + known.paused if known else now
            version, epoch = (known.version, known.epoch) if known else (0, 0)
            strikes, latency = (known.strikes, known.latency) if known else (0, terms.start_latency)
            record = Record(now, rate, latency, 0.0, max(until, now), epoch, version, strikes, since=now)
            self._own.put(budget, record)
        return own

    async def _come_back(self) -> None:
        """Tell the others of a pause that was met meanwhile, and say that all is well again."""
        if self._retry_at is None:
            return
        now = asyncio.get_running_loop().time()
        for budget, record in self._own.records.items():
            _, known, terms = self._known.get(budget, (0.0, None, None))
            if known and terms and record.epoch > known.epoch and record.until > now:
                await self._tell_pause(budget, terms, record, record.until - now)
        self._retry_at = None
        logger.info("Redis is back: all workers share one rate again.")

    async def _tell_pause(self, budget: str, terms: Terms, record: Record, pause: float) -> None:
        found = await self._shared.look(budget, terms)
        if pause > found.paused:
            change = Change(found.rate * CUT, found.effective, record.strikes, record.reason, pause)
            await self._shared.write(budget, terms, change, found.version)
