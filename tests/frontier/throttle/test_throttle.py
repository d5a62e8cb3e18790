"""A whole fleet in virtual time: the sum, the shares, the brake, the way back, sessions, and the end of a crawl."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontier.throttle.fleet import Fleet
from tests.helpers.virtual import run_virtually
from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.throttle.book import MemoryBook

CONFIG = ThrottleConfig(rate=1.0, concurrency=0.0)


@settings(max_examples=12)
@given(
    workers=st.sampled_from([1, 2, 4, 16]),
    rate=st.sampled_from([0.2, 1.0, 5.0, 40.0]),
    burst=st.sampled_from([1.0, 5.0]),
)
def test_the_sum_is_the_rate_and_the_shares_are_equal(workers: int, rate: float, burst: float):
    fleet = Fleet(replace(CONFIG, rate=rate, session_rate=rate, burst=burst, rate_min=0.01), workers)
    seconds = 160 / rate
    run_virtually(fleet.work(seconds, latency=0.001))

    assert len(fleet.arrivals) == pytest.approx(rate * seconds, rel=0.02, abs=2)
    assert len(fleet.shares()) == workers
    assert max(fleet.shares().values()) - min(fleet.shares().values()) <= 2
    moments = [at for at, _ in fleet.arrivals]
    assert min(late - early for early, late in pairwise(moments)) >= 1 / rate - 0.0021


def test_a_worker_with_more_to_do_gets_no_more():
    fleet = Fleet(CONFIG, workers=2)

    async def main():
        greedy = [asyncio.ensure_future(fleet._line("w0", "guest", 0.01)) for _ in range(50)]
        modest = asyncio.ensure_future(fleet._line("w1", "guest", 0.01))
        await asyncio.sleep(100)
        for line in (*greedy, modest):
            line.cancel()

    run_virtually(main())
    assert fleet.shares()["w0"] == pytest.approx(50, abs=2)
    assert fleet.shares()["w1"] == pytest.approx(50, abs=2)


def test_what_one_worker_leaves_the_others_take():
    fleet = Fleet(CONFIG, workers=2)

    async def main():
        busy = asyncio.ensure_future(fleet._line("w0", "guest", 0.01))
        rare = asyncio.ensure_future(fleet._line("w1", "guest", 10.0))
        await asyncio.sleep(200)
        busy.cancel()
        rare.cancel()

    run_virtually(main())
    assert len(fleet.arrivals) == pytest.approx(200, abs=2)
    assert fleet.shares()["w1"] == pytest.approx(200 / 11.5, abs=3)


def test_a_refusal_stops_all_at_once_and_they_go_on_slower_without_a_burst():
    fleet = Fleet(replace(CONFIG, rate=4.0, burst=8.0, cooldown=30.0), workers=16)

    async def main():
        work = asyncio.ensure_future(fleet.work(100))
        await asyncio.sleep(20.1)
        await fleet.throttles["w7"].brake("guest", "429")
        await work

    run_virtually(main())
    assert fleet.between(10, 20) == pytest.approx(40, abs=1)
    assert fleet.between(20.11, 50.09) == 0
    assert fleet.between(50.09, 51.09) == pytest.approx(3, abs=1)
    assert fleet.between(50.09, 60.09) == pytest.approx(20, abs=2)


def test_one_event_that_sixteen_requests_meet_counts_once():
    fleet = Fleet(CONFIG, workers=16)

    async def main():
        permits = [(throttle, await throttle.acquire()) for throttle in fleet.throttles.values()]
        await asyncio.gather(*(throttle.brake("guest", "429", permit=permit) for throttle, permit in permits))
        [state] = await fleet.throttles["w0"].state()
        return state

    state = run_virtually(main())
    assert (state.rate, state.strikes, state.paused) == (0.5, 1, 30.0)
    assert (fleet.counts["pauses/429"], fleet.counts["echoes"]) == (1, 15)


def test_a_late_reply_from_before_the_pause_is_no_second_refusal_but_may_ask_for_more_time():
    fleet = Fleet(CONFIG, workers=2)
    one, other = fleet.throttles.values()

    async def main():
        first, second, third = await one.acquire(), await other.acquire(), await other.acquire()
        await one.brake("guest", "429", retry_after=10, permit=first)
        await other.brake("guest", "429", retry_after=60, permit=second)
        [longer] = await one.state()
        await asyncio.sleep(70)
        await other.brake("guest", "429", permit=third)
        return longer, (await one.state())[0]

    longer, after = run_virtually(main())
    assert (longer.paused, longer.strikes, longer.rate) == (60, 1, 0.5)
    assert (after.paused, after.strikes, after.rate) == (0, 1, 0.5)


def test_a_refusal_after_the_pause_pauses_longer_and_good_replies_forgive():
    fleet = Fleet(CONFIG)
    [throttle] = fleet.throttles.values()

    async def refused(good: int) -> float:
        for _ in range(good):
            permit = await throttle.acquire()
            await throttle.note_good(permit)
        permit = await throttle.acquire()
        await throttle.brake("guest", "429", permit=permit)
        return (await throttle.state())[0].paused

    async def main():
        return [await refused(good) for good in (0, 0, 5, 12)]

    assert run_virtually(main()) == pytest.approx([30, 60, 120, 30])


def test_what_the_other_workers_had_of_good_replies_counts_too(monkeypatch: pytest.MonkeyPatch):
    fleet = Fleet(CONFIG)
    [throttle] = fleet.throttles.values()
    look = MemoryBook.look

    async def look_with_five_workers(*args):
        return replace(await look(*args), workers=5)

    monkeypatch.setattr(MemoryBook, "look", look_with_five_workers)

    async def main():
        await throttle.brake("guest", "429")
        strikes = []
        for _ in range(2):
            permit = await throttle.acquire()
            await throttle.state()
            await throttle.note_good(permit)
            strikes.append((await throttle.state())[0].strikes)
        return strikes

    assert run_virtually(main()) == [1, 0]


def test_the_rate_falls_by_refusals_and_climbs_back_to_the_full_rate_and_no_further():
    fleet = Fleet(replace(CONFIG, rate=10.0, rate_min=1.0, recovery=300.0), workers=4)
    [throttle, *_] = fleet.throttles.values()
    rates = []

    async def main():
        work = asyncio.ensure_future(fleet.work(1500))
        for second in range(1500):
            if second in (50, 60):
                await throttle.slow_down("guest", "503")
            rates.append((await throttle.state())[0].rate)
            await asyncio.sleep(1)
        await work

    run_virtually(main())
    assert (rates[49], rates[51], rates[61]) == (10, 5, pytest.approx(2.6, abs=0.2))
    assert all(after >= before for before, after in pairwise(rates[61:]))
    assert max(after - before for before, after in pairwise(rates[61:])) <= 9 / 60 + 0.001
    assert rates[-1] == 10
    assert 200 < rates.index(10, 61) < 1000
    assert fleet.between(1400, 1500) == pytest.approx(1000, rel=0.01)


def test_refused_over_and_over_the_rate_stays_at_its_least():
    fleet = Fleet(replace(CONFIG, rate_min=0.2))
    [throttle] = fleet.throttles.values()

    async def main():
        for _ in range(20):
            await throttle.slow_down("guest", "503", permit=await throttle.acquire())
        return (await throttle.state())[0].rate

    assert run_virtually(main()) == 0.2


def test_slow_replies_lower_the_rate_until_they_are_quick_again():
    fleet = Fleet(replace(CONFIG, rate=2.0, concurrency=1.0))

    async def main():
        await fleet.work(200, latency=0.1)
        await fleet.work(200, latency=4.0)
        await fleet.work(200, latency=0.1)

    run_virtually(main())
    assert fleet.between(150, 200) == pytest.approx(100, abs=2)
    assert fleet.between(350, 400) == pytest.approx(12.5, abs=2)
    assert fleet.between(550, 600) == pytest.approx(100, abs=3)


def test_an_error_page_that_is_quick_says_nothing_of_the_latency_and_a_slow_one_does():
    fleet = Fleet(replace(CONFIG, concurrency=1.0))
    [throttle] = fleet.throttles.values()

    async def main():
        latencies = []
        for latency, is_good in ((0.001, False), (10.0, False), (0.001, True)):
            await throttle.acquire()
            throttle.note_latency(latency, is_good=is_good)
            await throttle.acquire()
            latencies.append(throttle.budget("site").known.latency)
        return latencies

    first, second, third = run_virtually(main())
    assert first == 2.0
    assert second > first
    assert third < second
