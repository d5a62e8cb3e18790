"""``scrapy crawl``: Scrapy's own, except that wrong arguments are told in words before anything starts."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy_spider_metadata._params import Args
from scrapy_spider_metadata._utils import get_generic_param

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

_EXIT_STATUS = {"robots_forbidden": 3}


class Command(ScrapyCrawl):
    """Checks the spider's arguments against its model.

    Exit status: 2 when they cannot be used, 3 when robots.txt ended the crawl, Scrapy's own otherwise.
    """

    _crawled: Crawler | None = None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, then crawl."""
        if len(args) != 1:
            raise UsageError("name one spider; `scrapy list` lists them")
        assert self.crawler_process
        if args[0] not in self.crawler_process.spider_loader.list():
            known = ", ".join(sorted(self.crawler_process.spider_loader.list()))
            raise UsageError(f"there is no spider {args[0]!r}; there are: {known}")
        if told := complaint(self.crawler_process.spider_loader.load(args[0]), opts.spargs):
            print(told, file=sys.stderr)
            self.exitcode = 2
            return
        super().run(args, opts)
        stats = self._crawled.stats if self._crawled else None
        reason = stats.get_value("finish_reason") if stats else None
        self.exitcode = self.exitcode or _EXIT_STATUS.get(str(reason), 0)

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        self._crawled = super()._create_crawler(spidercls)
        return self._crawled


def complaint(spider: Any, arguments: dict[str, Any]) -> str | None:
    """Say what is wrong with a spider's arguments, ``None`` when nothing is."""
    model = get_generic_param(spider, Args)
    if model is None or not issubclass(model, BaseModel):
        return None
    try:
        model(**arguments)
    except ValidationError as error:
        explain = getattr(model, "explain", None)
        return explain(error, spider.name, arguments) if explain else str(error)
    return None
