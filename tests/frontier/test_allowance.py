"""What throttle and sessions mean for the queue: nobody hoards what cannot be sent, and nothing is lost of it."""

from __future__ import annotations

import asyncio
import math
import signal
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from tests.frontier.faults import Arrivals
from tests.helpers.fleet import running_fleet, until
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions
from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.allowance import HANDED_BACK_MARKS, SOON_SECONDS, Allowance, is_handed_back
from zhihu_crawler.frontier.leases import Lease
from zhihu_crawler.frontier.link import Keys
from zhihu_crawler.frontier.throttle import BUDGET, Throttle, slot_of
from zhihu_crawler.frontier.throttle.crawler import book_of, throttle_of
from zhihu_crawler.frontier.throttle.seats import HANDED_BACK
from zhihu_crawler.sessions.pool import MOVED, NO_SESSION


def allowance_of(**settings):
    """An allowance without an engine but for its downloader, which has two requests of the site's slot."""
    crawler = get_crawler(settings_dict={"CONCURRENT_REQUESTS_PER_DOMAIN": 1} | settings)
    active = {lease("guest").request, lease("guest").request}
    downloader = SimpleNamespace(active=active, get_slot_key=lambda request: request.meta["download_slot"])
    crawler.engine = SimpleNamespace(downloader=downloader, _slot=None)
    return Allowance(crawler), throttle_of(crawler)


def lease(budget):
    meta = {"download_slot": slot_of(budget)} | ({} if budget == "guest" else {BUDGET: budget})
    return Lease("1", Request("https://www.zhihu.com/question/1", meta=meta))


def test_a_worker_takes_what_it_may_send_soon():
    async def most():
        allowance, throttle = allowance_of(ZHIHU_RATE=4, ZHIHU_CONCURRENCY=0)
        before = allowance.most()
        await throttle.acquire()
        return before, allowance.most()

    assert asyncio.run(most()) == (2, 4 * SOON_SECONDS + 1)


def test_where_the_rate_has_no_limit_it_takes_what_it_can_work_on():
    async def most():
        allowance, throttle = allowance_of(ZHIHU_ORIGIN="http://127.0.0.1:1")
        await throttle.acquire()
        return allowance.most()

    assert asyncio.run(most()) == math.inf


@pytest.mark.parametrize(("pause", "is_long"), [(SOON_SECONDS - 1, False), (SOON_SECONDS + 5, True)])
def test_while_everybody_pauses_it_takes_nothing_and_gives_back_what_would_wait_long(pause, is_long):
    async def paused():
        allowance, throttle = allowance_of()
        await throttle.acquire()
        await throttle.brake("guest", "429", retry_after=pause)
        return allowance.most(), allowance.is_long_paused

    assert asyncio.run(paused()) == (0, is_long)


def test_requests_of_a_session_that_pauses_take_nobodys_place():
    async def asleep():
        allowance, throttle = allowance_of(ZHIHU_CONCURRENCY=0)
        await throttle.acquire("tired")
        await throttle.brake("tired", "429", retry_after=30)
        return allowance.asleep([lease("tired"), lease("other"), lease("guest"), lease("tired")]), allowance.most()

    assert asyncio.run(asleep()) == (2, SOON_SECONDS + 1)


def test_what_has_no_room_in_its_slot_is_passed_over():
    async def first(*budgets):
        return allowance_of()[0].first([lease(budget) for budget in budgets])

    assert asyncio.run(first("guest", "guest", "mine")) == 2
    assert asyncio.run(first("mine", "guest")) == 0
    assert asyncio.run(first("guest")) is None
    assert asyncio.run(first()) is None


def test_the_marks_of_what_is_handed_back_are_those_that_middlewares_set():
    assert HANDED_BACK_MARKS == (HANDED_BACK, NO_SESSION, MOVED)
    assert is_handed_back(Request("https://a.example", meta={NO_SESSION: True}))
    assert not is_handed_back(Request("https://a.example", meta={"retry_times": 2}))


@pytest.fixture(scope="module")
def redis():
    with running_redis() as redis:
        yield redis


@pytest.fixture
def admin(redis):
    redis.client.flushall()
    return Admin(redis.client, Keys("answer"), "answer:start_urls")


@pytest.fixture
def flat(tmp_path):
    """A sandbox, its log, and arguments that crawl 60 answers of it."""
    with running_sandbox("--login", "optional", "--log", str(tmp_path / "arrivals")) as sandbox:
        ids = sandbox.truth("question/24000001")["answers"]["ids"][:60]
        (tmp_path / "seeds").write_text("\n".join(ids))
        yield sandbox, Arrivals(tmp_path / "arrivals"), ("answer", "-a", f"seeds_file={tmp_path / 'seeds'}")


def outsider(redis, sandbox):
    """Settings of somebody who draws on the same budget from outside."""
    return Settings({"REDIS_URL": redis.url, "ZHIHU_ORIGIN": sandbox.origin})


async def brake(settings, seconds):
    throttle = Throttle(book_of(settings), ThrottleConfig.from_settings(settings))
    await throttle.brake("guest", "429", retry_after=seconds)
    await throttle.close()


async def resume(settings):
    throttle = Throttle(book_of(settings), ThrottleConfig.from_settings(settings))
    await throttle.resume()
    await throttle.close()


def lease_end(redis):
    [(_, milliseconds)] = redis.client.zrange("{answer}:workers", 0, 0, withscores=True)
    return milliseconds


@pytest.mark.crawl
def test_a_worker_keeps_what_waits_for_the_budget_and_hands_all_of_it_back_as_it_ends(redis, admin, flat, tmp_path):
    sandbox, arrivals, command = flat
    settings = {"IDLE_SECONDS": "0.5", "FRONTIER_LEASE_SECONDS": "1", "CONCURRENT_REQUESTS": "4"}
    with running_fleet(tmp_path, redis.url, sandbox.origin, *command, **settings) as fleet:
        worker = fleet.start(DOWNLOAD_DELAY="0.05", CONCURRENT_REQUESTS_PER_DOMAIN="2")
        until(lambda: admin.exists() and admin.state().counts["done"] > 5, told=fleet.logs)
        asyncio.run(brake(outsider(redis, sandbox), 50))
        until(lambda: 0 < admin.state().workers[0].leased <= 3, told=fleet.logs)  # two have seats, one waits for one
        first = lease_end(redis)
        until(lambda: lease_end(redis) > first + 1500, told=fleet.logs)  # renewed, longer than it lasts
        done = admin.state().counts["done"]
        worker.signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        state = admin.state()
        assert (state.counts["reaped"], state.counts["done"], state.dead) == (0, done, 0)
        assert state.waiting == state.counts["pushed"] - done
        asyncio.run(resume(outsider(redis, sandbox)))
        assert fleet.start().wait() == 0
        asked = arrivals.since(0)
        assert (len(asked), set(asked.values())) == (120, {1})  # each is found by way of a redirect
        assert admin.state().mode == "finished"


@pytest.mark.crawl
def test_without_a_session_a_worker_ends_and_its_requests_wait_untried(redis, admin, flat, tmp_path):
    sandbox, arrivals, command = flat
    keep_sessions(tmp_path / "sessions", "a")
    with running_fleet(tmp_path, redis.url, sandbox.origin, *command, IDLE_SECONDS="0.5") as fleet:
        assert fleet.start(ZHIHU_SESSION_DIR=str(tmp_path / "sessions"), ZHIHU_SESSIONS="").wait() == 5
        state = admin.state()
        assert (state.waiting, state.dead, state.counts["done"], state.mode) == (60, 0, 0, "running")
        assert fleet.start().wait() == 0
        assert len([path for path in arrivals.since(0) if "/api/v4/me" not in path]) == 120
        assert (admin.state().dead, admin.state().mode) == (0, "finished")
