"""Asking the site about sessions outside a crawl: nothing else may be done on the way."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from scrapy.utils.project import get_project_settings

from tests.helpers.sessions import keep_sessions
from tests.sessions.test_check import Engine
from zhihu_crawler.commands import _check
from zhihu_crawler.commands._check import CheckSpider, check
from zhihu_crawler.sessions import SessionPool, SessionStore, State


class Process:
    """Takes what it is to crawl, and what with."""

    made: list[Process] = []  # noqa: RUF012  # emptied by the fixture

    def __init__(self, settings):
        self.settings, self.names, self.is_started = settings, None, False
        self.made.append(self)

    def crawl(self, spider, names):
        assert spider is CheckSpider
        self.names = names

    def start(self):
        self.is_started = True


@pytest.fixture
def made(monkeypatch):
    Process.made.clear()
    monkeypatch.setattr(_check, "AsyncCrawlerProcess", Process)
    return Process.made


def test_a_check_is_no_crawl(made):
    settings = get_project_settings()
    settings.setdict({"JOBDIR": "x", "ROBOTSTXT_OBEY": True, "FEEDS": {"x.json": {}}, "ZHIHU_RATE": 0.5}, "cmdline")
    check(settings, iter(["a", "b"]))
    [process] = made
    assert (process.names, process.is_started) == (["a", "b"], True)
    assert process.settings["ZHIHU_SESSIONS"] == "a,b"
    for name in ("EXTENSIONS", "ITEM_PIPELINES", "FEEDS"):
        assert not process.settings.getdict(name), name
    assert process.settings["JOBDIR"] is None
    assert not process.settings.getbool("ROBOTSTXT_OBEY")
    assert process.settings["ZHIHU_RATE"] == 0.5
    assert settings["JOBDIR"] == "x"


def test_without_sessions_nothing_is_started(made):
    check(get_project_settings(), [])
    assert made == []


def test_the_spider_asks_about_each_session_that_was_named(tmp_path, monkeypatch):
    store = keep_sessions(tmp_path, "a", "b", "c")
    pool, engine = SessionPool(store, store.load_all()[0]), Engine(status=401, body='{"error": {"code": 100}}')
    monkeypatch.setattr(_check, "pool_of", lambda crawler: pool)
    spider = CheckSpider(["c", "a"])
    spider.crawler = SimpleNamespace(engine=engine)

    async def run():
        return [one async for one in spider.start()]

    assert asyncio.run(run()) == []
    assert [name for _, name, _ in engine.asked] == ["c", "a"]
    states = {session.name: session.state for session in SessionStore(tmp_path).load_all()[0]}
    assert states == {"a": State.EXPIRED, "b": State.GOOD, "c": State.EXPIRED}
