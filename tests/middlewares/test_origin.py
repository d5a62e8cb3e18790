from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler

from zhihu_crawler.middlewares.origin import OriginMiddleware

ASKED = "https://www.zhihu.com/question/1?sort=created"


@pytest.fixture
def middleware() -> OriginMiddleware:
    return OriginMiddleware("http://127.0.0.1:8080")


def sent(middleware: OriginMiddleware, url: str) -> Request:
    request = Request(url)
    middleware.process_request(request)
    return request


def test_without_an_origin_it_is_off_without_a_word():
    with pytest.raises(NotConfigured, match=r"^$"):
        OriginMiddleware.from_crawler(get_crawler(settings_dict={"ZHIHU_ORIGIN": ""}))


def test_the_setting_switches_it_on():
    middleware = OriginMiddleware.from_crawler(get_crawler(settings_dict={"ZHIHU_ORIGIN": "http://localhost:1/"}))
    assert sent(middleware, ASKED).url == "http://localhost:1/question/1?sort=created"


@pytest.mark.parametrize("host", ["www.zhihu.com", "zhuanlan.zhihu.com", "api.zhihu.com"])
def test_every_host_of_the_site_is_sent_to_the_origin_and_named_as_host(middleware: OriginMiddleware, host: str):
    request = sent(middleware, f"https://{host}/a/b?c=d")
    assert request.url == "http://127.0.0.1:8080/a/b?c=d"
    assert request.headers["Host"] == host.encode()


@pytest.mark.parametrize("url", ["https://www.zhihu.com.evil.com/a", "https://notzhihu.com/a", "http://127.0.0.1:9/a"])
def test_other_hosts_are_left_alone(middleware: OriginMiddleware, url: str):
    request = sent(middleware, url)
    assert request.url == url
    response = HtmlResponse(url)
    assert middleware.process_response(request, response) is response


def test_request_and_response_get_the_address_back_that_was_asked_for(middleware: OriginMiddleware):
    request = sent(middleware, ASKED)
    response = middleware.process_response(request, HtmlResponse(request.url, body=b"x"))
    assert (request.url, response.url, response.body) == (ASKED, ASKED, b"x")
    assert "zhihu_asked_url" not in request.meta


def test_a_request_that_failed_gets_its_address_back(middleware: OriginMiddleware):
    request = sent(middleware, ASKED)
    middleware.process_exception(request, OSError())
    assert request.url == ASKED


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("http://127.0.0.1:8080/signin?next=%2F", "https://www.zhihu.com/signin?next=%2F"),
        ("http://127.0.0.1:8080", "https://www.zhihu.com"),
        ("/signin", "/signin"),
        ("https://zhuanlan.zhihu.com/p/1", "https://zhuanlan.zhihu.com/p/1"),
        ("http://127.0.0.1:80801/", "http://127.0.0.1:80801/"),
        ("http://127.0.0.1:8080.evil.com/", "http://127.0.0.1:8080.evil.com/"),
    ],
)
def test_a_redirect_within_the_origin_is_one_within_the_site(middleware: OriginMiddleware, told: str, meant: str):
    request = sent(middleware, ASKED)
    response = HtmlResponse(request.url, status=302, headers={"Location": told})
    assert middleware.process_response(request, response).headers["Location"] == meant.encode()
