"""From picking to stripping: what a request is before, while and after it is out."""

from __future__ import annotations

import asyncio
import pickle
from datetime import timedelta
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.helpers.sessions import BROWSER, keep_sessions
from zhihu_crawler.frontier.throttle import BUDGET
from zhihu_crawler.middlewares.credentials import CredentialsMiddleware
from zhihu_crawler.middlewares.session import SessionMiddleware, SessionPinMiddleware
from zhihu_crawler.sessions import SESSION, State
from zhihu_crawler.sessions.check import CHECK
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.sessions.pool import came_back
from zhihu_crawler.sessions.session import utc_now

URL = "https://www.zhihu.com/question/1"
LOCAL = "http://127.0.0.1:9"


class Engine:
    """Remembers why the spider was closed."""

    _slot = None

    def __init__(self):
        self.reasons = []

    async def close_spider_async(self, *, reason):
        self.reasons.append(reason)


class Chain:
    """The two middlewares as Scrapy runs them, around a download that looks at the request."""

    def __init__(self, folder, **settings):
        given = {"ZHIHU_SESSION_DIR": str(folder), "ZHIHU_ORIGIN": LOCAL, "ZHIHU_SESSION_CHECK": 0, "ZHIHU_PROGRESS": 0}
        self.crawler = get_crawler(settings_dict=given | settings)
        self.crawler.engine = self.engine = Engine()
        self.crawler.stats = self.crawler.stats or self.crawler.get_stats()
        self.pool = pool_of(self.crawler)
        self.session = SessionMiddleware.from_crawler(self.crawler)
        self.credentials = CredentialsMiddleware.from_crawler(self.crawler)
        self.seen = []

    def go(self, request, *lines, error=None):
        return asyncio.run(self._go(request, lines, error))

    async def _go(self, request, lines, error):
        for middleware in (self.session, self.credentials):
            if (instead := await middleware.process_request(request)) is not None:
                return instead
        self.seen.append({name.decode(): values[0].decode() for name, values in request.headers.items()})
        if error:
            for middleware in (self.credentials, self.session):
                middleware.process_exception(request, error)
            return None
        response = Response(request.url, headers={"Set-Cookie": list(lines)} if lines else {}, request=request)
        for middleware in (self.credentials, self.session):
            response = middleware.process_response(request, response)
        return response


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sessions"


@pytest.fixture
def chain(folder):
    keep_sessions(folder, "a", "b")
    return Chain(folder)


def as_text(request):
    """All that a queue or a log could keep of a request."""
    return repr(request.to_dict()) + repr(pickle.dumps(request.to_dict()))


def test_a_request_is_its_sessions_only_while_it_is_out(chain):
    request = Request(URL, headers={"User-Agent": "zhihu_crawler/1", "Cookie": "guest=1"})
    chain.go(request)
    assert chain.seen[0]["Cookie"] == "z_c0=2|1:0|a-login-secret; d_c0=a-device-secret"
    assert chain.seen[0]["User-Agent"] == BROWSER
    assert "secret" not in as_text(request)
    assert request.headers.to_unicode_dict() == {"User-Agent": "zhihu_crawler/1", "Cookie": "guest=1"}
    assert request.meta == {SESSION: "a", BUDGET: "a", "download_slot": "zhihu.com/a"}


def test_a_request_that_failed_has_no_secrets_either(chain):
    request = Request(URL)
    chain.go(request, error=OSError("reset"))
    assert "Cookie" in chain.seen[0]
    assert request.headers == {}
    assert "secret" not in as_text(request)


def test_a_request_made_of_one_that_is_out_loses_them_on_its_way_into_the_queue(chain):
    request = Request(URL)

    async def copy():
        await chain.session.process_request(request)
        await chain.credentials.process_request(request)
        return request.copy()

    again = asyncio.run(copy())
    assert "secret" in as_text(again)
    chain.credentials.scheduled(again)
    assert "secret" not in as_text(again)
    assert again.meta[SESSION] == "a"


def test_what_a_reply_sets_goes_to_the_session_and_nobody_else_sees_it(chain):
    response = chain.go(Request(URL), "z_c0=newer-secret; Domain=.zhihu.com; Path=/", "x=y; Path=/")
    assert "Set-Cookie" not in response.headers
    chain.go(Request(URL, meta={SESSION: "a"}))
    assert "z_c0=newer-secret" in chain.seen[1]["Cookie"]
    assert "x=y" in chain.seen[1]["Cookie"]
    chain.go(Request(URL, meta={SESSION: "b"}))
    assert chain.seen[2]["Cookie"] == "z_c0=2|1:0|b-login-secret; d_c0=b-device-secret"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "http://www.zhihu.com/question/1",
        "https://www.zhihu.com.example.org/",
        "https://link.zhihu.com/?target=x",
    ],
)
def test_a_redirect_out_of_the_site_takes_no_cookie_along(chain, url):
    response = chain.go(Request(url, meta={SESSION: "a", BUDGET: "a"}), "z_c0=evil; Path=/")
    assert "Cookie" not in chain.seen[0]
    assert "User-Agent" not in chain.seen[0]
    assert response.headers["Set-Cookie"] == b"z_c0=evil; Path=/"


def test_robots_txt_is_asked_for_as_nobody(chain):
    chain.go(Request("https://www.zhihu.com/robots.txt"))
    assert chain.seen == [{}]


def test_without_sessions_everybody_is_a_guest_even_what_was_pinned_before(folder):
    chain, request = Chain(folder), Request(URL, meta={SESSION: "gone", BUDGET: "gone"})
    chain.go(request)
    assert chain.seen == [{}]
    assert request.meta == {"download_slot": "zhihu.com"}


@pytest.mark.parametrize(
    ("settings", "is_used"),
    [
        ({}, True),
        ({"ZHIHU_SESSIONS": "a"}, True),
        ({"ZHIHU_SESSIONS": "none"}, False),
        ({"ZHIHU_ORIGIN": "http://mirror.example.org"}, False),
        ({"ZHIHU_ORIGIN": ""}, False),
    ],
)
def test_a_session_of_the_sandbox_goes_to_the_sandbox_alone(folder, settings, is_used):
    keep_sessions(folder, "a")
    chain = Chain(folder, **settings)
    chain.go(Request(URL))
    assert ("Cookie" in chain.seen[0]) is is_used


def test_a_session_of_the_site_never_goes_to_the_sandbox(folder):
    keep_sessions(folder, "a", is_local=False)
    assert len(Chain(folder).pool) == 0
    assert len(Chain(folder, ZHIHU_ORIGIN="").pool) == 1


def test_a_session_that_expired_while_its_request_waited_sends_it_back_to_the_queue(chain):
    request = Request(URL)

    async def wait():
        await chain.session.process_request(request)
        chain.pool.expire("a", "x")
        return await chain.credentials.process_request(request)

    again = asyncio.run(wait())
    assert isinstance(again, Request)
    assert again.dont_filter
    assert came_back(again)
    chain.go(again)
    assert not came_back(again)
    assert again.meta[SESSION] == "b"
    assert again.meta["download_slot"] == "zhihu.com/b"


def test_a_request_of_a_limited_session_goes_back_to_the_queue_when_the_crawl_closes(chain):
    chain.pool.limit("a", utc_now() + timedelta(hours=1))
    chain.engine._slot = SimpleNamespace(closing=True)
    assert isinstance(chain.go(Request(URL, meta={SESSION: "a"}, cb_kwargs={"walk": {}})), Request)
    assert chain.seen == []


def test_a_request_waits_for_the_end_of_its_sessions_limit(chain):
    chain.pool.limit("a", utc_now() + timedelta(seconds=2))
    began = utc_now()
    chain.go(Request(URL, meta={SESSION: "a"}, cb_kwargs={"walk": {}}))
    assert utc_now() - began >= timedelta(seconds=1)
    assert "a-login-secret" in chain.seen[0]["Cookie"]


def test_without_a_session_left_the_queue_keeps_the_request_and_the_crawl_closes(chain, caplog):
    for name in ("a", "b"):
        chain.pool.expire(name, "x")
    caplog.clear()

    async def go():
        again = await chain.session.process_request(Request(URL, meta={SESSION: "a", BUDGET: "a"}))
        more = await chain.session.process_request(Request(URL))
        await asyncio.sleep(0)
        with pytest.raises(IgnoreRequest):
            await chain.session.process_request(again)
        return again, more

    again, more = asyncio.run(go())
    assert again.dont_filter
    assert more.dont_filter
    assert SESSION not in again.meta
    assert came_back(again)
    assert chain.engine.reasons == ["needs_login"]
    [told] = [record.getMessage() for record in caplog.records]
    assert "`scrapy login`" in told
    assert "ZHIHU_GUESTS=1" in told


def test_guests_go_on_where_that_is_wanted(folder):
    keep_sessions(folder, "a")
    chain = Chain(folder, ZHIHU_GUESTS=1)
    chain.pool.expire("a", "x")
    request = Request(URL, meta={SESSION: "a", BUDGET: "a"})
    chain.go(request)
    assert chain.seen == [{}]
    assert request.meta == {"download_slot": "zhihu.com"}
    assert chain.engine.reasons == []


def test_a_check_goes_out_as_the_session_it_is_about_even_if_that_has_expired(chain):
    chain.pool.expire("b", "x")
    chain.go(Request(URL, meta={SESSION: "b", CHECK: True}))
    assert "b-login-secret" in chain.seen[0]["Cookie"]


def test_the_end_of_the_crawl_keeps_when_a_session_was_used(chain):
    chain.go(Request(URL))
    chain.session.closed()
    assert chain.pool.get("a").used is not None
    assert chain.pool.state("a") is State.GOOD


@pytest.mark.parametrize(
    ("asked", "more", "pinned"),
    [
        ({SESSION: "a"}, {"walk": {}}, "a"),
        ({SESSION: "a"}, {"token": "x"}, None),
        ({}, {"walk": {}}, None),
    ],
)
def test_the_next_page_of_a_listing_stays_with_the_session_of_the_last(chain, asked, more, pinned):
    middleware = SessionPinMiddleware(chain.crawler)
    response = Response(URL, request=Request(URL, meta=asked))
    [out] = middleware.process_spider_output(response, [Request(f"{URL}?page=2", cb_kwargs=more)])
    assert out.meta.get(SESSION) == pinned
    assert out.meta.get(BUDGET) == pinned


def test_seeds_are_pinned_to_nobody(chain):
    middleware = SessionPinMiddleware(chain.crawler)

    async def start():
        yield Request(URL, cb_kwargs={"walk": {}})

    async def go():
        return [request async for request in middleware.process_start(start())]

    [seed] = asyncio.run(go())
    assert seed.meta == {}
