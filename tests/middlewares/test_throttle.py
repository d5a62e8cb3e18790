"""The gate: seats, tokens, times, and what happens when the crawl closes."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.helpers.virtual import run_virtually
from zhihu_crawler.frontier.throttle import BUDGET, SITE_SLOT
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.middlewares.throttle import ThrottleMiddleware

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

URL = "https://www.zhihu.com/question/1"


@pytest.fixture
def crawler() -> Crawler:
    return get_crawler(settings_dict={"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "ZHIHU_CONCURRENCY": 1})


@pytest.fixture
def gate(crawler: Crawler) -> ThrottleMiddleware:
    return ThrottleMiddleware.from_crawler(crawler)


def now() -> float:
    return asyncio.get_running_loop().time()


def close(crawler: Crawler) -> None:
    crawler.engine = SimpleNamespace(_slot=SimpleNamespace(closing=object()))  # type: ignore[assignment]


def answer(gate: ThrottleMiddleware, request: Request, *, seconds: float, status: int = 200) -> None:
    request.meta["download_latency"] = seconds
    gate.process_response(request, Response(URL, status=status))


def test_requests_go_out_one_after_the_other_at_the_sites_rate(gate: ThrottleMiddleware):
    async def main() -> list[float]:
        gone = []
        for _ in range(12):
            request = Request(URL)
            assert await gate.process_request(request) is None
            gone.append(now())
            answer(gate, request, seconds=0.1)
        return [round(late - early, 1) for early, late in pairwise(gone)]

    between = run_virtually(main())
    assert 1.7 < between[0] < 2  # as slow as if the site took two seconds, until it is known better
    assert between[-1] == 1.0
    assert between == sorted(between, reverse=True)


def test_who_has_no_seat_draws_no_token(gate: ThrottleMiddleware, crawler: Crawler):
    async def main() -> None:
        first, second = Request(URL), Request(URL)
        await gate.process_request(first)
        waiting = asyncio.ensure_future(gate.process_request(second))
        await asyncio.sleep(100)
        assert not waiting.done()
        assert crawler.stats
        assert crawler.stats.get_value("zhihu/throttle/requests") == 1
        answer(gate, first, seconds=0.1)
        await waiting
        assert now() < 101

    run_virtually(main())


@pytest.mark.parametrize("meta", [{}, {"download_slot": SITE_SLOT}])
def test_a_session_has_a_slot_of_its_own_and_waits_for_no_other(gate: ThrottleMiddleware, meta: dict[str, str]):
    async def main() -> tuple[Any, Any, float]:
        guest, mine = Request(URL, meta=dict(meta)), Request(URL, meta={**meta, BUDGET: "mine"})
        await gate.process_request(guest)
        await gate.process_request(mine)
        return guest.meta["download_slot"], mine.meta["download_slot"], now()

    guest, mine, seconds = run_virtually(main())
    assert (guest, mine) == (SITE_SLOT, f"{SITE_SLOT}/mine")
    assert seconds <= 2.1


def test_a_slot_that_somebody_chose_is_kept(gate: ThrottleMiddleware):
    request = Request(URL, meta={"download_slot": "theirs"})
    run_virtually(gate.process_request(request))
    assert request.meta["download_slot"] == "theirs"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "data:,x"])
def test_what_asks_nobody_waits_for_nothing(gate: ThrottleMiddleware, crawler: Crawler, url: str):
    assert run_virtually(gate.process_request(Request(url))) is None
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/throttle/requests") is None


def test_a_site_that_does_not_answer_is_slow(gate: ThrottleMiddleware, crawler: Crawler):
    async def main() -> list[float]:
        latencies = []
        for seconds in (60.0, 0.001):
            request = Request(URL)
            await gate.process_request(request)
            await asyncio.sleep(seconds)
            gate.process_exception(request, TimeoutError())
            await throttle_of(crawler).acquire()
            latencies.append(throttle_of(crawler).budget("site").known.latency)
        return latencies

    hung, refused = run_virtually(main())
    assert hung == pytest.approx(16.5, abs=0.1)
    assert refused == hung


def test_an_error_page_that_is_quick_makes_nothing_faster(gate: ThrottleMiddleware, crawler: Crawler):
    async def main() -> float:
        request = Request(URL)
        await gate.process_request(request)
        answer(gate, request, seconds=0.001, status=500)
        await gate.process_request(Request(URL))
        return throttle_of(crawler).budget("site").known.latency

    assert run_virtually(main()) == 2.0


def test_a_request_that_failed_frees_its_seat(gate: ThrottleMiddleware):
    async def main() -> None:
        request = Request(URL)
        await gate.process_request(request)
        gate.process_exception(request, ValueError())
        await gate.process_request(Request(URL))

    run_virtually(main())


def test_when_the_crawl_closes_a_request_that_waits_goes_back_to_its_queue(gate: ThrottleMiddleware, crawler: Crawler):
    async def main() -> Any:
        await gate.process_request(Request(URL))
        request = Request(URL, meta={BUDGET: "mine", "x": 1}, priority=3)
        waiting = asyncio.ensure_future(gate.process_request(request))
        await asyncio.sleep(0.5)
        close(crawler)
        again = await waiting
        assert now() < 1
        with pytest.raises(IgnoreRequest, match="closes"):
            await gate.process_request(again)
        return again

    again = run_virtually(main())
    assert (again.url, again.dont_filter, again.priority) == (URL, True, 3)
    assert (again.meta[BUDGET], again.meta["x"]) == ("mine", 1)
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/throttle/handed_back") == 1


def test_a_request_that_was_handed_back_goes_out_in_the_next_crawl(gate: ThrottleMiddleware):
    request = Request(URL, meta={"zhihu_handed_back": True})
    assert run_virtually(gate.process_request(request)) is None
    assert "zhihu_handed_back" not in request.meta


def test_at_the_end_the_stats_say_how_the_budget_stands(gate: ThrottleMiddleware, crawler: Crawler):
    async def main() -> None:
        await gate.process_request(Request(URL))
        await gate.closed()

    run_virtually(main())
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/throttle/rate") == 0.5
    assert crawler.stats.get_value("zhihu/throttle/latency_ms") == 2000
