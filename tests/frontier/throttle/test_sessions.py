"""Sessions have rates of their own, and pauses that others do not share."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.frontier.throttle.fleet import Fleet, now
from tests.frontier.throttle.test_throttle import CONFIG
from tests.helpers.virtual import run_virtually
from zhihu_crawler.config import ThrottleConfig


def test_without_a_limit_nothing_waits_but_a_pause_holds():
    fleet = Fleet(ThrottleConfig(rate=0.0, session_rate=0.0, cooldown=5.0), workers=2)
    one, other = fleet.throttles.values()

    async def main():
        for _ in range(1000):
            assert await one.acquire()
            one.note_latency(0.1, is_good=True)
        assert now() == 0
        assert not one._latencies  # nobody would ever ask for them
        await other.acquire()
        await one.brake("guest", "429")
        await asyncio.sleep(1)
        await other.acquire()
        return now()

    assert run_virtually(main()) == pytest.approx(5, abs=0.01)


def test_a_session_that_is_paused_or_slow_stands_in_no_others_way():
    fleet = Fleet(replace(CONFIG, rate=2.0, session_rate=0.5, cooldown=500.0))
    [throttle] = fleet.throttles.values()
    gone: dict[str, int] = {"slow": 0, "paused": 0, "guest": 0}

    async def line(budget: str):
        while await throttle.acquire(budget):
            gone[budget] += 1

    async def main():
        await throttle.acquire("paused")
        await throttle.brake("paused", "40362")
        lines = [asyncio.ensure_future(line(budget)) for budget in gone for _ in range(20)]
        await asyncio.sleep(200)
        for one in lines:
            one.cancel()

    run_virtually(main())
    assert gone["paused"] == 0
    assert gone["slow"] == pytest.approx(100, abs=3)
    assert gone["guest"] == pytest.approx(300, abs=6)


def test_a_session_takes_a_token_of_the_site_too():
    fleet = Fleet(replace(CONFIG, rate=1.0, session_rate=10.0), workers=3)
    run_virtually(fleet.work(100, budget="mine"))
    assert len(fleet.arrivals) == pytest.approx(100, abs=2)


def test_a_session_that_is_refused_slows_itself_and_not_the_site():
    fleet = Fleet(CONFIG)
    [throttle] = fleet.throttles.values()

    async def main():
        permit = await throttle.acquire("mine")
        await throttle.brake("mine", "40362", permit=permit)
        return await throttle.state(("site", "mine"))

    site, mine = run_virtually(main())
    assert (site.rate, site.paused) == (1.0, 0)
    assert (mine.rate, mine.paused, mine.reason) == (0.5, 30, "40362")


def test_a_session_that_is_paused_while_it_waits_for_the_site_does_not_go():
    fleet = Fleet(replace(CONFIG, rate=0.1), workers=2)
    one, other = fleet.throttles.values()

    async def main():
        await one.acquire()
        waiting = asyncio.ensure_future(other.acquire("mine"))
        await asyncio.sleep(5)
        await one.brake("mine", "40362", retry_after=100)
        await waiting
        return now()

    assert run_virtually(main()) >= 105


def test_when_the_crawl_closes_nobody_waits_and_turns_are_given_back():
    fleet = Fleet(replace(CONFIG, rate=0.02))
    [throttle] = fleet.throttles.values()

    async def main():
        await throttle.acquire()
        waiting = [asyncio.ensure_future(throttle.acquire(budget)) for budget in ("guest", "guest", "mine")]
        await asyncio.sleep(10)
        assert fleet.records["site"].turns
        fleet.is_closing = True
        assert await asyncio.gather(*waiting) == [None, None, None]
        return now()

    assert run_virtually(main()) <= 10.5
    assert not fleet.records["site"].turns


def test_what_is_told_is_short():
    fleet = Fleet(replace(CONFIG, concurrency=0.0))
    [throttle] = fleet.throttles.values()

    async def main():
        told = [throttle.told()]
        await throttle.acquire()
        told.append(throttle.told())
        await throttle.brake("guest", "429")
        told.append(throttle.told())
        await asyncio.sleep(31)
        await throttle.acquire()
        return [*told, throttle.told()]

    assert run_virtually(main()) == [None, None, "paused 30 s (429)", "0.5/s of 1/s"]


def test_a_pause_holds_though_the_books_clock_goes_ahead_and_though_it_forgets():
    fleet = Fleet(replace(CONFIG, cooldown=100.0))
    [throttle] = fleet.throttles.values()

    async def main():
        await throttle.acquire()
        await throttle.brake("guest", "429")
        await asyncio.sleep(1)
        fleet.records["site"].until -= 90
        await throttle.acquire()
        ahead = now()
        await throttle.brake("guest", "429")
        await asyncio.sleep(1)
        fleet.records.clear()
        await throttle.acquire()
        return ahead, now(), fleet.records["site"].rate

    ahead, forgotten, rate = run_virtually(main())
    assert ahead == pytest.approx(100, abs=1)
    assert forgotten == pytest.approx(300, abs=2)
    assert rate == 0.25


def test_a_pause_that_somebody_ends_on_purpose_is_over_for_all():
    fleet = Fleet(replace(CONFIG, cooldown=100.0), workers=2)
    one, other = fleet.throttles.values()

    async def main():
        assert not await one.resume()
        await one.acquire()
        await one.brake("guest", "429")
        await other.state()
        await asyncio.sleep(1)
        assert await other.resume()
        await one.acquire()
        return now(), (await one.state())[0]

    seconds, state = run_virtually(main())
    assert seconds < 5
    assert (state.strikes, state.rate) == (0, 0.5)
