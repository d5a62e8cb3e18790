"""The throttle of a crawl: made once, from its settings, for whoever of its parts asks first."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from zhihu_crawler.config import FrontierConfig, ThrottleConfig, ZhihuConfig
from zhihu_crawler.frontier.connect import connect, tell
from zhihu_crawler.frontier.throttle.book import MemoryBook
from zhihu_crawler.frontier.throttle.outage import SafeBook
from zhihu_crawler.frontier.throttle.seats import SITE_SLOT, Seats
from zhihu_crawler.frontier.throttle.shared import RedisBook
from zhihu_crawler.frontier.throttle.throttle import Throttle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from zhihu_crawler.frontier.throttle.book import Book
    from zhihu_crawler.frontier.throttle.budget import BudgetState

_TIMEOUT_SECONDS = 1.0
"""A token that takes longer is not waited for: the worker then goes on by itself, slowly."""
_made: WeakKeyDictionary[Crawler, Throttle] = WeakKeyDictionary()


def throttle_of(crawler: Crawler) -> Throttle:
    """Return the throttle of a crawl.

    Raises:
        BadSetting: a setting of it cannot be used.
    """
    if crawler not in _made:
        config = ThrottleConfig.from_settings(crawler.settings)
        _made[crawler] = Throttle(
            book_of(crawler.settings),
            config,
            seats=_seats_of(crawler.settings),
            count=lambda name, more: _count(crawler, name, more),
            is_closing=lambda: is_closing(crawler),
        )
    return _made[crawler]


def book_of(settings: BaseSettings) -> Book:
    """Return where the budgets are kept: in Redis where there is one, else in this process."""
    frontier = FrontierConfig.from_settings(settings)
    worker = f"{frontier.worker}-{secrets.token_hex(4)}"  # two processes may have been given one name
    if (url := frontier.url) is None:
        return MemoryBook(worker)
    return SafeBook(_redis_book(settings, url, worker), lambda error: tell(error, url))


async def states_of(settings: BaseSettings) -> list[BudgetState]:
    """Say how all budgets stand that are kept in Redis, for who looks on from outside; none without Redis.

    Raises:
        RedisError, OSError: Redis cannot be reached, or refuses.
    """
    if (url := FrontierConfig.from_settings(settings).url) is None:
        return []
    book = _redis_book(settings, url, "")
    try:
        return await Throttle(book, ThrottleConfig.from_settings(settings)).state(await book.budgets())
    finally:
        await book.close()


def _redis_book(settings: BaseSettings, url: str, worker: str) -> RedisBook:
    client = connect(url, timeout=_TIMEOUT_SECONDS, name=f"throttle-{worker or 'watcher'}")
    origin = ZhihuConfig.from_settings(settings).origin
    return RedisBook(client, worker, urlsplit(origin).netloc if origin else SITE_SLOT)


def _seats_of(settings: BaseSettings) -> Seats:
    """Return the seats of Scrapy's download slots in this process."""
    own = settings.getdict("DOWNLOAD_SLOTS").items()
    return Seats(
        settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
        {slot: int(given["concurrency"]) for slot, given in own if "concurrency" in given},
    )


def is_closing(crawler: Crawler) -> bool:
    """Say whether the spider is being closed: then nobody should wait for a token any longer."""
    try:
        slot = crawler.engine._slot  # noqa: SLF001  # Scrapy says it nowhere else before all requests are done
    except RuntimeError:  # there is no engine yet
        return False
    return slot is not None and slot.closing is not None


def _count(crawler: Crawler, name: str, more: float) -> None:
    assert crawler.stats
    crawler.stats.inc_value(f"zhihu/throttle/{name}", int(more))
