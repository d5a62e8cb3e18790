from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.http import TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from zhihu_crawler.browser import Availability
from zhihu_crawler.browser.asking import FETCH, WANTED
from zhihu_crawler.endpoints import question_answers_url
from zhihu_crawler.middlewares import fetch
from zhihu_crawler.middlewares.fetch import ASKED_AGAIN, FetchMiddleware
from zhihu_crawler.sandbox.blocks import BLOCKS
from zhihu_crawler.sessions.check import CHECK, ME

PAGE, FEED = "https://www.zhihu.com/question/1", question_answers_url("1")


class Crawler:
    def __init__(self, way):
        self.settings = Settings({"ZHIHU_FETCH": way})
        self.stats = MemoryStatsCollector(self)


@pytest.fixture
def browser(monkeypatch, tmp_path):
    monkeypatch.setattr(fetch, "available", lambda _: Availability(tmp_path))


def reply(name, url=PAGE):
    block = BLOCKS[name]
    return TextResponse(url, status=block.status, body=block.body.encode())


@pytest.mark.parametrize(
    ("way", "request_", "goes"),
    [
        ("http", Request(PAGE), None),
        ("auto", Request(PAGE), None),
        ("browser", Request(PAGE), PAGE),
        ("browser", Request(FEED), PAGE),
        ("http", Request(PAGE, meta={FETCH: "browser"}), PAGE),
        ("browser", Request(PAGE, meta={FETCH: "http"}), None),
        ("browser", Request("https://www.zhihu.com/robots.txt"), None),
        ("browser", Request(ME, meta={CHECK: True}), None),
        ("browser", Request("https://example.com/"), None),
        ("browser", Request(PAGE, method="POST"), None),
    ],
)
def test_the_setting_and_the_request_say_what_the_browser_asks(way, request_, goes):
    again = FetchMiddleware(Crawler(way)).process_request(request_) or request_
    assert (again.url if again.meta.get(FETCH) == "browser" else None) == goes


def test_a_request_for_a_listing_is_changed_once():
    middleware = FetchMiddleware(Crawler("browser"))
    again = middleware.process_request(Request(FEED))
    assert middleware.process_request(again) is None
    assert again.meta[WANTED] == FEED


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("name", ["zse-ck", "code-10003", "code-40352", "unhuman", "hit-labels"])
def test_what_wants_a_browser_is_asked_once_more_in_one(name):
    crawler = Crawler("auto")
    middleware, request = FetchMiddleware(crawler), Request(PAGE)
    again = middleware.process_response(request, reply(name))
    assert (again.url, again.meta[FETCH], again.meta[ASKED_AGAIN]) == (PAGE, "browser", True)
    assert crawler.stats.get_value("zhihu/browser/asked_again") == 1
    refused = reply(name)
    assert middleware.process_response(again, refused) is refused


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("name", ["code-40362", "code-40353", "code-100", "gone", "503", "429", "error-200", "signin"])
def test_what_a_browser_would_not_help_is_left_alone(name):
    answered = reply(name)
    assert FetchMiddleware(Crawler("auto")).process_response(Request(PAGE), answered) is answered


def test_a_large_page_that_quotes_a_challenge_is_no_challenge():
    answered = TextResponse(PAGE, body=b"<html><body>" + b" " * 20_000 + b'<meta id="zh-zse-ck">')
    assert FetchMiddleware(Crawler("auto")).process_response(Request(PAGE), answered) is answered


@pytest.mark.parametrize(
    ("way", "told"), [("http", "ZHIHU_FETCH=auto opens such pages"), ("auto", "pip install -r requirements-browser")]
)
def test_without_a_browser_it_is_said_once_what_to_do(monkeypatch, caplog, way, told):
    monkeypatch.setattr(fetch, "available", lambda _: Availability(reason="pip install -r requirements-browser.txt"))
    middleware, answered = FetchMiddleware(Crawler(way)), reply("zse-ck")
    for _ in range(2):
        assert middleware.process_response(Request(PAGE), answered) is answered
    assert [told in record.message for record in caplog.records] == [True]
