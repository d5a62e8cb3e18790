from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from zhihu_crawler.middlewares.retry import LONGEST_WAIT_SECONDS, PatientRetryMiddleware, retry_after

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
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []

    async def sleep(wait: float) -> None:
        seconds.append(wait)

    monkeypatch.setattr("zhihu_crawler.middlewares.retry.asyncio.sleep", sleep)
    return seconds


def reply(status: int, retry_after: str | None = None) -> Response:
    return Response(URL, status=status, headers={} if retry_after is None else {"Retry-After": retry_after})


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 410])
def test_what_is_no_passing_fault_goes_on_at_once(middleware: PatientRetryMiddleware, waits: list[float], status: int):
    response = reply(status)
    assert asyncio.run(middleware.process_response(Request(URL), response)) is response
    assert waits == []


def test_a_429_waits_as_long_as_the_site_asks(middleware: PatientRetryMiddleware, crawler: Crawler, waits: list[float]):
    again = asyncio.run(middleware.process_response(Request(URL), reply(429, "7")))
    assert isinstance(again, Request)
    assert (again.meta["retry_times"], again.dont_filter) == (1, True)
    assert waits == [7.0]
    assert crawler.stats
    assert crawler.stats.get_value("zhihu/retry/waited_ms") == 7000


@pytest.mark.parametrize(("times", "least", "most"), [(0, 6, 10), (1, 12, 20)])
def test_without_a_word_from_the_site_the_pause_doubles(
    middleware: PatientRetryMiddleware, waits: list[float], times: int, least: float, most: float
):
    asyncio.run(middleware.process_response(Request(URL, meta={"retry_times": times}), reply(503)))
    assert least <= waits[0] <= most


def test_no_pause_is_longer_than_ten_minutes(middleware: PatientRetryMiddleware, waits: list[float]):
    asyncio.run(middleware.process_response(Request(URL), reply(429, "9" * 400)))
    assert waits == [LONGEST_WAIT_SECONDS]


def test_after_the_last_try_the_reply_itself_goes_on(middleware: PatientRetryMiddleware, waits: list[float]):
    response = reply(429, "7")
    assert asyncio.run(middleware.process_response(Request(URL, meta={"retry_times": 2}), response)) is response
    assert waits == []


def test_a_download_that_failed_is_tried_again_after_a_pause(middleware: PatientRetryMiddleware, waits: list[float]):
    again = asyncio.run(middleware.process_exception(Request(URL), OSError("reset")))
    assert isinstance(again, Request)
    assert len(waits) == 1


def test_a_fault_of_ours_is_not_tried_again(middleware: PatientRetryMiddleware, waits: list[float]):
    assert asyncio.run(middleware.process_exception(Request(URL), KeyError("x"))) is None
    assert waits == []


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
