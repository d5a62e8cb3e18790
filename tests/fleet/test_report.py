from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import RedisError

from tests.helpers.proxy import running_proxy
from tests.helpers.redis import running_redis
from zhihu_crawler.fleet.keys import KEPT_SECONDS, ReportKeys
from zhihu_crawler.fleet.report import Reporter, counts_of
from zhihu_crawler.fleet.view import SpiderReport, look
from zhihu_crawler.frontier.connect import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.helpers.redis import Redis

ABOUT = {"host": "here", "pid": 7, "started": "2026-06-01T00:00:00+00:00"}


@pytest.fixture(scope="module")
def running() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def server(running: Redis) -> Redis:
    with running.client as client:
        client.flushall()
    return running


def report(server_url: str, work: Callable[[Reporter], Coroutine[Any, Any, None]], worker: str = "one") -> None:
    async def run() -> None:
        client = connect(server_url, timeout=2, name="test")
        await work(Reporter(client, "answer", worker))
        await client.aclose()

    asyncio.run(run())


def seen(server: Redis) -> SpiderReport:
    with server.client as client:
        return look(client, "answer")


def total(server: Redis, name: str) -> int:
    return sum(getattr(minute, name) for minute in seen(server).minutes)


def test_stats_become_counts_of_pages_items_and_refusals_by_meaning():
    stats = {
        "item_scraped_count": 9,
        "log_count/ERROR": 1,
        "zhihu/replies/ok": 5,
        "zhihu/replies/slow-down/code-40362": 2,
        "zhihu/replies/slow-down/http-429": 1,
        "zhihu/replies/gone/code-404": 1,
        "zhihu/frontier/waiting": 40,
    }
    assert counts_of(stats) == {
        "items": 9,
        "errors": 1,
        "pages": 9,
        "replies/slow-down": 3,
        "replies/gone": 1,
        "waiting": 40,
    }
    assert counts_of({}) == {"items": 0, "errors": 0}


def test_totals_are_sent_as_what_was_added_and_the_queue_as_it_is(server: Redis):
    async def work(reporter: Reporter) -> None:
        await reporter.report({"pages": 5, "items": 2, "waiting": 90, "replies/slow-down": 1}, ABOUT)
        await reporter.report({"pages": 8, "items": 2, "waiting": 70, "replies/slow-down": 1}, ABOUT, 1_700_000_000.5)

    report(server.url, work)
    found = seen(server)
    assert (total(server, "pages"), total(server, "items"), total(server, "refused")) == (8, 2, 1)
    assert found.minutes[-1].waiting == 70
    assert found.last_item
    assert found.last_item.timestamp() == 1_700_000_000.5
    [worker] = found.workers
    assert (worker.name, worker.about["pid"], worker.is_alive) == ("one", 7, True)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_report_whose_reply_was_lost_counts_once(server: Redis, lost: int):
    async def work(reporter: Reporter) -> None:
        for pages in range(1, 9):
            try:
                await reporter.report({"pages": pages}, ABOUT)
            except (RedisError, OSError):
                continue
        await reporter.report({"pages": 8}, ABOUT)

    with running_proxy(server.port) as proxy:
        proxy.swallow(lost, to=(b"EVALSHA",))
        report(proxy.url, work)
        assert proxy.swallowed == lost
    assert total(server, "pages") == 8


def test_a_worker_that_comes_back_under_its_name_begins_anew(server: Redis):
    async def work(reporter: Reporter) -> None:
        for pages in (3, 5):
            await reporter.report({"pages": pages}, ABOUT)

    report(server.url, work)
    report(server.url, work)
    assert total(server, "pages") == 10
    assert len(seen(server).workers) == 1


def test_an_older_item_does_not_take_the_place_of_a_newer_one(server: Redis):
    async def work(reporter: Reporter) -> None:
        await reporter.report({}, ABOUT, 2_000.0)
        await reporter.report({}, ABOUT, 1_000.0)

    report(server.url, work)
    last = seen(server).last_item
    assert last
    assert last.timestamp() == 2_000


def test_why_a_worker_ended_is_kept_and_nothing_is_kept_for_ever(server: Redis):
    async def work(reporter: Reporter) -> None:
        await reporter.report({"pages": 1}, ABOUT | {"ended": "blocked"}, 1.0)

    report(server.url, work)
    [worker] = seen(server).workers
    assert (worker.ended, worker.is_alive) == ("blocked", False)
    with server.client as client:
        keys = list(client.scan_iter())
        lasting = {key: client.ttl(key) for key in keys}
        assert client.hgetall(ReportKeys("answer").minutes) == {b"last_item": b"1000"}
    del lasting[ReportKeys("answer").minutes.encode()]
    assert all(0 < left <= KEPT_SECONDS + 3600 for left in lasting.values()), lasting


def test_a_worker_that_is_not_heard_of_is_silent_and_gone_after_a_day(server: Redis):
    async def work(reporter: Reporter) -> None:
        await reporter.report({}, ABOUT)

    report(server.url, work)
    keys = ReportKeys("answer")
    with server.client as client:
        client.hincrby(keys.worker("one"), "at", -60_000)
    [worker] = seen(server).workers
    assert worker.is_silent
    with server.client as client:
        client.zincrby(keys.workers, -(KEPT_SECONDS + 1) * 1000, "one")
    report(server.url, work, worker="two")
    assert [worker.name for worker in seen(server).workers] == ["two"]
