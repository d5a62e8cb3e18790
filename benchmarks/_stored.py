"""A crawl of answers that cost nothing to get, into one of two pipelines; and the lag of its event loop.

``python -m scrapy runspider benchmarks/_stored.py -a count=2000 -s ITEM_PIPELINES={...} -s MONGODB_URI=...``
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo
import scrapy
from itemadapter import ItemAdapter

from zhihu_crawler.items import Answer, Author, AuthorKind, Layout, Precision, QuestionRef

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = 20
"""Answers of one reply of the site."""
TEXT = "关于旧的算盘的说法很多，这里只是演示文字。<p>" * 42
"""As long as an answer is in the middle: 1,000 characters, 2.7 KB."""


def answers(count: int, day: int = 0) -> list[Answer]:
    """Make answers as a page with a state gives them, read so many days later."""
    return [_answer(number, AT + timedelta(days=day)) for number in range(count)]


def _answer(number: int, at: datetime) -> Answer:
    author = Author(kind=AuthorKind.USER, id=f"{number:032x}", url_token=f"shili-{number}", name=f"示例 {number}")
    return Answer(
        id=str(number),
        url=f"https://www.zhihu.com/question/1/answer/{number}",
        crawled_at=at,
        layout=Layout.STATE,
        question=QuestionRef(id="1", title="示例问题？"),
        author=author,
        content=f"{number} {TEXT}",
        excerpt=TEXT[:50],
        created=AT - timedelta(days=number % 3000),
        created_precision=Precision.SECOND,
        updated=AT,
        updated_precision=Precision.SECOND,
        voteup_count=number,
        comment_count=number % 90,
        thanks_count=number % 30,
    )


class MongoPipeline:
    """The pipeline of Scrapy's documentation ("Write items to MongoDB"): one write an item."""

    collection_name = "answers"

    def __init__(self, uri: str) -> None:
        self.uri = uri

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MongoPipeline:
        """Read where to."""
        return cls(crawler.settings["MONGODB_URI"])

    def open_spider(self) -> None:
        """Connect."""
        self.client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(self.uri, w="majority")
        self.db = self.client.get_default_database()

    def close_spider(self) -> None:
        """Hang up."""
        self.client.close()

    def process_item(self, item: Any) -> Any:
        """Write one item."""
        self.db[self.collection_name].insert_one(ItemAdapter(item).asdict())
        return item


class StoredSpider(scrapy.Spider):
    """Yields answers, 20 a reply, of replies that come from no server."""

    name = "stored"
    count: str
    day = "0"
    custom_settings = {"CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "LOG_LEVEL": "INFO"}  # noqa: RUF012  # Scrapy's own way

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make all items."""
        super().__init__(*args, **kwargs)
        self.answers = answers(int(self.count), int(self.day))

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the replies."""
        self.lags: list[float] = []
        self.measuring = asyncio.create_task(self.measure())
        self.begun = time.perf_counter()
        for first in range(0, len(self.answers), PAGE):
            yield scrapy.Request(f"data:,{first}", cb_kwargs={"first": first}, dont_filter=True)

    def parse(self, response: Response, first: int) -> Iterator[Any]:  # noqa: ARG002  # of a page
        """Give a page's answers."""
        yield from self.answers[first : first + PAGE]

    async def measure(self) -> None:
        """Note how much later than asked the loop comes back."""
        loop = asyncio.get_running_loop()
        while True:
            wanted = loop.time() + 0.005
            await asyncio.sleep(0.005)
            self.lags.append(loop.time() - wanted)

    def closed(self, reason: str) -> None:
        """Print what was measured, as JSON."""
        self.measuring.cancel()
        lags = sorted(self.lags)
        told = {"seconds": time.perf_counter() - self.begun, "p99": lags[int(len(lags) * 0.99)], "max": lags[-1]}
        print(json.dumps(told | {"reason": reason}))
