from __future__ import annotations

import json

import pytest

from zhihu_crawler.browser.tape import read_listing
from zhihu_crawler.browser.visit import Identity, Origin, Reply

SITE, SANDBOX = Origin(), Origin("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://www.zhihu.com/question/1?a=b", "http://127.0.0.1:8080/question/1?a=b"),
        ("https://zhuanlan.zhihu.com/p/1", "http://127.0.0.1:8080/p/1"),
        ("https://www.zhihu.com", "http://127.0.0.1:8080/"),
        ("https://example.com/x", "https://example.com/x"),
    ],
)
def test_the_sandbox_stands_in_the_sites_place(url, there):
    assert SANDBOX.there(url) == there
    assert SITE.there(url) == url


def test_what_the_sandbox_sent_is_the_sites():
    assert SANDBOX.back("http://127.0.0.1:8080/question/1") == "https://www.zhihu.com/question/1"
    assert SANDBOX.back("http://127.0.0.1:80801/question/1") == "http://127.0.0.1:80801/question/1"
    assert SITE.back("https://zhuanlan.zhihu.com/p/1") == "https://zhuanlan.zhihu.com/p/1"


@pytest.mark.parametrize(
    ("url", "resource", "may"),
    [
        ("https://www.zhihu.com/question/1", "document", True),
        ("https://www.zhihu.com/api/v4/questions/1/feeds", "fetch", True),
        ("https://static.zhihu.com/zse-ck/v4/0.js", "script", True),
        ("https://unpkg.zhimg.com/za-js-sdk.js", "script", True),
        ("https://pic1.zhimg.com/50/a.jpg", "image", False),
        ("https://static.zhihu.com/a.woff2", "font", False),
        ("https://vdn.vzuu.com/a.mp4", "media", False),
        ("https://hm.baidu.com/hm.js", "script", False),
        ("https://notzhihu.com/", "document", False),
        ("https://zhihu.com.example.org/", "document", False),
        ("http://www.zhihu.com/", "document", False),
        ("https://www.zhihu.com:8443/", "document", False),
        ("http://127.0.0.1:8080/", "document", False),
        ("file:///etc/passwd", "document", False),
    ],
)
def test_only_what_is_the_sites_and_is_read_is_loaded(url, resource, may):
    assert SITE.may_load(url, resource) is may


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:8080/question/1", True),
        ("http://127.0.0.1:8081/question/1", False),
        ("https://www.zhihu.com/question/1", False),
        ("http://169.254.169.254/", False),
    ],
)
def test_with_the_sandbox_nothing_but_it_is_loaded(url, may):
    assert SANDBOX.may_load(url, "document") is may


def test_who_asks_shows_no_secret():
    shown = repr(Identity(name="a", user_agent="ua", cookies={"z_c0": "s3cr3t"}, proxy={"password": "s3cr3t"}))
    assert "s3cr3t" not in shown
    assert "name='a'" in shown


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, {"data": [1, 2], "paging": {"is_end": False}}, (2, False)),
        (200, {"data": [], "paging": {"is_end": True}}, (0, True)),
        (200, {"data": [1]}, (1, False)),
        (403, {"error": {"code": 40362}}, (None, True)),
        (200, {"error": {"code": 5000}, "data": []}, (None, True)),
        (503, {"data": [], "paging": {}}, (None, True)),
        (200, [1], (None, True)),
        (200, "x", (None, True)),
    ],
)
def test_a_reply_says_how_many_records_it_holds_and_whether_they_are_the_last(status, body, told):
    assert read_listing(Reply("", status, (), json.dumps(body).encode())) == told


def test_a_reply_that_was_cut_short_counts_as_refused():
    assert read_listing(Reply("", 200, (), b'{"data": [')) == (None, True)
