"""Real processes, a real Redis, a real site that writes down who came when."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.frontier.throttle.arrivals import Arrivals
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import ROOT, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.crawl
RATE, BURST = 12.0, 3.0
CONFIG = {"rate": RATE, "burst": BURST, "concurrency": 0.0, "rate_min": 1.0, "recovery": 3600.0}
SLACK = 4
"""Arrivals that may be nearer to each other than they were sent: two cores serve all of this."""


@contextmanager
def workers(count: int, told: dict[str, Any]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start so many workers and wait until they are ready; all are ended by their ids."""
    command = [sys.executable, "-m", "tests.frontier.throttle.worker", json.dumps(told)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        assert [process.stdout.readline() for process in running] == ["ready\n"] * count
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def run(count: int, told: dict[str, Any], *, steady: float, after: float) -> tuple[float, float]:
    """Let workers work, brake, and go on; return when they began and when the first of them had braked."""
    with workers(count, told) as running:
        start = time.time() + 0.5
        times = {"start_at": start, "end_at": start + steady + told["brake_for"] + after}
        for number, process in enumerate(running):
            own = {"brake_at": start + steady} if number == 0 else {}
            process.stdin.write(json.dumps(times | own) + "\n")
            process.stdin.flush()
        braked = float(running[0].stdout.readline())
        assert [process.wait(60) for process in running] == [0] * count
    return start, braked


def check(count: int, tmp_path: Path, *, steady: float, least: float) -> None:
    """Count what the site saw of so many workers; ``least`` is the part of the rate that must come."""
    log, pause, after = tmp_path / "log", 2.0, 1.5
    with running_redis() as redis, running_sandbox("--log", str(log)) as sandbox:
        told = {"origin": sandbox.origin, "redis": redis.url, "config": CONFIG, "brake_for": pause}
        start, braked = run(count, told, steady=steady, after=after)
    arrivals = Arrivals.read(log)

    before = arrivals.between(start, start + steady)
    assert least * RATE * steady - 1 <= len(before) <= 1.05 * RATE * steady + 1
    assert before.burst(RATE) <= BURST + SLACK
    assert len(before.shares()) == count
    assert max(before.shares().values()) - min(before.shares().values()) <= 0.05 * len(before) + 3
    assert len(arrivals.between(braked + 0.3, braked + pause - 0.1)) == 0
    again = arrivals.between(braked + pause - 0.1, braked + pause + after - 0.2)
    assert 1 <= len(again) <= RATE / 2 * after + 1 + SLACK
    assert again.burst(RATE / 2) <= 1 + SLACK


def test_sixteen_workers_keep_to_one_rate_and_a_refusal_stops_them_all(tmp_path: Path):
    check(16, tmp_path, steady=6.0, least=0.7)  # other tests run beside it


@pytest.mark.faults
@pytest.mark.parametrize("count", [1, 4, 16])
def test_any_number_of_workers_keeps_to_one_rate_for_long(tmp_path: Path, count: int):
    check(count, tmp_path, steady=30.0, least=0.95)
