"""A site that only counts: writes down who came when, and refuses what is more than its limit."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

WINDOW_SECONDS = 2.0
"""The site counts requests over so long."""
RETRY_AFTER = 2


@dataclass
class Site:
    """``limit`` gives the requests a second that the site puts up with now; arrivals are moments of the wall clock."""

    limit: Callable[[], float] = lambda: float("inf")
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    port: int = 0
    _recent: deque[float] = field(default_factory=deque)

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        try:
            await reader.readuntil(b"\r\n\r\n")
            status = self._count(time.time())
            extra = f"Retry-After: {RETRY_AFTER}\r\n" if status == 429 else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{extra}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a worker that was ended in the middle
        finally:
            writer.close()

    def _count(self, now: float) -> int:
        while self._recent and self._recent[0] < now - WINDOW_SECONDS:
            self._recent.popleft()
        self._recent.append(now)
        status = 429 if len(self._recent) > max(self.limit() * WINDOW_SECONDS, 1) else 200
        self.arrivals.append((now, status))
        return status

    def between(self, start: float, end: float) -> list[float]:
        """Return the moments of arrival in a time."""
        return [at for at, _ in self.arrivals if start <= at < end]


@asynccontextmanager
async def running_site(limit: Callable[[], float] = lambda: float("inf")) -> AsyncIterator[Site]:
    """Serve on a free port of loopback for as long as the block lasts."""
    site = Site(limit)
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0, backlog=512)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


def bucket(moments: list[float], rate: float) -> float:
    """Return the bucket that arrivals need: the highest level of one that leaks at the rate."""
    most, level, before = 0.0, 0.0, moments[0] if moments else 0.0
    for at in moments:
        level, before = max(0.0, level - rate * (at - before)) + 1, at
        most = max(most, level)
    return most
