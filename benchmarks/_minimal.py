"""The least that Scrapy needs to crawl the same pages: the API's objects as they come, unchecked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import scrapy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response, TextResponse


class MinimalSpider(scrapy.Spider):
    """``scrapy runspider _minimal.py -a origin=http://127.0.0.1:8080 -a ids=1,2``."""

    name = "minimal"
    origin: str
    ids: str

    async def start(self) -> AsyncIterator[Any]:
        """Request the questions' pages."""
        for id_ in self.ids.split(","):
            yield scrapy.Request(f"{self.origin}/question/{id_}", cb_kwargs={"id_": id_})

    def parse(self, response: TextResponse, id_: str) -> Iterator[Any]:  # type: ignore[override]  # of a page
        """Read a question's state."""
        state = json.loads(response.css("script#js-initialData::text").get() or "")["initialState"]
        yield state["entities"]["questions"][id_]
        yield from state["entities"]["answers"].values()
        yield self.after(state["question"]["answers"][id_]["next"])

    def parse_feed(self, response: Response) -> Iterator[Any]:
        """Read a page of answers."""
        reply = json.loads(response.body)
        for card in reply["data"]:
            if "target" in card:  # the others are advertisements
                yield card["target"]
        if not reply["paging"]["is_end"]:
            yield self.after(reply["paging"]["next"])

    def after(self, url: str) -> scrapy.Request:
        """Request the next page where the sandbox is."""
        _, _, path = url.partition("zhihu.com")
        return scrapy.Request(self.origin + path, self.parse_feed)
