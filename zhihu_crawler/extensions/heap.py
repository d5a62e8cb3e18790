"""What a crawl begins with is not looked through for garbage again and again while it runs."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Self

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class FrozenHeap:
    """Sets aside all objects of the start: modules, classes, settings. They live as long as the process.

    Python's full collections stop the event loop while they visit every object. Those of Scrapy and its libraries
    alone take 0.1 s and more, each time; without them a collection takes as long as what the crawl itself holds.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        extension = cls()
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        return extension

    def opened(self) -> None:
        """Throw away the garbage of the start, then set the rest aside."""
        gc.collect()
        gc.freeze()
