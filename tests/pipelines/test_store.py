"""What the store's answer to an item means for the crawl."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import CloseSpider, DropItem, NotConfigured
from scrapy.utils.test import get_crawler

from pipelines.store import UNAVAILABLE, StorePipeline
from spiders.answer import AnswerSpider
from tests.samples import make_item
from zhihu_crawler.errors import RefusedError, SpooledError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet

NOBODY = "mongodb://127.0.0.1:1/zhihu"


def pipeline(folder: Path, uri: str = NOBODY) -> StorePipeline:
    settings = {"MONGODB_URI": uri, "MONGODB_SPOOL_DIR": str(folder), "MONGODB_START_SECONDS": 0.2}
    return StorePipeline.from_crawler(get_crawler(AnswerSpider, settings))


def test_without_a_store_there_is_none():
    with pytest.raises(NotConfigured):
        StorePipeline.from_crawler(get_crawler(AnswerSpider))


def test_an_item_is_passed_on_when_it_is_stored(mongo: ReplicaSet, tmp_path: Path):
    made, item = pipeline(tmp_path, mongo.uri("zhihu")), make_item("answer", "7")

    async def store() -> Any:
        await made.open_spider()
        passed = await made.process_item(item)
        await made.close_spider()
        return passed

    assert asyncio.run(store()) is item
    with mongo.client() as client:
        assert [one["_id"] for one in client["zhihu"]["answers"].find()] == ["7"]


def test_a_crawl_whose_store_is_away_does_not_begin(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    made = pipeline(tmp_path)
    with pytest.raises(CloseSpider) as caught:
        asyncio.run(made.open_spider())
    assert caught.value.reason == UNAVAILABLE
    assert "127.0.0.1:1" in caplog.text
    asyncio.run(made.close_spider())


def test_what_is_not_ours_is_not_stored(tmp_path: Path):
    assert asyncio.run(pipeline(tmp_path).process_item({"a": 1})) == {"a": 1}


class Crawl:
    """A pipeline whose store answers every item alike, in a crawl that notes why it is closed."""

    def __init__(self, folder: Path, error: StoreError) -> None:
        self.pipeline, self.closed = pipeline(folder), []
        self.pipeline._store = SimpleNamespace(put=self.put)
        self.pipeline._crawler = SimpleNamespace(engine=SimpleNamespace(close_spider_async=self.close))
        self._error = error

    async def put(self, _: Any) -> None:
        raise self._error

    async def close(self, reason: str) -> None:
        self.closed.append(reason)

    async def take(self, number: int) -> list[str]:
        """Levels at which each of so many items is said to be left out."""
        dropped = [await self._take(make_item("answer", str(one))) for one in range(number)]
        await asyncio.gather(*filter(None, [self.pipeline._closing]))
        return dropped

    async def _take(self, item: Any) -> str:
        with pytest.raises(DropItem, match="told why") as caught:
            await self.pipeline.process_item(item)
        return str(caught.value.log_level)


@pytest.mark.parametrize(
    ("error", "level", "closed"),
    [
        (RefusedError("told why"), "WARNING", []),
        (SpooledError("told why"), "DEBUG", []),
        (StoreError("told why"), "ERROR", [UNAVAILABLE]),
    ],
    ids=["refused", "spooled", "nowhere to go"],
)
def test_what_is_not_stored_is_not_scraped_and_a_crawl_with_no_place_for_items_ends_once(
    tmp_path: Path, error: StoreError, level: str, closed: list[str]
):
    crawl = Crawl(tmp_path, error)
    assert asyncio.run(crawl.take(2)) == [level, level]
    assert crawl.closed == closed
