"""The life of a shared crawl: paused, drained, ended without Redis, and a Redis that came back empty."""

from __future__ import annotations

import signal
import time

import pytest

from tests.helpers.fleet import running_fleet, until
from tests.helpers.proxy import running_proxy
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import running_sandbox
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.link import Keys

pytestmark = pytest.mark.crawl
LONG = ("question", "-a", "ids=25000001,25000002,25000003,25000004", "-a", "follow=authors")
QUICK = {"IDLE_SECONDS": "0.5", "FRONTIER_LEASE_SECONDS": "5", "FRONTIER_TIMEOUT_SECONDS": "1"}


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def redis():
    with running_redis() as redis:
        yield redis


def admin_of(redis):
    return Admin(redis.client, Keys("question"), "question:start_urls")


def done(admin):
    return admin.state().counts["done"]


def test_a_crawl_is_paused_goes_on_and_is_drained(sandbox, redis, tmp_path):
    admin = admin_of(redis)
    with running_fleet(tmp_path, redis.url, sandbox.origin, *LONG, **QUICK) as fleet:
        fleet.start()
        fleet.start()
        until(lambda: admin.exists() and done(admin) > 20, told=fleet.logs)
        admin.pause()
        until(lambda: sum(worker.leased for worker in admin.state().workers) == 0, told=fleet.logs)
        at_rest = done(admin)
        time.sleep(1.5)
        assert done(admin) == at_rest
        assert all(worker.process.poll() is None for worker in fleet.workers)
        admin.resume()
        until(lambda: done(admin) > at_rest + 20, told=fleet.logs)
        admin.drain()
        assert fleet.wait() == [0, 0]
        state = admin.state()
        assert (state.workers, state.mode) == ([], "draining")
        assert state.waiting > 0
        assert fleet.logs().count("'finish_reason': 'drained'") == 2
        assert "Traceback" not in fleet.logs()

        fleet.start()  # who comes after a drain is not concerned
        until(lambda: done(admin) > state.counts["done"] + 20, told=fleet.logs)


def test_clearing_a_crawl_ends_its_workers(sandbox, redis, tmp_path):
    admin = admin_of(redis)
    with running_fleet(tmp_path, redis.url, sandbox.origin, *LONG, **QUICK) as fleet:
        worker = fleet.start()
        until(lambda: admin.exists() and done(admin) > 20, told=fleet.logs)
        admin.clear()
        assert worker.wait(60) == 4
        assert "ERROR: the queue of 'question' was cleared" in worker.log
        assert "Traceback" not in worker.log
        assert not redis.client.keys("{question}:*")


def test_a_redis_that_came_back_empty_is_not_taken_for_the_end(sandbox, redis, tmp_path):
    admin = admin_of(redis)
    with running_fleet(tmp_path, redis.url, sandbox.origin, *LONG, **QUICK) as fleet:
        worker = fleet.start()
        until(lambda: admin.exists() and done(admin) > 20, told=fleet.logs)
        redis.restart()
        assert worker.wait(60) == 4
        assert "ERROR: the queue of 'question' did not outlive a restart of Redis" in worker.log
        assert "'finish_reason': 'frontier_lost'" in worker.log
        assert "Traceback" not in worker.log
        assert not admin.exists()


def test_a_worker_ends_in_bounded_time_without_redis_and_its_work_goes_to_others(sandbox, redis, tmp_path):
    admin = admin_of(redis)
    with (
        running_proxy(redis.port) as proxy,
        running_fleet(tmp_path, proxy.url, sandbox.origin, *LONG, **QUICK) as fleet,
    ):
        worker = fleet.start()
        until(lambda: admin.exists() and done(admin) > 20, told=fleet.logs)
        proxy.refuse()
        until(lambda: "The crawl pauses" in worker.log, told=fleet.logs)
        worker.signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        assert "requests of this worker go to others after 5 s" in worker.log
        assert worker.log.count("The crawl pauses") == 1
        assert "Traceback" not in worker.log
        assert admin.state().workers[0].leased > 0
        proxy.accept()
        fleet.start()
        until(lambda: admin.state().counts["reaped"] == 1, told=fleet.logs)
