"""``scrapy crawl collection -a ids=454292599``: collections, and all that they hold, with its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders._arguments import CollectionArguments
from spiders._base import ZhihuSpider
from zhihu_crawler.browser.asking import scrolled
from zhihu_crawler.endpoints import collection_entries_url
from zhihu_crawler.errors import PageError
from zhihu_crawler.items import Collection, Item, Stop
from zhihu_crawler.urls import Target
from zhihu_crawler.walk import Walk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy import Request
    from scrapy.http import Response


class CollectionSpider(ZhihuSpider[CollectionArguments]):
    """Reads a collection's page for its head, then its entries from the API: the page holds none of them."""

    name = "collection"
    kinds = (
        "collection",
        "collection_entry",
        "answer",
        "article",
        "question",
        "column",
        "topic",
        "listing",
        "tombstone",
    )

    def seed_request(self, target: Target, args: CollectionArguments) -> Request:
        """Request the collection's own page."""
        request = self.page_request("collection", target.id, self.parse_collection, id_=target.id)
        return scrolled(request, "entries", args.max_entries)

    def parse_collection(self, response: Response, id_: str) -> Iterator[Item | Request]:
        """Read the head, and begin the entries."""
        limit, target = self.args_of(response.meta).max_entries, Target("collection", id_)
        walk = Walk("collection", id_, "entries", limit=limit)
        parsed = self.try_read(response, target)
        if isinstance(parsed, PageError):
            yield from self.fail(response, parsed, walk, of=target)
            return
        heads = [item for item in parsed.items if isinstance(item, Collection) and item.id == id_]
        yield from self.emit(response, heads)
        total = next((head.item_count for head in heads), None)
        walk = Walk("collection", id_, "entries", limit=limit, total=total)
        if walk.limit == 0:
            yield self.end(walk, Stop.LIMIT, response.request)
        else:
            yield self.request(collection_entries_url(id_), self.parse_entries, walk=walk.to_dict())

    async def parse_entries(self, response: Response, walk: dict[str, Any]) -> AsyncIterator[Item | Request]:
        """Read one page of entries, each with the answer or article that it names."""
        async for output in self.read_listing(response, Walk.from_dict(walk), self.parse_entries):
            yield output
