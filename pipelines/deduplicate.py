"""Lets a thing through once in a crawl, and once more when it is read in full after a mere mention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import DropItem

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.frontier.dupefilter import Memory
from zhihu_crawler.items import Item

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

_LATEST = 100_000


class DeduplicatePipeline:
    """Leaves out what this process has passed on already: ``zhihu/duplicates/<kind>``.

    Remembered as 64-bit hashes: about 70 bytes a thing in this process's memory. A worker of a shared crawl, which runs
    for months, remembers only the latest: the others have theirs passed on by other workers anyway. What a later
    pipeline failed on may come again.
    """

    def __init__(self, stats: StatsCollector, *, is_shared: bool = False) -> None:
        self._stats = stats
        self._full: set[int] | Memory = Memory(_LATEST) if is_shared else set()
        self._partial: set[int] | Memory = Memory(_LATEST) if is_shared else set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it with the crawl's stats."""
        assert crawler.stats
        pipeline = cls(crawler.stats, is_shared=FrontierConfig.from_settings(crawler.settings).url is not None)
        crawler.signals.connect(pipeline.forget, signal=signals.item_error)
        return pipeline

    def forget(self, item: Any) -> None:
        """Let an item through again that could not be stored."""
        if isinstance(item, Item):
            (self._partial if item.partial else self._full).discard(hash(item.key))

    def process_item(self, item: Any) -> Any:
        """Pass on what is new."""
        if not isinstance(item, Item):
            return item
        mark = hash(item.key)
        if mark in self._full or (item.partial and mark in self._partial):
            self._stats.inc_value(f"zhihu/duplicates/{item.kind}")
            raise DropItem(f"{item.key} was passed on already in this crawl", log_level="DEBUG")
        (self._partial if item.partial else self._full).add(mark)
        return item
