"""What ``scrapy status`` shows of a fleet at work, on a screen that is wide enough for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from zhihu_crawler.commands._status import ScheduleStatus, SpiderStatus, Status
from zhihu_crawler.commands._status_screen import as_screen
from zhihu_crawler.fleet.view import Minute, SpiderReport, WorkerReport
from zhihu_crawler.frontier.admin import CrawlState, WorkerState
from zhihu_crawler.frontier.throttle.budget import BudgetState
from zhihu_crawler.storage.health import Report, Verdict
from zhihu_crawler.storage.health.report import Condition, Reason

NOW = datetime(2026, 11, 6, 12, 0, tzinfo=UTC)
ABOUT = {"host": "h1", "pid": 7, "version": "1.2", "pages_per_second": 3.5, "items_per_second": 9.1}


def shown(**parts: Any) -> list[str]:
    console = Console(file=StringIO(), width=200)
    console.print(as_screen(Status(NOW, **parts)))
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def crawl(waiting: int, *leased: int) -> CrawlState:
    workers = [WorkerState(f"w{number}", count, 30.0) for number, count in enumerate(leased)]
    return CrawlState(4, "running", 0.0, waiting, seeds=2, dead=1, seen=12_345, counts={}, workers=workers)


def worker(name: str, *, seconds: float = 3, is_silent: bool = False, **about: Any) -> WorkerReport:
    return WorkerReport(name, NOW - timedelta(seconds=seconds), is_silent, ABOUT | about)


def minutes(*waiting: int | None) -> tuple[Minute, ...]:
    begun = NOW - timedelta(minutes=len(waiting))
    return tuple(
        Minute(begun + timedelta(minutes=number), pages=10 * number, items=20, replies={"gone": 1}, waiting=one)
        for number, one in enumerate(waiting)
    )


def question(report: SpiderReport, state: CrawlState | None = None) -> dict[str, SpiderStatus]:
    return {"question": SpiderStatus(state, report)}


def test_a_crawl_tells_its_queue_and_what_its_workers_have_in_hand():
    lines = shown(spiders=question(SpiderReport(), crawl(1_500, 3, 4)))
    at = lines.index("question crawl 4, running")
    assert lines[at + 1] == "1,500 wait · 7 leased · 2 seeds · 12,345 seen · 1 put aside"
    assert "no worker is at it" in lines


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        ((None, None, None), "the queue was not watched long enough to say where it goes"),
        ((300, 200, 100), "the queue shrinks by 100 a minute, empty in 1 min if it goes on like this"),
        ((100, 1_300, 2_500), "the queue grows by 1,200 a minute"),
    ],
)
def test_a_queue_says_where_it_goes(waiting: tuple[int | None, ...], told: str):
    assert told in shown(spiders=question(SpiderReport(minutes=minutes(*waiting)), crawl(100)))


def test_the_last_hour_is_summed_up_with_a_bar_a_minute():
    lines = shown(spiders=question(SpiderReport(minutes=minutes(0, 0, 0))))
    assert "question no crawl; its workers ended" in lines
    assert "last hour: 30 pages, 60 items; 3 gone ▄█" in lines


def test_workers_are_told_by_how_they_are_and_those_that_finished_by_their_number():
    workers = (
        worker("a"),
        worker("b", is_silent=True, seconds=90),
        worker("c", ended="blocked", last_error="12:00Z refused"),
        worker("d", ended="finished"),
    )
    lines = shown(spiders=question(SpiderReport(workers)))
    rows = [line for line in lines if " h1 7 1.2 " in line]
    assert rows == [
        "a h1 7 1.2 3.5 9.1 3 s ago runs",
        "b h1 7 1.2 - - 1 min 30 s ago silent",
        "c h1 7 1.2 - - 3 s ago ended: blocked; 12:00Z refused",
    ]
    assert "no worker is at it; 1 finished" in shown(spiders=question(SpiderReport(workers[3:])))


@pytest.mark.parametrize(
    ("full_rate", "paused", "told"),
    [
        (1.0, 0.0, "throttle site: 0.5 of 1 requests/s, replies in 250 ms"),
        (1.0, 29.6, "throttle site: 0.5 of 1 requests/s, replies in 250 ms, paused for 30 s more: http-429"),
        (0.0, 0.0, "throttle site: no limit, replies in 250 ms"),
    ],
)
def test_a_budget_tells_its_rate_and_why_it_rests(full_rate: float, paused: float, told: str):
    budget = BudgetState("site", 0.5, full_rate, paused, "http-429", strikes=1, latency=0.25, workers=2)
    assert told in shown(budgets=[budget])


def test_troubles_come_first_and_every_part_has_its_line():
    reason = Reason(condition=next(iter(Condition)), text="h2 is down", member="h2")
    schedules = [
        ScheduleStatus("hourly", NOW, NOW - timedelta(hours=1), "done: 3 items", "running"),
        ScheduleStatus("daily", None, None, "", "idle"),
    ]
    newest = [{"kind": "user", "_id": "u1", "name": "李白", "last_seen": NOW, "url": "https://e.org/"}]
    lines = shown(
        troubles=["Redis is away"],
        sessions={"b": "good", "a": "good", "c": "expired"},
        store=Report(verdict=Verdict.DEGRADED, at=NOW, kind="replica set", reasons=(reason,)),
        spooled=2,
        schedules=schedules,
        newest=[*newest, {"kind": "answer", "_id": "7"}],
    )
    assert lines[:2] == ["2026-11-06 12:00:00Z", "! Redis is away"]
    for told in (
        "sessions 2 good: a, b",
        "sessions 1 expired: c",
        "store degraded: h2 is down",
        "spool 2 files wait: scrapy store-replay stores them",
        "hourly 2026-11-06 12:00:00Z 2026-11-06 11:00:00Z running now; last done: 3 items",
        "daily - -",
        "newest user 2026-11-06 12:00:00Z 李白 https://e.org/",
        "newest answer - 7",
    ):
        assert told in lines, lines
