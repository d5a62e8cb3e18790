from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from scrapy.exceptions import IgnoreRequest
from scrapy.http import TextResponse

from tests.helpers.sessions import keep_sessions
from zhihu_crawler.sessions import SESSION, SessionPool, State
from zhihu_crawler.sessions.check import CHECK, ME, check_all, check_session
from zhihu_crawler.sessions.session import utc_now

KNOWN = '{"id": "1", "url_token": "zhang-san", "name": "张三"}'


class Engine:
    """Answers every check alike, or raises."""

    def __init__(self, status=200, body=KNOWN, error=None):
        self.status, self.body, self.error, self.asked = status, body, error, []

    async def download_async(self, request):
        self.asked.append((request.url, request.meta[SESSION], request.meta[CHECK]))
        if self.error:
            raise self.error
        return TextResponse(request.url, status=self.status, body=self.body.encode())


@pytest.fixture
def pool(tmp_path):
    store = keep_sessions(tmp_path / "s", "a", "b")
    return SessionPool(store, store.load_all()[0])


def check(pool, **answer):
    return asyncio.run(check_session(SimpleNamespace(engine=Engine(**answer)), pool, "a"))


def test_each_session_is_asked_about_once_unless_it_is_known_to_have_expired(pool):
    engine = Engine()
    pool.expire("b", "x")
    asyncio.run(check_all(SimpleNamespace(engine=engine), pool))
    assert engine.asked == [("https://www.zhihu.com/api/v4/me", "a", True)]
    assert ME == "https://www.zhihu.com/api/v4/me"


def test_whoever_is_known_has_a_name(pool):
    assert check(pool) is State.GOOD
    assert (pool.get("a").account, pool.get("a").token) == ("张三", "zhang-san")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, '{"error": {"code": 100, "name": "AuthenticationInvalidRequest"}}'),
        (403, '{"error": {"code": 101}}'),
        (200, '{"error": {"code": 100}}'),
        (401, ""),
    ],
)
def test_whoever_is_not_known_has_expired(pool, status, body, caplog):
    assert check(pool, status=status, body=body) is State.EXPIRED
    assert "the site does not know it" in caplog.text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, '{"error": {"code": 40362}}'),
        (401, '{"error": {"code": 602}}'),
        (403, '<html><meta id="zh-zse-ck"></html>'),
        (500, ""),
        (200, "[]"),
        (200, "{}"),
        (200, '{"error": "x"}'),
    ],
)
def test_what_says_nothing_of_the_login_changes_nothing(pool, status, body, caplog):
    assert check(pool, status=status, body=body) is State.GOOD
    assert "could not be checked" in caplog.text
    assert pool.get("a").checked is None


@pytest.mark.parametrize("error", [OSError("reset"), TimeoutError(), IgnoreRequest("robots.txt")])
def test_no_reply_changes_nothing(pool, error):
    assert check(pool, error=error) is State.GOOD


def test_a_limited_session_is_not_asked_about(pool):
    engine = Engine()
    pool.limit("a", utc_now() + timedelta(hours=1), "code 40362")
    assert asyncio.run(check_session(SimpleNamespace(engine=engine), pool, "a")) is State.LIMITED
    assert engine.asked == []


def test_a_session_that_is_not_there_has_expired(pool):
    assert asyncio.run(check_session(SimpleNamespace(engine=Engine()), pool, "absent")) is State.EXPIRED
