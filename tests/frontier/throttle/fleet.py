"""A fleet in one process, for tests in virtual time: several workers on one set of records, and a site that counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhihu_crawler.frontier.throttle import Throttle
from zhihu_crawler.frontier.throttle.book import MemoryBook

if TYPE_CHECKING:
    from zhihu_crawler.config import ThrottleConfig
    from zhihu_crawler.frontier.throttle.record import Record


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Fleet:
    """Workers that always want more, ``lines`` requests at a time each."""

    config: ThrottleConfig
    workers: int = 1
    lines: int = 2
    records: dict[str, Record] = field(default_factory=dict)
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    is_closing: bool = False

    def __post_init__(self) -> None:
        self.throttles = {
            f"w{number}": Throttle(
                MemoryBook(f"w{number}", records=self.records),
                self.config,
                count=lambda name, more: self.counts.update({name: int(more)}),
                is_closing=lambda: self.is_closing,
            )
            for number in range(self.workers)
        }

    async def work(self, seconds: float, *, latency: float = 0.1, budget: str = "guest") -> None:
        """Let all work for so long."""
        lines = [
            asyncio.ensure_future(self._line(name, budget, latency))
            for name in self.throttles
            for _ in range(self.lines)
        ]
        await asyncio.sleep(seconds)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _line(self, name: str, budget: str, latency: float) -> None:
        throttle = self.throttles[name]
        while permit := await throttle.acquire(budget):
            self.arrivals.append((now(), name))
            await asyncio.sleep(latency)
            throttle.note_latency(latency, is_good=True)
            await throttle.note_good(permit)

    def between(self, start: float, end: float) -> int:
        """Return how many requests arrived in a time."""
        return sum(start <= at < end for at, _ in self.arrivals)

    def shares(self) -> Counter[str]:
        """Return how many requests each worker made."""
        return Counter(name for _, name in self.arrivals)
