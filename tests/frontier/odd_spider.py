"""A spider of tests, run by ``scrapy runspider``: its pages go wrong in every way that a page can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DropItem, IgnoreRequest

from zhihu_crawler.errors import StoreError


class OddSpider(Spider):
    """Asks a local server for pages; what is to happen with one is its path."""

    name = "odd"
    origin = ""
    folder = ""
    paths = ""
    custom_settings: ClassVar = {
        "ITEM_PIPELINES": {"tests.frontier.odd_spider.StorePipeline": 100},
        "DOWNLOADER_MIDDLEWARES": {"tests.frontier.odd_spider.RefuseMiddleware": 90},
        "ROBOTSTXT_OBEY": False,
        "HTTPERROR_ALLOW_ALL": False,
        "RETRY_TIMES": 1,
        "RETRY_EXCEPTIONS_DELAY": 0.01,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "AUTOTHROTTLE_ENABLED": False,
        "FEEDS": {"/dev/null": {"format": "jsonlines"}},
    }

    async def start(self):
        """One request a path."""
        for path in self.paths.split(","):
            if path:
                yield self.ask(path)

    def ask(self, path, **more):
        """Ask for a page."""
        return Request(f"{self.origin}/{path}", callback=self.parse_page, errback=self.failed, **more)

    async def parse_page(self, response):
        """Do what the path says."""
        what, _, rest = response.url.removeprefix(f"{self.origin}/").partition("/")
        yield {"path": f"{what}/{rest}"}
        if what == "raise":
            yield self.ask("plain/found-before-the-fault")
            raise RuntimeError("the page is odd")
        if what == "set":
            yield self.ask("plain/x", meta={"kinds": {1, 2}})
        if what == "many":
            for number in range(int(rest)):
                yield self.ask(f"plain/{number}", dont_filter=bool(number % 2))
        if what == "twice":
            yield self.ask("plain/same")
            yield self.ask("plain/same")
            yield self.ask(f"twice/{rest}")
        if what == "end":
            yield self.ask("plain/after-the-end")
            raise CloseSpider("enough")
        if what == "aside":
            response.meta["put_aside"] = "it wants a log-in"

    def failed(self, failure):
        """Lead on from a page that did not come."""
        if failure.request.url.endswith("reset/leads-on"):
            yield self.ask("plain/from-the-errback")


class StorePipeline:
    """Appends each item to a file of the test's; fails as often as a file there says."""

    @classmethod
    def from_crawler(cls, crawler):
        """Keep the crawler."""
        pipeline = cls()
        pipeline.crawler = crawler
        crawler.signals.connect(pipeline.error, signal=signals.item_error)
        return pipeline

    def process_item(self, item):
        """Store an item."""
        folder = Path(self.crawler.spider.folder)
        if item["path"].startswith("item-error"):
            fails = item["path"].partition("/")[2]
            with (folder / f"tries-{fails}").open("a") as file:
                file.write("x")
            if (folder / f"tries-{fails}").stat().st_size <= int(fails):
                raise OSError("the store is away")
        if item["path"].startswith("dropped") and not (folder / "dropped").exists():
            (folder / "dropped").touch()
            raise DropItem("lost") from StoreError("neither the store nor the disk takes items")
        with (folder / "items").open("a") as file:
            file.write(json.dumps(item) + "\n")
        return item

    def error(self, item):
        """Count."""
        self.crawler.stats.inc_value("odd/errors")


class RefuseMiddleware:
    """Refuses some requests, as a policy would."""

    def process_request(self, request):
        """Refuse."""
        if "/refused" in request.url:
            raise IgnoreRequest("not allowed")
