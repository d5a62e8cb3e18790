from __future__ import annotations

import json
import pickle
from base64 import b64encode

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.helpers.crawls import crawl
from tests.helpers.http_proxy import running_proxy
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.middlewares.proxy import ACCESS, AUTH, ProxyMiddleware
from zhihu_crawler.sessions import SESSION

URL = "https://www.zhihu.com/question/1"
PLAIN = "http://proxy.example.org:3128"
FULL = "http://me:s3cr3t@proxy.example.org:3128"
HEADER = b"Basic " + b64encode(b"me:s3cr3t")
OTHER = b"Basic " + b64encode(b"you:0ther")


@pytest.fixture
def folder(tmp_path):
    keep_sessions(tmp_path / "s", make_session("a", proxy=FULL, is_local=False), make_session("b", is_local=False))
    return tmp_path / "s"


@pytest.fixture
def make(folder, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def middleware(**settings):
        given = {"ZHIHU_SESSION_DIR": str(folder), "ZHIHU_PROGRESS": 0, "ZHIHU_ORIGIN": ""} | settings
        return ProxyMiddleware.from_crawler(get_crawler(settings_dict=given))

    return middleware


def out(middleware, request):
    """Where a request goes through and what it says to the proxy, and the request as it is afterwards."""
    middleware.process_request(request)
    found = request.meta.get("proxy"), request.headers.get(AUTH)
    middleware.process_response(request, Response(request.url))
    return found


def as_text(request):
    return repr(request.to_dict()) + repr(pickle.dumps(request.to_dict()))


def test_a_session_has_a_proxy_of_its_own(make):
    middleware = make()
    assert out(middleware, Request(URL, meta={SESSION: "a"})) == (PLAIN, HEADER)
    assert out(middleware, Request(URL, meta={SESSION: "b"})) == (None, None)
    assert out(middleware, Request(URL)) == (None, None)


def test_a_setting_comes_before_the_sessions_file(make):
    proxies = json.dumps({"a": "http://you:0ther@else.example.org:1", "b": FULL})
    middleware = make(ZHIHU_SESSION_PROXIES=proxies)
    assert out(middleware, Request(URL, meta={SESSION: "a"})) == ("http://else.example.org:1", OTHER)
    assert out(middleware, Request(URL, meta={SESSION: "b"})) == (PLAIN, HEADER)


def test_what_a_request_says_itself_comes_first(make):
    middleware = make()
    own = {SESSION: "a", "proxy": "http://you:0ther@else.example.org:1"}
    assert out(middleware, Request(URL, meta=own)) == ("http://else.example.org:1", OTHER)
    assert out(middleware, Request(URL, meta={SESSION: "a", "proxy": None})) == (None, None)


def test_the_environments_proxy_comes_last(make, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://you:0ther@else.example.org:1")
    middleware = make()
    assert out(middleware, Request(URL)) == ("http://else.example.org:1", OTHER)
    assert out(middleware, Request(URL, meta={SESSION: "a"})) == (PLAIN, HEADER)
    monkeypatch.setenv("no_proxy", "zhihu.com")
    assert out(middleware, Request(URL)) == (None, None)
    assert out(make(ZHIHU_ORIGIN="http://127.0.0.1:1"), Request(URL)) == (None, None)


@pytest.mark.parametrize("meta", [{}, {SESSION: "a"}, {"proxy": PLAIN}, {"proxy": None}])
def test_afterwards_a_request_is_as_it_was(make, meta):
    middleware, request = make(ZHIHU_PROXIES=FULL), Request(URL, meta=dict(meta))
    out(middleware, request)
    assert (request.meta, dict(request.headers)) == (meta, {})
    middleware.process_request(request)
    middleware.process_exception(request, OSError())
    assert (request.meta, dict(request.headers)) == (meta, {})


def test_what_goes_into_the_queue_has_no_password_and_finds_it_again(make):
    middleware = make()
    queued = [
        Request(URL, meta={"proxy": FULL}),
        Request(URL, meta={"proxy": PLAIN}, headers={AUTH: HEADER}),
        Request(URL, meta={"proxy": "me:s3cr3t@proxy.example.org:3128"}),
    ]
    for request in queued:
        middleware.scheduled(request)
        assert "s3cr3t" not in as_text(request)
        assert HEADER.decode() not in as_text(request)
        assert out(middleware, request) == (PLAIN, HEADER)
        middleware.scheduled(request)  # a retry
        assert out(middleware, request) == (PLAIN, HEADER)


def test_two_users_of_one_proxy_are_kept_apart(make):
    middleware = make()
    mine, yours = (
        Request(URL, meta={"proxy": FULL}),
        Request(URL, meta={"proxy": FULL.replace("me:s3cr3t", "you:0ther")}),
    )
    for request in (mine, yours):
        middleware.scheduled(request)
    assert out(middleware, yours) == (PLAIN, OTHER)
    assert out(middleware, mine) == (PLAIN, HEADER)
    assert mine.meta[ACCESS] != yours.meta[ACCESS]


def test_a_request_made_of_one_that_is_out_loses_it_on_its_way_into_the_queue(make):
    middleware, request = make(), Request(URL, meta={SESSION: "a"})
    middleware.process_request(request)
    again = request.copy()
    middleware.scheduled(again)
    assert again.meta == {SESSION: "a"}
    assert HEADER.decode() not in as_text(again)


def test_another_process_finds_it_among_the_settings_or_says_what_is_missing(make, caplog):
    request = Request(URL, meta={"proxy": FULL})
    make().scheduled(request)
    assert out(make(ZHIHU_PROXIES=f"http://x:1, {FULL}"), request) == (PLAIN, HEADER)
    later = make()
    assert [out(later, request) for _ in range(3)] == [(PLAIN, None)] * 3
    [told] = [record.getMessage() for record in caplog.records]
    assert "ZHIHU_PROXIES" in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    "settings",
    [
        {"ZHIHU_PROXIES": "me:s3cr3t@proxy"},
        {"ZHIHU_SESSION_PROXIES": '{"a": "http://me:s3cr3t@"}'},
        {"ZHIHU_SESSION_PROXIES": '{"a": "http://me:s3cr3t@x'},
        {"ZHIHU_SESSION_PROXIES": '["http://me:s3cr3t@x"]'},
        {"ZHIHU_SESSION_PROXIES": {"a b": FULL}},
    ],
)
def test_a_setting_that_cannot_be_used_is_told_without_the_password(make, settings):
    with pytest.raises(BadSetting, match=next(iter(settings))) as told:
        make(**settings)
    assert "s3cr3t" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.crawl
def test_two_sessions_go_through_their_own_proxies_on_a_real_line(tmp_path):
    with running_sandbox() as sandbox, running_proxy("pr0xy-s3cr3t") as one, running_proxy("pr0xy-s3cr3t") as two:
        keep_sessions(
            tmp_path / "s",
            make_session("a", proxy=one.url("anna", "pr0xy-s3cr3t")),
            make_session("b", proxy=two.url("bert", "pr0xy-s3cr3t")),
        )
        asked = {"ZHIHU_SESSION_DIR": str(tmp_path / "s"), "LOG_LEVEL": "DEBUG"}
        crawled = crawl(tmp_path, sandbox.origin, "question", "ids=23000001", "follow=authors", **asked)
    assert len(crawled.ids("answer")) == 12, crawled.log
    assert (one.users, two.users, one.refused, two.refused) == ({"anna"}, {"bert"}, 0, 0)
    assert "pr0xy-s3cr3t" not in crawled.log
