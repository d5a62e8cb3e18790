"""The store as a crawl sees it: items go in one by one, and each comes back when a majority of the servers has it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from zhihu_crawler.errors import RefusedError, SpooledError, StoreError
from zhihu_crawler.storage.entries import Entry, entry_of
from zhihu_crawler.storage.sender import Sender
from zhihu_crawler.storage.spool import Spool, lines_in, waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.config import StoreConfig
    from zhihu_crawler.items import Item

logger = logging.getLogger(__name__)
BATCH_BYTES = 8 * 1024 * 1024
"""A batch is sent when it has so much, however few items that are."""
_BREATH = 20
"""Items that are made into documents, or come back, before others on the event loop get a turn."""

_Batch = list[tuple[Entry, "asyncio.Future[None]"]]


class Store:
    """Gathers items and writes them in batches; what cannot be written in time goes to the spool.

    Args:
        config: where and how.
        name: of the spider, for the spool's file.
        count: called with a stat's name and how many more.
        is_stopping: says whether the crawl was told to stop; writes are given up sooner then.
    """

    def __init__(
        self,
        config: StoreConfig,
        name: str,
        count: Callable[[str, int], None],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._config, self._count = config, count
        self._sender = Sender(config, count, is_stopping)
        self._spool = Spool(config.spool_dir, name)
        self._turns = asyncio.Semaphore(_BREATH)
        self._coming: dict[asyncio.Future[None], Item] = {}
        self._buffer: _Batch = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sent: dict[asyncio.Task[None], _Batch] = {}
        self._in_flight = asyncio.Semaphore(config.in_flight)

    async def open(self) -> None:
        """Connect, make what is missing, and say if earlier runs left a spool.

        Raises:
            UnreachableError: the servers cannot be used; said in one line.
        """
        await self._sender.open()
        if left := waiting(self._config.spool_dir):
            told = "%d items of earlier crawls wait in %s; `scrapy store-replay` stores them"
            logger.warning(told, sum(lines_in(path) for path in left), self._config.spool_dir)

    async def put(self, item: Item) -> None:
        """Store one item; return when a majority has it.

        Raises:
            RefusedError: it can never be stored; it is kept aside with the reason.
            SpooledError: it was not taken in time and waits in the spool.
            StoreError: neither the servers nor the disk took it.
        """
        done = asyncio.get_running_loop().create_future()
        self._coming[done] = item
        try:
            entry = await self._made(item)
        finally:
            del self._coming[done]
        self._buffer.append((entry, done))
        self._bytes += entry.size + len(entry.long_text or "")
        if len(self._buffer) >= self._config.batch_size or self._bytes >= BATCH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._config.flush, self.flush)
        await done

    async def _made(self, item: Item) -> Entry:
        """Make an item into what is written; a page's answers come all at once, and not all are made at once."""
        async with self._turns:
            await asyncio.sleep(0)
            try:
                return entry_of(item)
            except RefusedError as error:
                self._bury(item, str(error))
                raise

    def flush(self) -> None:
        """Send what was gathered."""
        if self._timer:
            self._timer.cancel()
        batch, self._buffer, self._bytes, self._timer = self._buffer, [], 0, None
        if batch:
            task = asyncio.create_task(self._send(batch))
            self._sent[task] = batch
            task.add_done_callback(self._sent.pop)

    async def close(self) -> None:
        """Send what is left, wait for it, and hang up."""
        async with self._turns:  # who came before has had a turn then
            await asyncio.sleep(0)
        self.flush()
        while self._sent:
            await asyncio.wait(set(self._sent))
        self._spool.close()
        await self._sender.close()

    def abandon(self) -> None:
        """Spool what no majority has: the process ends before the crawl is over, as after a second SIGTERM."""
        left = [entry.item for batch in (self._buffer, *self._sent.values()) for entry, _ in batch]
        left += self._coming.values()
        if left:
            self._spool.keep(left)
            logger.warning("%d items wait in %s: the crawl was broken off", len(left), self._spool.waiting)

    async def _send(self, batch: _Batch) -> None:
        async with self._in_flight:
            try:
                refused = await self._sender.write([entry for entry, _ in batch])
            except StoreError as error:
                self._keep(batch, str(error))
                return
            except Exception as error:  # a fault of our own; the items are kept all the same
                logger.exception("The store failed")
                self._keep(batch, repr(error))
                return
        self._count("zhihu/store/batches", 1)
        for place, (entry, done) in enumerate(batch):
            if place % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if reason := refused.get(place):
                self._bury(entry.item, reason)
                _end(done, RefusedError(f"{entry.item.key} is refused: {reason}"))
            else:
                self._count(f"zhihu/store/written/{entry.kind}", 1)
                _end(done)

    def _keep(self, batch: _Batch, reason: str) -> None:
        """Spool a batch; where the disk refuses too, its items fail and say so."""
        why: StoreError
        stat = "spooled"
        try:
            self._spool.keep([entry.item for entry, _ in batch])
            why = SpooledError(f"it waits in {self._spool.waiting}")
            logger.warning("%d items wait in %s: %s", len(batch), self._spool.waiting, reason)
        except OSError as fault:
            stat = "lost"
            why = StoreError(f"neither MongoDB ({reason}) nor {self._spool.waiting} ({fault}) takes items")
            logger.critical("%d items are lost: %s", len(batch), why)
        for entry, done in batch:
            self._count(f"zhihu/store/{stat}/{entry.kind}", 1)
            _end(done, why)

    def _bury(self, item: Item, reason: str) -> None:
        self._count(f"zhihu/store/refused/{item.kind}", 1)
        try:
            self._spool.bury(item, reason)
        except OSError as fault:
            told = "%s is refused (%s) and could not be kept in %s: %s"
            logger.critical(told, item.key, reason, self._spool.refused, fault)


def _end(done: asyncio.Future[None], error: BaseException | None = None) -> None:
    if done.done():  # nobody waits any more
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)
