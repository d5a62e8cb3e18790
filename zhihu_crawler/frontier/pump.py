"""The task that carries a worker's book to Redis and back: one exchange after the other, never two at a time.

An exchange that fails is sent again with its number until it is answered, so it is done once whatever the network does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from redis.exceptions import RedisError

from zhihu_crawler.frontier.connect import is_passing, tell
from zhihu_crawler.frontier.link import ExpiredError, LostError, RestartedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhihu_crawler.config import FrontierConfig
    from zhihu_crawler.frontier.book import Book
    from zhihu_crawler.frontier.leases import Batch
    from zhihu_crawler.frontier.link import Link, Reply

logger = logging.getLogger(__name__)
_FIRST_POLL, _LONGEST_POLL = 0.1, 0.5
"""Seconds after which a worker that has nothing to say asks again: at first, and at last."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
"""Seconds before Redis is asked again when it does not answer."""
CLOSE_SECONDS = 10.0
"""How long a worker that ends waits for a Redis that does not answer; no longer than its lease, with which all ends."""
_LOST = (
    "%s: what waited there is lost to this crawl, which is not at its end. See to the data of Redis (docs/frontier.md "
    "says how it is kept); workers that are started again begin a new crawl, or go on with what Redis then has"
)


class Owner(Protocol):
    """Who is told what the pump learns, and says what it needs to know."""

    is_closing: bool

    def room(self) -> int:
        """Say how many requests more this worker wants."""

    def settle(self) -> None:
        """Note which pages are done."""

    def receive(self, reply: Reply, batch: Batch) -> None:
        """Take in what an exchange gave; what it was sent is in Redis."""

    async def tend(self) -> None:
        """Do what else is asked of Redis now and then: seeds, and what another version put aside."""

    def learn(self, mark: int) -> None:
        """Note that Redis has this mark."""

    def doubt(self) -> None:
        """Forget marks: Redis may have lost its last ones."""

    def count(self, name: str, more: float = 1) -> None:
        """Count something of the queue's."""

    async def join(self) -> None:
        """Join the crawl under a new name."""

    def stop(self, reason: str) -> None:
        """End this worker's crawl."""


class Pump:
    """Runs the exchanges. ``generation`` counts how often the worker had to join anew."""

    def __init__(self, link: Link, book: Book, config: FrontierConfig, owner: Owner) -> None:
        self._link, self._book, self._config, self._owner = link, book, config, owner
        self._no = 0
        self._pending: Batch | None = None
        self._must: Callable[[], Awaitable[None]] | None = None
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._poll, self._pause, self._last = _FIRST_POLL, _FIRST_PAUSE, 0.0
        self._down_since: float | None = None
        self.generation = 0
        self.is_dry = False
        """Whether the last exchange left nothing in the queue."""
        self.is_ended = False

    @property
    def _patience(self) -> float:
        return min(CLOSE_SECONDS, self._config.lease)

    @property
    def is_down(self) -> bool:
        """Whether Redis does not answer."""
        return self._down_since is not None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """Exchange as soon as may be."""
        self._wake.set()

    async def wait_for_room(self) -> bool:
        """Wait while more is held than may be until Redis has it; ``False`` when it never will."""
        while self._book.size > self._config.buffer and not self.is_ended:
            self._room.clear()
            self.wake()
            await self._room.wait()
        return not self.is_ended

    async def end(self) -> bool:
        """Send what is left, and end; ``False`` when Redis did not take it in time."""
        deadline = time.monotonic() + self._patience
        while not (self._book.is_empty and self._pending is None) and not self.is_ended and time.monotonic() < deadline:
            self.wake()
            await asyncio.sleep(0.01)
        sent = self._book.is_empty and self._pending is None
        self._finish()
        if self._task:
            await self._task
        return sent

    def _finish(self) -> None:
        self.is_ended = True
        self._wake.set()
        self._room.set()

    async def _run(self) -> None:
        while not self.is_ended:
            try:
                await self._step()
            except Exception:  # whatever it is, the engine would wait for this task for ever
                logger.exception("The shared queue failed; the crawl of this worker ends")
                self._finish()
                self._owner.stop("frontier_error")
            await self._rest()

    async def _step(self) -> None:
        """Exchange once, where there is a reason to."""
        try:
            if self._must:
                await self._must()
                self._must = None
            self._owner.settle()
            if self._is_due():
                await self._exchange()
                self._answered()
                await self._owner.tend()
        except RestartedError:
            self._must = self._resync
        except ExpiredError:
            self._must = self._rejoin
        except LostError as error:
            logger.error(_LOST, error)  # noqa: TRY400  # the words say it all
            self._owner.count("lost")
            self._finish()
            self._owner.stop("frontier_lost")
        except (RedisError, OSError) as error:
            self._failed(error)

    def _is_due(self) -> bool:
        if self._pending or self._book.wants_exchange() or time.monotonic() - self._last >= self._poll:
            return True
        return self._owner.room() > 0 and not self.is_dry

    async def _exchange(self) -> None:
        self._pending = batch = self._pending or self._book.cut(self._no + 1)
        wanted = self._owner.room()
        reply = await self._link.exchange(batch, wanted)
        self._no, self._pending, self._last = batch.no, None, time.monotonic()
        self.is_dry = reply.waiting == 0
        self._poll = _FIRST_POLL if reply.entries or reply.elsewhere else min(self._poll * 2, _LONGEST_POLL)
        self._book.confirm(batch, reply.stale, self._owner.learn)
        if self._book.size <= self._config.buffer:
            self._room.set()
        self._owner.receive(reply, batch)

    async def _resync(self) -> None:
        returned, missing = await self._link.resync(self._book.held())
        lost = self._book.lose(missing)
        if self._pending:
            self._pending.pages = [page for page in self._pending.pages if not page.lost]
        again = self._book.distrust()
        self._owner.doubt()
        self._owner.count("restarts")
        logger.warning(
            "Redis restarted, or another server took over, and the queue is there: %s requests go back to it, %s are "
            "not this worker's any more, %s pages are read again because it may have forgotten what they led to",
            *(returned, lost, again),
        )

    async def _rejoin(self) -> None:
        seconds = time.monotonic() - self._last
        lost = self._book.expire(self._pending)
        self._pending, self._no = None, 0
        self.generation += 1
        self._owner.count("expired")
        logger.warning(
            "This worker was not heard for %.0f s: its %s requests went to others; it joins anew", seconds, lost
        )
        await self._owner.join()

    def _failed(self, error: Exception) -> None:
        """Say once that Redis does not answer, and ask again later; what no waiting mends ends the crawl."""
        told = tell(error, self._config.url or "")
        if not is_passing(error):
            logger.error("%s. The crawl of this worker ends", told)
            self._finish()
            self._owner.stop("frontier_error")
            return
        now = time.monotonic()
        if self._down_since is None:
            self._down_since = now
            self._owner.count("outages")
            logger.warning("%s. The crawl pauses, and goes on by itself", told)
        elif self._owner.is_closing and now - self._down_since > self._patience:
            self._finish()
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _answered(self) -> None:
        if self._down_since is not None:
            seconds = time.monotonic() - self._down_since
            self._owner.count("outage_seconds", round(seconds, 1))
            logger.info("Redis answers again after %.1f s: the crawl goes on", seconds)
            self._down_since, self._pause = None, _FIRST_PAUSE

    async def _rest(self) -> None:
        """Wait for a reason to exchange: woken, or after a while in which pages may have been done."""
        if self._must or self.is_ended:
            return
        if self.is_down:
            await asyncio.sleep(self._pause)
            return
        busy = self._book.going or self._book.wants_exchange()
        try:
            async with asyncio.timeout(self._config.flush if busy else self._poll):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
