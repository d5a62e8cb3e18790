from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fleet.verdict import Look, arrivals_of, runs_of, untold
from zhihu_crawler.schedule.runs import Ended

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LINE = '{"time": "2026-11-25T12:00:00+00:00", "path": "%s", "status": %d}'


def ended(minute, *, missed=0, status="ok", result="12 seeds pushed"):
    due = NOON + timedelta(minutes=minute)
    return Ended(due, status, result, due, missed=missed)


@pytest.mark.parametrize(
    ("minutes", "twice", "skipped"),
    [([0, 1, 2], 0, 0), ([0, 1, 1, 2], 1, 0), ([0, 3], 0, 2), ([], 0, 0)],
)
def test_runs_that_came_twice_or_not_at_all_are_seen(minutes, twice, skipped):
    told = runs_of([ended(minute) for minute in reversed(minutes)])
    assert (len(told["twice"]), told["skipped"]) == (twice, skipped)


def test_a_run_that_failed_is_named_and_pushed_nothing():
    told = runs_of([ended(1, status="failed", result="its worker was lost"), ended(0)])
    assert (told["failed"], told["seeds"]) == (["its worker was lost"], 12)


def test_pages_are_what_was_given_out():
    lines = [LINE % ("/robots.txt", 200), LINE % ("/answer/1", 302), LINE % ("/question/1/answer/1", 200)]
    assert arrivals_of(lines) == [(NOON.timestamp(), "/question/1/answer/1")]


def test_only_what_came_just_before_a_worker_died_may_be_untold():
    arrivals = [(at, "/question/1") for at in (80.0, 95.0, 100.5, 110.0)]
    assert untold(arrivals, [("answer-1", 100.0), ("redis", 110.0)]) == 2


def report(pid, *, silent=False, ended=""):
    return {"name": "answer-1", "is_silent": silent, "about": {"pid": pid, "ended": ended}}


@pytest.mark.parametrize(
    ("down", "status", "lies"),
    [
        ("", {"verdict": "good", "workers": [report(7)]}, 0),
        ("", {"verdict": "good", "workers": [report(8)]}, 1),
        ("", {"verdict": "good", "workers": [report(7, silent=True)]}, 1),
        ("", {"verdict": "good", "workers": [report(7, ended="finished")]}, 1),
        ("primary", {"verdict": "degraded", "workers": [report(7)]}, 0),
        ("primary", {"verdict": "good", "workers": [report(7)]}, 1),
    ],
)
def test_a_status_that_says_what_is_not_so_lies(down, status, lies):
    told = {"store": {"verdict": status["verdict"]}, "spiders": {"answer": {"report": {"workers": status["workers"]}}}}
    assert len(Look(down, {"answer-1": 7, "answer-2": None}, 0, told).lies()) == lies


@pytest.mark.parametrize(("exit_status", "troubles", "lies"), [(1, ["no Redis"], 0), (0, [], 1), (1, [], 1)])
def test_a_status_that_keeps_a_dead_redis_to_itself_lies(exit_status, troubles, lies):
    assert len(Look("redis", {}, exit_status, {"troubles": troubles}).lies()) == lies
