from __future__ import annotations

from asyncio import run
from base64 import b64encode

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.test import get_crawler

from tests.browser.test_asking import replies
from zhihu_crawler.browser.asking import ALONE, FETCH, SCROLL, WANTED
from zhihu_crawler.browser.response import BrowserResponse
from zhihu_crawler.endpoints import question_answers_url
from zhihu_crawler.middlewares.browser import (
    BrowserMiddleware,
    BrowserRepliesMiddleware,
    proxy_of,
    set_cookie,
    visit_of,
)
from zhihu_crawler.sessions import SESSION

PAGE, FEED = "https://www.zhihu.com/question/1", question_answers_url("1")


def test_a_request_says_what_to_open_as_whom_and_how_far_to_scroll():
    meta = {SESSION: "work", SCROLL: {"kind": "question", "name": "answers", "most": 3}, WANTED: FEED}
    visit = visit_of(Request(PAGE, headers={"Cookie": "z_c0=2|1:a=; d_c0=x", "User-Agent": "UA"}, meta=meta))
    assert (visit.url, visit.wanted, visit.scroll.most) == (PAGE, FEED, 3)
    assert (visit.identity.name, visit.identity.user_agent) == ("work", "UA")
    assert visit.identity.cookies == {"z_c0": "2|1:a=", "d_c0": "x"}


def test_a_guest_has_a_context_too():
    visit = visit_of(Request(PAGE))
    assert (visit.identity.name, visit.identity.cookies, visit.identity.proxy, visit.scroll) == (
        "guest",
        {},
        None,
        None,
    )


@pytest.mark.parametrize(
    ("proxy", "access", "given"),
    [
        (None, None, None),
        ("http://p:1", None, {"server": "http://p:1"}),
        ("http://p:1", "me:a:b", {"server": "http://p:1", "username": "me", "password": "a:b"}),
    ],
)
def test_a_proxy_goes_to_the_browser_with_user_and_password(proxy, access, given):
    headers = {"Proxy-Authorization": b"Basic " + b64encode(access.encode())} if access else {}
    assert proxy_of(Request(PAGE, headers=headers, meta={"proxy": proxy})) == given


@pytest.mark.parametrize(
    ("cookie", "is_local", "header"),
    [
        ({"name": "a", "value": "1", "domain": ".zhihu.com"}, False, "a=1; Path=/; Secure; Domain=.zhihu.com"),
        ({"name": "a", "value": "1", "domain": "www.zhihu.com", "expires": -1}, False, "a=1; Path=/; Secure"),
        (
            {"name": "a", "value": "1", "domain": "www.zhihu.com", "expires": 1_800_000_000.5},
            False,
            "a=1; Path=/; Secure; Expires=Fri, 15 Jan 2027 08:00:00 GMT",
        ),
        (
            {"name": "z_c0", "value": "1", "domain": "127.0.0.1", "path": "/", "httpOnly": True},
            True,
            "z_c0=1; Path=/; Secure; Domain=.zhihu.com; HttpOnly",
        ),
    ],
)
def test_a_cookie_of_the_browser_comes_back_as_a_header(cookie, is_local, header):
    assert set_cookie(cookie, is_local=is_local) == header


def made(middleware, **settings):
    crawler = get_crawler(Spider, {"ZHIHU_ORIGIN": "http://127.0.0.1:1", "ZHIHU_PROGRESS": "0"} | settings)
    return middleware.from_crawler(crawler), crawler


def test_what_is_not_the_browsers_goes_on():
    middleware, _ = made(BrowserMiddleware)
    assert run(middleware.process_request(Request(PAGE))) is None


@pytest.mark.parametrize(
    ("url", "told"), [("https://example.com/", "pages of Zhihu's alone"), (PAGE, "ZHIHU_CHROMIUM .* is no program")]
)
def test_what_no_browser_can_open_is_refused(url, told):
    middleware, _ = made(BrowserMiddleware, ZHIHU_CHROMIUM="/no/such/chrome")
    with pytest.raises(IgnoreRequest, match=told):
        run(middleware.process_request(Request(url, meta={FETCH: "browser"})))


def feed(offset, callback, walk=None):
    url = f"{FEED.partition('?')[0]}?offset={offset}"
    return Request(url, callback=callback, cb_kwargs={"walk": walk} if walk else {})


def outputs(response, result):
    async def collect():
        return [one async for one in middleware.process_spider_output(response, result)]

    middleware, crawler = made(BrowserRepliesMiddleware)
    return run(collect()), crawler


def test_callbacks_are_given_what_their_page_fetched_however_much_that_is():
    def parse(response, walk):
        yield f"item {walk['got']}"
        yield feed(walk["got"] + 20, parse, {"got": walk["got"] + 20})

    response = BrowserResponse(PAGE, replies=replies(*range(0, 60_000, 20)))
    found, crawler = outputs(response, iter(["head", feed(0, parse, {"got": 0})]))
    assert found[:3] == ["head", "item 0", "item 20"]
    assert (len(found), found[-1].url) == (3002, feed(60_000, parse).url)
    assert crawler.stats.get_value("zhihu/browser/read") == 3000
    assert ALONE not in found[-1].meta


def test_what_follows_a_page_that_was_scrolled_as_far_as_it_may_be_is_opened_alone():
    asked = Request(PAGE)
    found, _ = outputs(
        BrowserResponse(PAGE, is_full=True, request=asked), iter([feed(20, print, {"got": 0}), Request(PAGE)])
    )
    assert [ALONE in request.meta for request in found] == [True, False]
    found, _ = outputs(BrowserResponse(FEED, request=found[0]), iter([feed(40, print, {"got": 0})]))
    assert ALONE in found[0].meta


def test_a_callback_that_fails_is_heard_of():
    def parse(response):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        outputs(BrowserResponse(PAGE, replies=replies(0)), iter([feed(0, parse)]))
