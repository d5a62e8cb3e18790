"""Where the records of the budgets are kept: what every such place can do, and the one in this process's memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from zhihu_crawler.frontier.throttle.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhihu_crawler.frontier.throttle.record import Change, Reading, Terms


class Book(Protocol):
    """The records, as one worker sees them. ``terms`` are what its settings say of the budget."""

    async def look(self, budget: str, terms: Terms) -> Reading:
        """Read a record; one that is not there yet is read as a new one would be."""

    async def take(self, budget: str, terms: Terms, latency: float | None = None) -> Reading:
        """Ask for a token, and tell the mean latency since the last time; ``wait`` says when to ask again."""

    async def leave(self, budget: str, terms: Terms) -> None:
        """Give a turn back that will not be taken."""

    async def write(self, budget: str, terms: Terms, change: Change, version: int) -> Reading | None:
        """Change a record that is still of this version; ``None``, and nothing done, where somebody was quicker."""

    async def close(self) -> None:
        """Let go of what is held open."""


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class MemoryBook:
    """Records of this process; ``records`` may be shared by several workers of it, as tests do."""

    def __init__(
        self,
        worker: str = "worker",
        *,
        records: dict[str, Record] | None = None,
        clock: Callable[[], float] = _loop_time,
    ) -> None:
        self._worker, self._clock = worker, clock
        self._records: dict[str, Record] = {} if records is None else records

    @property
    def records(self) -> Mapping[str, Record]:
        """What is kept."""
        return self._records

    def put(self, budget: str, record: Record) -> None:
        """Begin with a record that was made elsewhere."""
        self._records[budget] = record

    def _open(self, budget: str, terms: Terms) -> Record:
        now = self._clock()
        record = self._records.get(budget)
        if record is None:
            record = self._records[budget] = Record.new(now, terms)
        record.settle(now, terms)
        return record

    async def look(self, budget: str, terms: Terms) -> Reading:
        """Read a record; looking begins none."""
        is_new = budget not in self._records
        record = self._open(budget, terms)
        if is_new:
            del self._records[budget]
        return record.read(terms)

    async def take(self, budget: str, terms: Terms, latency: float | None = None) -> Reading:
        """Ask for a token."""
        record = self._open(budget, terms)
        if latency is not None:
            record.learn(latency)
        return record.read(terms, record.take(self._worker, terms))

    async def leave(self, budget: str, terms: Terms) -> None:
        """Give a turn back."""
        self._open(budget, terms).leave(self._worker)

    async def write(self, budget: str, terms: Terms, change: Change, version: int) -> Reading | None:
        """Change a record of this version."""
        record = self._open(budget, terms)
        if record.version != version:
            return None
        record.write(change)
        return record.read(terms)

    async def close(self) -> None:
        """Nothing is held open."""
