from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from zhihu_crawler.frontier.throttle import Permit
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.middlewares.retry import (
    LONGEST_WAIT_SECONDS,
    PatientRetryMiddleware,
    Verdict,
    judge,
    retry_after,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

URL = "https://www.zhihu.com/question/1"


@pytest.fixture
def crawler() -> Crawler:
    crawler = get_crawler(settings_dict={"RETRY_TIMES": 2, "RETRY_EXCEPTIONS_DELAY": 8.0})
    crawler.spider = crawler._create_spider("question")
    return crawler


@pytest.fixture
def middleware(crawler: Crawler) -> PatientRetryMiddleware:
    return PatientRetryMiddleware.from_crawler(crawler)


@pytest.fixture
def waits(crawler: Crawler, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses of one request alone."""
    seconds: list[float] = []

    async def nap(wait: float) -> None:
        seconds.append(wait)

    monkeypatch.setattr(throttle_of(crawler), "nap", nap)
    return seconds


def reply(status: int, retry_after: str | None = None, body: bytes = b"") -> Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Response(URL, status=status, headers=headers, body=body)


def told(crawler: Crawler, middleware: PatientRetryMiddleware, *replies: Response, **meta: object) -> Any:
    """Return what came of the last of some replies, and how the site's budget stands then."""

    async def main() -> Any:
        for response in replies:
            outcome = await middleware.process_response(Request(URL, meta=meta), response)
        return outcome, (await throttle_of(crawler).state())[0]

    return asyncio.run(main())


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 410])
def test_what_is_no_passing_fault_goes_on_at_once(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float], status: int
):
    response = reply(status)
    outcome, state = told(crawler, middleware, response)
    assert outcome is response
    assert waits == []
    assert (state.rate, state.paused, state.strikes) == (0.5, 0, 0)


def test_a_429_pauses_everybody_as_long_as_the_site_asks_and_its_request_waits_like_all(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float]
):
    again, state = told(crawler, middleware, reply(429, "7"))
    assert isinstance(again, Request)
    assert (again.meta["retry_times"], again.dont_filter) == (1, True)
    assert waits == []
    assert (state.paused, state.rate, state.reason) == (pytest.approx(7, abs=0.1), 0.25, "429")
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/throttle/pauses/429") == 1
    assert crawler.stats.get_value("retry/count") == 1


def test_a_429_without_a_word_pauses_everybody_for_the_cool_down(middleware: PatientRetryMiddleware, crawler: Crawler):
    _, state = told(crawler, middleware, reply(429))
    assert state.paused == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("status", [200, 400, 403])
def test_zhihus_own_code_for_too_often_counts_like_a_429_whatever_its_status(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float], status: int
):
    body = b'{"error":{"code":40362,"message":"..."}}'
    again, state = told(crawler, middleware, reply(status, body=body))
    assert isinstance(again, Request)
    assert waits == []
    assert (state.paused, state.reason) == (pytest.approx(30, abs=0.1), "40362")


@pytest.mark.parametrize("code", [40352, 40353, 10003, 100, 120017])
def test_other_refusals_say_nothing_of_the_rate(middleware: PatientRetryMiddleware, crawler: Crawler, code: int):
    response = reply(403, body=b'{"error":{"code":%d,"message":"..."}}' % code)
    outcome, state = told(crawler, middleware, response)
    assert outcome is response
    assert (state.paused, state.strikes) == (0, 0)


def test_a_server_in_trouble_slows_everybody_and_its_request_waits_longer_each_time(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float]
):
    for times, (least, most) in enumerate([(6, 10), (12, 20)]):
        again, state = told(crawler, middleware, reply(503), retry_times=times)
        assert isinstance(again, Request)
        assert least <= waits[times] <= most
    assert (state.rate, state.paused, state.reason) == (0.125, 0, "503")


def test_a_server_that_names_a_time_is_given_it_by_everybody(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float]
):
    _, state = told(crawler, middleware, reply(503, "40"))
    assert waits == []
    assert state.paused == pytest.approx(40, abs=0.1)


def test_no_pause_is_longer_than_the_longest_cool_down(middleware: PatientRetryMiddleware, crawler: Crawler):
    _, state = told(crawler, middleware, reply(429, "9" * 400))
    assert state.paused == pytest.approx(3600, abs=0.1)


def test_after_the_last_try_the_reply_itself_goes_on_and_counts_all_the_same(
    middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float]
):
    response = reply(429, "7")
    outcome, state = told(crawler, middleware, response, retry_times=2)
    assert outcome is response
    assert waits == []
    assert state.strikes == 1


@pytest.mark.parametrize("status", [429, 503])
def test_what_must_not_be_retried_is_not_but_counts(middleware: PatientRetryMiddleware, crawler: Crawler, status: int):
    response = reply(status)
    outcome, state = told(crawler, middleware, response, dont_retry=True)
    assert outcome is response
    assert state.rate == 0.25


def test_a_reply_from_the_cache_says_nothing(middleware: PatientRetryMiddleware, crawler: Crawler):
    response = reply(429).replace(flags=["cached"])
    outcome, state = told(crawler, middleware, response)
    assert outcome is response
    assert state.paused == 0


def test_what_a_session_meets_is_its_own(middleware: PatientRetryMiddleware, crawler: Crawler):
    _, site = told(crawler, middleware, reply(429), zhihu_budget="mine")
    [mine] = asyncio.run(throttle_of(crawler).state(["mine"]))
    assert (site.paused, site.rate) == (0, 0.5)
    assert mine.strikes == 1


def test_good_replies_forgive_a_refusal(middleware: PatientRetryMiddleware, crawler: Crawler):
    throttle = throttle_of(crawler)

    async def main() -> int:
        await middleware.process_response(Request(URL), reply(429, "0"))
        for _ in range(10):
            request = Request(URL)
            throttle._permits[request] = Permit("guest", {"site": throttle.budget("site").epoch}, 0.0)
            await middleware.process_response(request, reply(200, body=b"x" * 30_000))
        return (await throttle.state())[0].strikes

    assert asyncio.run(main()) == 0


def test_a_download_that_failed_is_tried_again_after_a_pause(middleware: PatientRetryMiddleware, waits: list[float]):
    again = asyncio.run(middleware.process_exception(Request(URL), OSError("reset")))
    assert isinstance(again, Request)
    assert len(waits) == 1


def test_no_page_alone_waits_longer_than_ten_minutes(middleware: PatientRetryMiddleware, waits: list[float]):
    asyncio.run(middleware.process_exception(Request(URL, meta={"max_retry_times": 99, "retry_times": 50}), OSError()))
    assert waits == [LONGEST_WAIT_SECONDS]


def test_a_fault_of_ours_is_not_tried_again(middleware: PatientRetryMiddleware, waits: list[float]):
    assert asyncio.run(middleware.process_exception(Request(URL), KeyError("x"))) is None
    assert waits == []


VERDICTS = [
    (429, b"", Verdict.REFUSED),
    (503, b"", Verdict.STRAINED),
    (200, b"<html>" + b"x" * 30_000, Verdict.GOOD),
    (200, b'{"data":[],"paging":{"is_end":true}}', Verdict.GOOD),
    (200, b'{"error":{"code":4041}}', Verdict.GOOD),
    (404, b"", Verdict.GOOD),
    (200, b'{"error":{"code":100}}', Verdict.SILENT),
    (200, b"User-agent: *", Verdict.SILENT),
    (200, b"", Verdict.SILENT),
    (302, b"", Verdict.SILENT),
    (403, b'<meta id="zh-zse-ck">', Verdict.SILENT),
    (403, b"<p>unblock-dialog-template</p>", Verdict.REFUSED),
]


@pytest.mark.parametrize(("status", "body", "verdict"), VERDICTS)
def test_a_reply_says_how_often_the_site_wants_to_be_asked(status: int, body: bytes, verdict: Verdict):
    assert judge(Response(URL, status=status, body=body), {500, 503})[0] is verdict


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None):
    response = Response(URL, headers={"Retry-After": value.encode("latin-1")})
    assert retry_after(response) == seconds


def test_a_date_to_come_is_waited_for():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    found = retry_after(reply(429, at))
    assert found is not None
    assert 80 < found <= 90


@given(st.binary(max_size=60))
@example(b"Mon, 01 Jan 2026 00:00:00 +99999999999999")
def test_no_header_breaks_the_reader(value: bytes):
    found = retry_after(Response(URL, headers={"Retry-After": value}))
    assert found is None or found >= 0
