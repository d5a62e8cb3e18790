"""The throttle of a crawl, made from its settings."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from tests.helpers.redis import running_redis
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.throttle.book import MemoryBook
from zhihu_crawler.frontier.throttle.crawler import book_of, is_closing, states_of, throttle_of
from zhihu_crawler.frontier.throttle.outage import SafeBook


def test_all_parts_of_a_crawl_have_one_throttle_and_each_crawl_its_own():
    crawler = get_crawler()
    assert throttle_of(crawler) is throttle_of(crawler)
    assert throttle_of(crawler) is not throttle_of(get_crawler())


def test_what_it_counts_is_in_the_stats():
    crawler = get_crawler()

    async def main() -> None:
        await throttle_of(crawler).acquire()
        await throttle_of(crawler).brake("guest", "429")

    asyncio.run(main())
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/throttle/requests") == 1
    assert crawler.stats.get_value("zhihu/throttle/pauses/429") == 1
    assert crawler.stats.get_value("zhihu/throttle/paused_ms") == 30_000


def test_a_setting_that_cannot_be_used_is_named():
    with pytest.raises(BadSetting, match="ZHIHU_RATE"):
        throttle_of(get_crawler(settings_dict={"ZHIHU_RATE": "quick"}))


@pytest.mark.parametrize(("url", "kind"), [("", MemoryBook), ("redis://127.0.0.1:1/0", SafeBook)])
def test_the_budgets_are_kept_in_redis_where_there_is_one(url: str, kind: type[Any]):
    assert isinstance(book_of(Settings({"REDIS_URL": url})), kind)


@pytest.mark.parametrize(
    ("engine", "closing"),
    [
        (None, False),
        (SimpleNamespace(_slot=None), False),
        (SimpleNamespace(_slot=SimpleNamespace(closing=None)), False),
        (SimpleNamespace(_slot=SimpleNamespace(closing=object())), True),
    ],
)
def test_a_crawl_closes_once_its_engine_says_so(engine: Any, closing: bool):
    crawler = get_crawler()
    if engine:
        crawler.engine = engine
    assert is_closing(crawler) is closing


def test_the_engine_of_this_scrapy_says_so():
    from scrapy.core.engine import _Slot

    assert "closing" in _Slot.__init__.__code__.co_names


def test_a_slot_has_the_seats_that_scrapys_settings_give_it():
    crawler = get_crawler(
        settings_dict={"CONCURRENT_REQUESTS_PER_DOMAIN": 3, "DOWNLOAD_SLOTS": {"x": {"concurrency": 7}, "y": {}}}
    )
    assert [throttle_of(crawler).seats.count(slot) for slot in ("x", "y", "z")] == [7, 3, 3]


def test_who_looks_from_outside_sees_every_budget_and_is_no_worker():
    async def main(settings: Settings) -> Any:
        throttle = throttle_of(get_crawler(settings_dict={"REDIS_URL": settings["REDIS_URL"]}))
        await throttle.acquire("mine")
        await throttle.brake("mine", "40362", retry_after=50)
        states = await states_of(settings)
        await throttle.close()
        return states

    with running_redis() as server:
        mine, site = asyncio.run(main(Settings({"REDIS_URL": server.url, "ZHIHU_RATE": 0.8})))
    assert (mine.budget, mine.paused, mine.reason) == ("session:mine", pytest.approx(50, abs=1), "40362")
    assert (site.budget, site.full_rate, site.rate, site.paused, site.workers) == ("site", 0.8, 0.5, 0, 1)


def test_without_redis_nobody_sees_anything_from_outside():
    assert asyncio.run(states_of(Settings())) == []
