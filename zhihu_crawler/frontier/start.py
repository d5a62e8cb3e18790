"""Start requests are pushed once: by the worker that comes first, or by another when that one died in the middle."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError
from scrapy import Request

from zhihu_crawler.frontier.codec import LEASE
from zhihu_crawler.frontier.connect import is_passing
from zhihu_crawler.frontier.leases import Root
from zhihu_crawler.frontier.link import FrontierError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Spider

    from zhihu_crawler.frontier.book import Book
    from zhihu_crawler.frontier.link import Link
    from zhihu_crawler.frontier.pump import Pump

logger = logging.getLogger(__name__)
START = "start"
"""What a start request carries in place of the id of a lease."""
_ASK_AGAIN_SECONDS = 0.5


def start_id(spider: Spider) -> str:
    """Name what the start requests are made from: two workers with the same arguments have the same.

    A spider may say it itself, by a method ``start_id``.
    """
    own = getattr(spider, "start_id", None)
    told = own() if own else json.dumps(_plain(vars(spider)), sort_keys=True)
    return hashlib.blake2b(f"{spider.name}:{told}".encode(), digest_size=8).hexdigest()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, str | int | float | list | tuple)}


class StartRequests:
    """Guards ``Spider.start()``: ``number`` counts what it gave, so that another worker can go on after it."""

    def __init__(self, spider: Spider, link: Link, book: Book, pump: Pump) -> None:
        self.id = start_id(spider)
        self.number = 0
        self._link, self._book, self._pump = link, book, pump
        self._generation = 0

    async def run(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Give what the spider starts with, where it is for this worker to push it; else nothing."""
        position = await self._claim()
        if position is None:
            return
        async for output in start:
            self.number += 1
            if self.number <= position:
                continue
            if self._generation != self._pump.generation and await self._claim() is None:
                return
            if isinstance(output, Request):
                output.meta[LEASE] = START
            if not await self._pump.wait_for_room():
                return
            yield output
        self._book.add(None, Root(None, self.id, "done"))
        self._pump.wake()

    async def _claim(self) -> int | None:
        """Wait for the turn; returns how many are pushed already, ``None`` when all are."""
        while not self._pump.is_ended:
            self._generation = self._pump.generation
            try:
                whose, position = await self._link.start(self.id)
            except FrontierError:
                whose, position = "other", 0  # the pump sees to it
            except (RedisError, OSError) as error:
                if not is_passing(error):
                    raise
                whose, position = "other", 0
            if whose == "mine":
                return position
            if whose == "done":
                logger.info("The start requests were pushed before: this worker takes part in their crawl")
                return None
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
        return None
