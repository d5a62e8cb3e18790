"""Real crawls through the throttle: what goes out pays, what waits stands in nobody's way, closing loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.frontier.throttle.arrivals import Arrivals
from tests.helpers.crawls import scrapy
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import ROOT, running_sandbox

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.crawl
RATE = 12.0


def paths(count: int, budget: str = "guest", first: int = 0) -> list[tuple[str, str]]:
    return [(f"/question/200{number:05d}", budget) for number in range(first, first + count)]


def started(origin: str, requests: list[tuple[str, str]], **settings: Any) -> subprocess.Popen[str]:
    told = {"requests": requests, "settings": {"ZHIHU_ORIGIN": origin, **settings}}
    command = [sys.executable, "-m", "tests.frontier.throttle.asker", json.dumps(told)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    try:
        out, log = process.communicate(timeout=240)
    finally:
        process.kill()
        process.wait()
    assert out, log[-3000:]
    return json.loads(out.splitlines()[-1]), log


def wait_for(log: Path, arrivals: int) -> Arrivals:
    """Wait until so many requests arrived."""
    deadline = time.monotonic() + 60
    while len(found := Arrivals.read(log)) < arrivals:
        assert time.monotonic() < deadline, f"{len(found)} of {arrivals} arrived"
        time.sleep(0.1)
    return found


def test_a_rate_that_cannot_be_used_is_told_in_words_before_anything_is_asked():
    done = scrapy("crawl", "question", "-a", "ids=24000001", ZHIHU_RATE="0")
    assert done.returncode == 2
    assert "ZHIHU_RATE ('0') may be 0, no limit, only where ZHIHU_ORIGIN is this machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_everything_that_goes_out_takes_a_token_retries_and_robots_txt_too(tmp_path: Path):
    log = tmp_path / "log"
    with running_sandbox("--log", str(log), "--fault-url", "/question/2000000[05]$=503") as sandbox:
        stats, _ = ended(
            started(
                sandbox.origin,
                paths(30),
                ROBOTSTXT_OBEY=True,
                ZHIHU_RATE=20,
                ZHIHU_RATE_MIN=19,
                RETRY_EXCEPTIONS_DELAY=0.01,
            )
        )
    arrivals = Arrivals.read(log)
    assert stats["test/guest/200"] == 30
    assert len(arrivals) == stats["zhihu/throttle/requests"] >= 33  # robots.txt and at least two retries
    assert arrivals.burst(20) <= 1.5 + 2
    assert stats["zhihu/throttle/cuts/503"] >= 1


def test_a_refusal_stops_the_crawl_and_not_one_request_and_nothing_is_lost(tmp_path: Path):
    log = tmp_path / "log"
    with running_sandbox("--log", str(log), "--fault-url", "/question/20000020=429:2") as sandbox:
        stats, told = ended(started(sandbox.origin, paths(60), ZHIHU_RATE=50, ZHIHU_BURST=2, ZHIHU_COOLDOWN=2))
    arrivals = Arrivals.read(log)
    _, gap = arrivals.longest_gap()
    assert gap == pytest.approx(2.0, abs=0.4) or gap == pytest.approx(4.0, abs=0.4)  # its second refusal doubles it
    assert stats["test/guest/200"] == 60
    assert stats["zhihu/throttle/pauses/429"] == stats["downloader/response_status_count/429"]
    assert "all workers pause for 2 s" in told


def test_a_session_that_is_refused_leaves_the_others_their_way(tmp_path: Path):
    log = tmp_path / "log"
    requests = [*paths(100, "refused"), *paths(40, "good", first=100)]
    with running_sandbox("--log", str(log), "--fault-url", "/question/200000[0-9][0-9]$=429:300:always") as sandbox:
        process = started(
            sandbox.origin, requests, CONCURRENT_REQUESTS_PER_DOMAIN=1, ZHIHU_RATE=50, ZHIHU_RATE_SESSION=50
        )
        arrivals = wait_for(log, 41)
        process.send_signal(signal.SIGTERM)
        stats, _ = ended(process)
    assert len([path for _, path in arrivals.moments if path < "/question/20000100"]) == 1
    assert stats["test/good/200"] == 40
    assert stats["finish_reason"] == "shutdown"


def test_a_crawl_that_closes_waits_for_no_token_and_a_paused_one_goes_on_where_it_was(tmp_path: Path):
    log, job = tmp_path / "log", str(tmp_path / "job")
    with running_sandbox("--log", str(log)) as sandbox:
        process = started(sandbox.origin, paths(12), JOBDIR=job, ZHIHU_RATE=0.05, ZHIHU_CONCURRENCY=0)
        wait_for(log, 1)
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        stats, _ = ended(process)
        assert time.monotonic() - begun < 10  # the next token is 20 s away
        assert stats["zhihu/throttle/handed_back"] >= 1
        again, _ = ended(started(sandbox.origin, [], JOBDIR=job))
    assert stats["test/guest/200"] + again["test/guest/200"] == 12
    assert len({path for _, path in Arrivals.read(log).moments}) == 12


def together(tmp_path: Path, crawls: int, pages: int, *faults: str) -> tuple[Arrivals, list[dict[str, Any]]]:
    """Run crawls that share a Redis, each with pages of its own."""
    log = tmp_path / "log"
    with running_redis() as redis, running_sandbox("--log", str(log), *faults) as sandbox:
        common = {
            "REDIS_URL": redis.url,
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",  # each its own queue: this is about the throttle
            "DUPEFILTER_CLASS": "scrapy.dupefilters.RFPDupeFilter",
            "ZHIHU_RATE": RATE,
            "ZHIHU_BURST": 3,
        }
        running = [started(sandbox.origin, paths(pages, first=number * 1000), **common) for number in range(crawls)]
        stats = [ended(process)[0] for process in running]
    assert [one["test/guest/200"] for one in stats] == [pages] * crawls
    return Arrivals.read(log), stats


def test_crawls_that_know_of_the_same_redis_keep_to_one_rate(tmp_path: Path):
    arrivals, _ = together(tmp_path, 3, 30)
    seconds = arrivals.moments[-1][0] - arrivals.moments[0][0]
    assert 0.5 * RATE * seconds <= len(arrivals) <= 1.05 * RATE * seconds + 3  # more where nothing else runs beside it
    assert arrivals.burst(RATE) <= 3.5 + 4


@pytest.mark.faults
def test_sixteen_crawls_keep_to_one_rate_and_a_429_stops_them_all(tmp_path: Path):
    arrivals, stats = together(tmp_path, 16, 50, "--fault-url", "/question/20000045$=429:6")
    refused = next(at for at, path in arrivals.moments if path == "/question/20000045")
    first = arrivals.moments[0][0] + 15  # when the last of them has started
    steady = arrivals.between(first, refused)
    assert len(steady) == pytest.approx(RATE * (refused - first), rel=0.05)
    assert steady.burst(RATE) <= 3.5 + 4
    assert len(steady.shares()) >= len(steady) - 1  # every page once
    assert len(arrivals.between(refused + 1, refused + 5.9)) == 0
    assert sum(one.get("zhihu/throttle/pauses/429", 0) for one in stats) >= 1
