"""Writes that are tried until a majority has them, or until the time for it is over."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pymongo
from pymongo.errors import PyMongoError

from zhihu_crawler.errors import StoreError, UnreachableError
from zhihu_crawler.storage.connect import async_client, explain
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.faults import is_passing
from zhihu_crawler.storage.prepare import greet, prepare
from zhihu_crawler.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymongo import AsyncMongoClient

    from zhihu_crawler.config import StoreConfig
    from zhihu_crawler.storage.bulk import Bulk
    from zhihu_crawler.storage.documents import Document
    from zhihu_crawler.storage.entries import Entry

logger = logging.getLogger(__name__)
PROBE_SECONDS = 10.0
"""How often one batch tries a store that is known to be down, while the others are refused at once."""
HURRY_SECONDS = 5.0
"""How long all writes may still take when the crawl was told to stop (SIGTERM): who stops it will not wait forever."""
_LONGEST_PAUSE = 2.0
_GLANCE = 0.5
_FAREWELL = 2.0


class Sender:
    """A connection to the store.

    Args:
        config: where, and how long to wait.
        count: called with a stat's name and how many more.
        is_stopping: says whether the crawl was told to stop; writes are given up sooner then.
    """

    def __init__(
        self,
        config: StoreConfig,
        count: Callable[[str, int], None] = lambda *_: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._config, self._count, self._is_stopping = config, count, is_stopping
        self._client: AsyncMongoClient[Document] | None = None
        self._writer: Writer | None = None
        self._hurry_until = float("inf")
        self._probe_at = 0.0
        self._trouble = ""

    async def open(self) -> None:
        """Connect, and make collections and indexes that are missing.

        Raises:
            UnreachableError: it cannot be used, said in one line; after the time of MONGODB_START_SECONDS at most,
                where no server answers.
        """
        client = self._client = async_client(self._config)
        try:
            async with asyncio.timeout(self._config.start + _GLANCE):
                bulk = await greet(client, self._config.database)
            await self._prepare(bulk)
            self._writer = Writer(bulk)
            for kind in TEXTS:
                await self._writer.texts.move(kind)
        except TimeoutError:
            told = f"MongoDB at {self._config.safe_uri}: no answer within {self._config.start:g} s"
            raise UnreachableError(told) from None
        except (PyMongoError, StoreError) as error:
            raise UnreachableError(explain(error, self._config)) from error

    async def _prepare(self, bulk: Bulk) -> None:
        """Make what is missing; members that are slow to acknowledge it are waited for as long as a start may take."""
        deadline = time.monotonic() + self._config.start
        while True:
            try:
                await prepare(bulk.database)
            except PyMongoError as error:
                if not is_passing(error) or time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(_GLANCE)
            else:
                return

    async def close(self) -> None:
        """Hang up; servers that do not answer are not waited for."""
        if self._client:
            with pymongo.timeout(_FAREWELL):
                await self._client.close()

    async def write(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Write, and try anew what may go through later; return by place why one is refused for good.

        Raises:
            UnreachableError: not in time, or the store was found to be down shortly before.
        """
        deadline, pause = self._first_deadline(), 0.1
        while True:
            try:
                refused = await self._try(entries, deadline)
            except (PyMongoError, StoreError, OSError) as error:
                deadline = min(deadline, time.monotonic() + self._config.retry)
                passes = is_passing(error) or isinstance(error, UnreachableError)
                self._tell_trouble(error)
                if not passes or self._is_over(deadline, pause):
                    self._probe_at = time.monotonic() + PROBE_SECONDS
                    raise UnreachableError(self._trouble) from error
                self._count("zhihu/store/retries", 1)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._tell_recovery()
                return refused

    def _first_deadline(self) -> float:
        """Return until when to try: without end, as long as the store is not known to be down."""
        if not self._probe_at:
            return float("inf")
        now = time.monotonic()
        if now < self._probe_at:
            raise UnreachableError(self._trouble)
        self._probe_at = now + PROBE_SECONDS
        return self._probe_at

    async def _try(self, entries: Sequence[Entry], deadline: float) -> dict[int, str]:
        assert self._writer
        attempt = asyncio.create_task(self._writer.write(entries))
        while not attempt.done():
            await asyncio.wait({attempt}, timeout=_GLANCE)
            if not attempt.done() and self._is_over(deadline):
                attempt.cancel()
                with suppress(asyncio.CancelledError, PyMongoError, StoreError):
                    return await attempt  # it may have come through just now
                raise UnreachableError("no answer in time")
        return attempt.result()

    def _is_over(self, deadline: float, pause: float = 0.0) -> bool:
        now = time.monotonic()
        if self._hurry_until == float("inf") and self._is_stopping():
            self._hurry_until = now + HURRY_SECONDS
        return now + pause >= min(deadline, self._hurry_until)

    def _tell_trouble(self, error: BaseException) -> None:
        told = explain(error, self._config)
        if not self._trouble:
            logger.warning("%s. Holding back, %g s at most", told, self._config.retry)
        self._trouble = told

    def _tell_recovery(self) -> None:
        if self._trouble:
            logger.warning("MongoDB at %s takes writes again", self._config.safe_uri)
        self._trouble, self._probe_at = "", 0.0
