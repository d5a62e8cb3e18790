"""Checks every item against its own class before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter, ValidationError
from scrapy.exceptions import DropItem

from zhihu_crawler.items import KINDS, Item

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector


class ValidatePipeline:
    """Leaves out an item whose fields are not of their types, and counts it: ``zhihu/invalid/<kind>/<field>``.

    The parsers give only sound items; this is the last door for those of a spider that somebody adds.
    """

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats
        self._adapters = {kind: TypeAdapter(item) for kind, item in KINDS.items()}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it with the crawl's stats."""
        assert crawler.stats
        return cls(crawler.stats)

    def process_item(self, item: Any) -> Any:
        """Check an item of ours; anything else passes."""
        if not isinstance(item, Item):
            return item
        try:
            self._adapters[item.kind].validate_python(item, strict=True)
        except ValidationError as error:
            self._raise(item, error)
        return item

    def _raise(self, item: Item, error: ValidationError) -> None:
        faults = error.errors(include_url=False)
        for fault in faults:
            self._stats.inc_value(f"zhihu/invalid/{item.kind}/{'.'.join(map(str, fault['loc']))}")
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise DropItem(f"{item.key} is not what its class promises: {told}", log_level="WARNING") from error
