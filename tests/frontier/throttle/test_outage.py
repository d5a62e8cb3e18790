"""Redis is away: a worker alone, its share, its pauses, and the way back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.frontier.throttle.fleet import now
from tests.helpers.redis import running_redis
from tests.helpers.virtual import run_virtually
from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.throttle import Throttle
from zhihu_crawler.frontier.throttle.book import MemoryBook
from zhihu_crawler.frontier.throttle.outage import PATIENCE_SECONDS, SafeBook
from zhihu_crawler.frontier.throttle.shared import RedisBook

if TYPE_CHECKING:
    from zhihu_crawler.frontier.throttle.record import Reading

CONFIG = ThrottleConfig(rate=8.0, concurrency=0.0, rate_min=0.1)


class Shaky(MemoryBook):
    """A shared book that may be refused or hang, and says that four workers are alive."""

    state = "up"

    async def look(self, *args: Any) -> Reading:
        await self._suffer()
        return replace(await super().look(*args), workers=4)

    async def take(self, *args: Any) -> Reading:
        await self._suffer()
        return replace(await super().take(*args), workers=4)

    async def write(self, *args: Any) -> Reading | None:
        await self._suffer()
        return await super().write(*args)

    async def _suffer(self) -> None:
        if self.state == "refused":
            raise RedisConnectionError("refused")
        if self.state == "hung":
            await asyncio.sleep(1e6)


def alone() -> tuple[Shaky, SafeBook, Throttle]:
    shaky = Shaky("me")
    book = SafeBook(shaky, tell=lambda error: f"Redis: {error}")
    return shaky, book, Throttle(book, CONFIG)


async def gone_in(throttle: Throttle, seconds: float) -> list[float]:
    end, gone = now() + seconds, []
    while now() < end:
        await throttle.acquire()
        gone.append(now())
    return gone[:-1] if gone[-1] >= end else gone


@pytest.mark.parametrize("state", ["refused", "hung"])
def test_a_worker_alone_keeps_to_its_share_and_shares_again_afterwards(state: str):
    shaky, book, throttle = alone()

    async def main():
        before = await gone_in(throttle, 10)
        shaky.state = state
        during = await gone_in(throttle, 100)
        assert book.is_down
        shaky.state = "up"
        await gone_in(throttle, 5)
        assert not book.is_down
        return before, during, await gone_in(throttle, 10)

    before, during, after = run_virtually(main())
    assert len(before) == pytest.approx(80, abs=2)
    share = 8.0 / 4 * 100
    assert share * (0.35 if state == "hung" else 0.95) <= len(during) <= share + 1  # a hung one costs its patience
    assert min(late - early for early, late in pairwise(during)) > 0.45
    assert len(after) == pytest.approx(80, abs=2)


def test_it_is_said_once_going_and_once_coming(caplog: pytest.LogCaptureFixture):
    shaky, book, throttle = alone()

    async def main():
        await throttle.acquire()
        for _ in range(3):
            shaky.state = "refused"
            await gone_in(throttle, 20)
            shaky.state = "up"
            await gone_in(throttle, 10)

    with caplog.at_level(logging.INFO, "zhihu_crawler"):
        run_virtually(main())
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(".")[0] for line in told] == [
        "Redis: refused",
        "Redis is back: all workers share one rate again",
    ] * 3
    assert book.outages == 3


def test_who_never_saw_redis_goes_at_the_least_rate_from_an_empty_bucket():
    shaky, _, throttle = alone()
    shaky.state = "refused"
    gone = run_virtually(gone_in(throttle, 100))
    assert gone[0] == pytest.approx(10, abs=0.1)
    assert len(gone) == pytest.approx(10, abs=1)


def test_a_pause_that_stands_goes_on_without_redis():
    shaky, _, throttle = alone()

    async def main():
        await throttle.acquire()
        await throttle.brake("guest", "429", retry_after=60)
        await asyncio.sleep(10)
        shaky.state = "refused"
        await throttle.acquire()
        return now()

    assert run_virtually(main()) == pytest.approx(60, abs=1)


def test_a_pause_that_is_met_without_redis_is_told_to_the_others_afterwards():
    shaky, _, throttle = alone()

    async def main():
        await throttle.acquire()
        shaky.state = "refused"
        permit = await throttle.acquire()
        await throttle.brake("guest", "429", retry_after=60, permit=permit)
        assert shaky.records["site"].epoch == 0
        await asyncio.sleep(20)
        shaky.state = "up"
        await throttle.acquire()
        return shaky.records["site"], now()

    record, end = run_virtually(main())
    assert (record.epoch, record.reason, record.strikes, record.rate) == (1, "429", 1, 4.0)
    assert record.until == pytest.approx(60, abs=2)
    assert end >= record.until


def test_a_longer_pause_of_the_others_is_left_alone():
    shaky, _, throttle = alone()

    async def main():
        await throttle.acquire()
        shaky.state = "refused"
        permit = await throttle.acquire()
        await throttle.brake("guest", "429", retry_after=60, permit=permit)
        shaky.state = "up"
        await Throttle(shaky, CONFIG).brake("guest", "40362", retry_after=600)
        await throttle.acquire()
        return shaky.records["site"]

    record = run_virtually(main())
    assert (record.reason, record.epoch) == ("40362", 1)


def test_a_real_server_that_is_killed_and_comes_back_empty(caplog: pytest.LogCaptureFixture):
    config = replace(CONFIG, rate=40.0, burst=1.0)

    async def main(server: Any):
        client = connect(server.url, timeout=0.5)
        book = SafeBook(RedisBook(client, "me", "test"))
        throttle = Throttle(book, config)
        await gone_in(throttle, 0.5)
        await throttle.slow_down("guest", "503")
        server.kill()
        during = await gone_in(throttle, 1.5)
        await asyncio.to_thread(server.start)
        while book.is_down:
            await throttle.acquire()
        [state] = await throttle.state()
        await throttle.close()
        return during, state

    with running_redis() as server, caplog.at_level(logging.INFO, "zhihu_crawler"):
        during, state = asyncio.run(main(server))
    assert 10 <= len(during) <= 31
    assert state.rate == 20  # what was known is not forgotten with Redis
    assert len([record for record in caplog.records if "this worker goes on alone" in record.getMessage()]) == 1


def test_a_server_that_hangs_is_given_up_after_a_short_patience():
    async def main(server: Any):
        book = SafeBook(RedisBook(connect(server.url, timeout=0.5), "me", "test"))
        throttle = Throttle(book, CONFIG)
        await throttle.acquire()
        server.hang()
        begun = now()
        await throttle.acquire()
        waited = now() - begun
        server.go_on()
        await throttle.close()
        return waited, book.is_down

    with running_redis() as server:
        waited, is_down = asyncio.run(main(server))
    assert is_down
    assert waited < PATIENCE_SECONDS + 1 / CONFIG.rate_min
