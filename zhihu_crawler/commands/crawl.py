"""``scrapy crawl``: Scrapy's own, except that wrong arguments are told in words before anything starts."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from scrapy import signals
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy_spider_metadata._params import Args
from scrapy_spider_metadata._utils import get_generic_param

from zhihu_crawler.browser import available
from zhihu_crawler.config import (
    BlocksConfig,
    BrowserConfig,
    SessionConfig,
    StoreConfig,
    ThrottleConfig,
    ZhihuConfig,
)
from zhihu_crawler.errors import BadSession, BadSetting
from zhihu_crawler.frontier.connect import read_address
from zhihu_crawler.jsonlog import install
from zhihu_crawler.sessions import SessionStore
from zhihu_crawler.sessions.crawler import load

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

_EXIT_STATUS = {
    "robots_forbidden": 3,
    **dict.fromkeys(("frontier_lost", "frontier_error", "frontier_unreachable", "store_unavailable"), 4),
    "needs_login": 5,
    "blocked": 6,
}


class Command(ScrapyCrawl):
    """Checks the spider's arguments against its model.

    Exit status: 2 when they cannot be used, 3 when robots.txt ended the crawl, 4 when the queue or the store did,
    5 when no session was left that is logged in, 6 when the site refused too often in a row or to the end, Scrapy's
    own otherwise.
    """

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Take in the options; then it is known how to log."""
        super().process_options(args, opts)
        assert self.settings
        install(self.settings)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, then crawl."""
        if len(args) != 1:
            raise UsageError("name one spider; `scrapy list` lists them")
        assert self.crawler_process
        if args[0] not in self.crawler_process.spider_loader.list():
            known = ", ".join(sorted(self.crawler_process.spider_loader.list()))
            raise UsageError(f"there is no spider {args[0]!r}; there are: {known}")
        is_shared = bool(self.crawler_process.settings.get("REDIS_URL"))
        spider = self.crawler_process.spider_loader.load(args[0])
        if told := complaint(spider, opts.spargs, is_shared=is_shared):
            print(told, file=sys.stderr)
            self.exitcode = 2
            return
        try:
            ZhihuConfig.from_settings(self.crawler_process.settings)
            if is_shared:
                read_address(self.crawler_process.settings["REDIS_URL"])
            StoreConfig.from_settings(self.crawler_process.settings)
            ThrottleConfig.from_settings(self.crawler_process.settings)
            BlocksConfig.from_settings(self.crawler_process.settings)
            sessions = SessionConfig.from_settings(self.crawler_process.settings)
            load(SessionStore(sessions.directory), sessions)
            _check_browser(self.crawler_process.settings)
        except (BadSetting, BadSession) as error:
            raise UsageError(str(error), print_help=False) from error
        super().run(args, opts)

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        crawler = super()._create_crawler(spidercls)
        crawler.signals.connect(self._closed, signals.spider_closed)
        return crawler

    def _closed(self, reason: str) -> None:
        self.exitcode = _EXIT_STATUS.get(reason, self.exitcode)


def _check_browser(settings: BaseSettings) -> None:
    """Tell before the crawl that it cannot have the browser that it is to ask with."""
    if BrowserConfig.from_settings(settings).fetch == "browser" and not (found := available(settings)):
        raise BadSetting(f"ZHIHU_FETCH=browser: {found.reason}")


def complaint(spider: Any, arguments: dict[str, Any], *, is_shared: bool = False) -> str | None:
    """Say what is wrong with a spider's arguments, ``None`` when nothing is; a shared crawl's may name no seed."""
    model = get_generic_param(spider, Args)
    if model is None or not issubclass(model, BaseModel):
        return None
    try:
        model(**arguments | ({"wait": "1"} if is_shared and "wait" in model.model_fields else {}))
    except ValidationError as error:
        explain = getattr(model, "explain", None)
        return explain(error, spider.name, arguments) if explain else str(error)
    return None
