from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import TextResponse
from scrapy.utils.test import get_crawler

from zhihu_crawler.middlewares.robots import RobotsMiddleware

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

ALL_FORBIDDEN = b"User-agent: *\nDisallow: /\n"
PEOPLE_FORBIDDEN = b"User-agent: *\nDisallow: /people/\n"


class Engine:
    """Gives a robots.txt, and remembers why the spider was closed."""

    def __init__(self, robots: bytes) -> None:
        self.robots = robots
        self.reasons: list[str] = []

    async def download_async(self, request: Request) -> TextResponse:
        return TextResponse(request.url, body=self.robots)

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)


def ask(robots: bytes, *urls: str) -> tuple[Engine, list[str]]:
    """Return the engine and the addresses that were let through."""
    crawler: Crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True, "USER_AGENT": "zhihu_crawler/1"})
    crawler.engine = engine = Engine(robots)  # type: ignore[assignment]
    crawler.spider = SimpleNamespace()  # type: ignore[assignment]
    crawler.stats = crawler.stats or SimpleNamespace(inc_value=lambda *_: None)  # type: ignore[assignment]
    middleware, passed = RobotsMiddleware.from_crawler(crawler), []

    async def go() -> None:
        for url in urls:
            try:
                await middleware.process_request(Request(url))
                passed.append(url)
            except IgnoreRequest:
                pass
        await asyncio.sleep(0)

    asyncio.run(go())
    return engine, passed


def test_what_is_allowed_goes_on_and_the_crawl_too():
    urls = ["https://www.zhihu.com/question/1", "https://www.zhihu.com/answer/2"]
    engine, passed = ask(PEOPLE_FORBIDDEN, *urls)
    assert passed == urls
    assert engine.reasons == []


def test_the_first_refusal_ends_the_crawl_with_one_line_that_names_the_setting(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        engine, passed = ask(ALL_FORBIDDEN, "https://www.zhihu.com/people/a", "https://www.zhihu.com/people/b")
    assert passed == []
    assert engine.reasons == ["robots_forbidden"]
    [told] = [record.getMessage() for record in caplog.records]
    assert "robots.txt forbids https://www.zhihu.com/people/a to zhihu_crawler/1" in told
    assert "-s ROBOTSTXT_OBEY=False" in told


def test_whoever_decided_otherwise_is_not_asked():
    with pytest.raises(NotConfigured):
        RobotsMiddleware.from_crawler(get_crawler(settings_dict={"ROBOTSTXT_OBEY": False}))
