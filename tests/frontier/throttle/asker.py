"""A crawl that asks for what the test says, with the project's own settings.

``python -m tests.frontier.throttle.asker '{"requests": [[path, budget], ...], "settings": {...}}'``; its stats are
written to standard output as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

from zhihu_crawler.frontier.throttle import BUDGET, slot_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Asker(scrapy.Spider):
    """Asks for every path once, in order, as the budget that the test names."""

    name = "asker"
    told: Any = None

    async def start(self) -> AsyncIterator[Any]:
        """Ask."""
        for path, budget in self.told["requests"]:
            meta = {BUDGET: budget, "download_slot": slot_of(budget)}
            yield scrapy.Request(f"https://www.zhihu.com{path}", meta=meta, errback=self.failed)

    def parse(self, response: Any) -> None:
        """Count what came."""
        self.crawler.stats.inc_value(f"test/{response.meta[BUDGET]}/{response.status}")

    def failed(self, failure: Any) -> None:
        """Count what did not."""
        self.crawler.stats.inc_value(f"test/{failure.request.meta[BUDGET]}/failed")


def main(told: dict[str, Any]) -> None:
    """Crawl, then tell the stats."""
    settings = get_project_settings()
    settings.setdict({"ROBOTSTXT_OBEY": False, "ZHIHU_PROGRESS": "0", **told["settings"]}, "cmdline")
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(Asker)
    process.crawl(crawler, told=told)
    process.start()
    assert crawler.stats
    print(json.dumps(crawler.stats.get_stats(), default=str))  # noqa: T201  # read by the test


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
