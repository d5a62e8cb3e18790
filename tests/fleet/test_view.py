from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhihu_crawler.errors import Meaning
from zhihu_crawler.fleet.view import Minute, SpiderReport, WorkerReport

AT = datetime(2026, 6, 1, tzinfo=UTC)


def minutes(*waiting: int | None) -> SpiderReport:
    told = tuple(Minute(AT + timedelta(minutes=number), waiting=count) for number, count in enumerate(waiting))
    return SpiderReport(minutes=told)


@pytest.mark.parametrize(
    ("waiting", "trend", "eta"),
    [
        ((), None, None),
        ((100,), None, None),
        ((100, 90), -10, 540),
        ((100, None, 80), -10, 480),
        ((80, 100), 20, None),
        ((80, 80), 0, None),
        ((100_000, *range(300, 150, -10)), -10, 960),
    ],
)
def test_a_queue_that_shrinks_has_an_end(waiting: tuple[int | None, ...], trend: float | None, eta: float | None):
    report = minutes(*waiting)
    assert report.trend == trend
    assert report.eta(waiting[-1] or 0 if waiting else 0) == eta


def test_refusals_are_what_the_site_refused_and_not_what_is_gone():
    replies = {str(meaning): 1 for meaning in Meaning}
    assert Minute(AT, replies=replies).refused == 3


@pytest.mark.parametrize(
    ("about", "is_silent", "is_alive"),
    [({}, False, True), ({}, True, False), ({"ended": "finished"}, False, False)],
)
def test_a_worker_lives_that_reports_and_has_not_ended(about: dict[str, str], is_silent: bool, is_alive: bool):
    worker = WorkerReport("one", AT, is_silent, about)
    assert worker.is_alive is is_alive
    assert worker.started is None
