"""Politeness: do 1, 4 and 16 workers keep to one rate, and does a refusal that one of them meets stop them all?

Each fleet is of real processes that share a real Redis and ask a site on loopback that writes down who came when. The
sum has to be within 5 % of the limit, no window may need a larger bucket than the one that was set, and within a second
after a refusal nobody may come until the pause is over. ``--plot FILE`` runs another course instead, two minutes long:
a site that puts up with less for a while, drawn as SVG (``docs/politeness.svg``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from benchmarks._run import Goals, show
from benchmarks._site import Site, bucket, running_site
from benchmarks._svg import Plot
from tests.helpers.redis import running_redis
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.throttle.record import Terms
from zhihu_crawler.frontier.throttle.shared import RedisBook
from zhihu_crawler.middlewares.retry import PatientRetryMiddleware
from zhihu_crawler.middlewares.throttle import ThrottleMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

FLEETS = (1, 4, 16)
RATE, BURST = 20.0, 4.0
JITTER_SECONDS = 0.1
"""By which arrivals may lie nearer to each other than departures, on a machine of two cores that runs all of it."""
FIXED = {"rate": RATE, "burst": BURST, "concurrency": 0.0, "recovery": 3600.0}
STEADY, PAUSE, AFTER = 20.0, 3.0, 4.0
MOVING = {"rate": 15.0, "burst": 2.0, "concurrency": 0.0, "rate_min": 0.5, "recovery": 20.0, "cooldown": 1.0}
COURSE = ((20.0, 20.0), (65.0, 5.0), (130.0, 20.0))
"""Until when the site of the plot puts up with how many requests a second."""


@contextmanager
def workers(count: int, redis: str, origin: str, config: dict[str, float]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start so many workers, and wait until they are ready."""
    script = str(Path(__file__).with_name("_throttled.py"))
    running = []
    for number in range(count):
        what = {"name": f"w{number}", "redis": redis, "origin": origin, "config": config}
        command = [sys.executable, script, json.dumps(what)]
        running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    try:
        for process in running:
            line(process)
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    """Read what a worker says."""
    assert process.stdout
    return process.stdout.readline()


def order(running: list[subprocess.Popen[str]], when: dict[str, float], **first: float) -> None:
    """Tell all workers when to begin and to end, and the first one what else."""
    for number, process in enumerate(running):
        assert process.stdin
        process.stdin.write(json.dumps(when | (first if number == 0 else {})) + "\n")
        process.stdin.flush()


def work(count: int, redis: str, origin: str) -> tuple[float, float]:
    """Let a fleet work, brake, and go on; return when it began, and when the first one had braked."""
    with workers(count, redis, origin, FIXED) as running:
        start = time.time() + 0.5
        brake, end = start + STEADY, start + STEADY + PAUSE + AFTER
        order(running, {"start": start, "end": end}, brake=brake, pause=PAUSE)
        braked = float(line(running[0]))
        for process in running:
            process.wait()
    return start, braked


async def fleet(count: int, redis: str) -> dict[str, float]:
    """Measure a fleet of so many workers."""
    async with running_site() as site:
        start, braked = await asyncio.to_thread(work, count, redis, site.origin)
    return measure(site, start, braked)


def measure(site: Site, start: float, braked: float) -> dict[str, float]:
    """Return a fleet's rate, the bucket it needed, when the last one came after the refusal, and the first again."""
    steady = site.between(start, start + STEADY)
    late = site.between(braked, braked + PAUSE - JITTER_SECONDS)
    back = site.between(braked + PAUSE - JITTER_SECONDS, braked + PAUSE + AFTER)
    return {
        "rate": len(steady) / STEADY,
        "bucket": bucket(steady, RATE),
        "last": max((at - braked for at in late), default=0.0),
        "back": back[0] - braked if back else float("inf"),
        "rate after": len(back) / AFTER,
    }


def compare() -> int:
    """Run all fleets, and say whether they kept to what they should."""
    goals, rows = Goals(), []
    for count in FLEETS:
        with running_redis() as redis:
            found = asyncio.run(fleet(count, redis.url))
        rows.append([count, *(f"{value:.2f}" for value in found.values())])
        allowed = BURST + RATE * JITTER_SECONDS
        goals.at_least(f"{count} workers, rate to limit", found["rate"] / RATE, 0.95)
        goals.at_least(f"{count} workers, limit to rate", RATE / found["rate"], 0.95)
        goals.at_least(f"{count} workers, bucket allowed to bucket needed", allowed / found["bucket"], 1.0)
        goals.at_least(f"{count} workers, a second to the last one's", 1.0 / max(found["last"], 0.1), 1.0)
    goals.facts["CPU of the gate without a limit, microseconds a page"] = round(asyncio.run(gate()), 1)
    title = f"{RATE:g} requests a second, bucket of {BURST:g}, a pause of {PAUSE:g} s after {STEADY:g} s"
    show(title, ["workers", "rate", "bucket needed", "last after s", "first again s", "rate after"], rows)
    return goals.finish()


async def gate(pages: int = 5000) -> float:
    """Return the CPU microseconds that a page costs in the two middlewares, where nothing is limited."""
    crawler = get_crawler(settings_dict={"ZHIHU_ORIGIN": "http://127.0.0.1:1", "CONCURRENT_REQUESTS_PER_DOMAIN": 16})
    middlewares = ThrottleMiddleware.from_crawler(crawler), PatientRetryMiddleware.from_crawler(crawler)
    requests = [Request(f"https://www.zhihu.com/question/{number}") for number in range(pages)]
    replies = [Response(request.url, body=b"x" * 30_000) for request in requests]
    begun = time.process_time()
    for request, reply in zip(requests, replies, strict=True):
        await middlewares[0].process_request(request)
        request.meta["download_latency"] = 0.1
        middlewares[0].process_response(request, reply)
        await middlewares[1].process_response(request, reply)
    return (time.process_time() - begun) / pages * 1e6


def limit_at(seconds: float) -> float:
    """Return what the site of the plot puts up with."""
    return next((limit for until, limit in COURSE if seconds < until), COURSE[-1][1])


async def watch(redis: str, start: float, end: float) -> list[tuple[float, float]]:
    """Read the rate in force, five times a second; 0 while there is a pause."""
    client, rates = connect(redis), []
    book = RedisBook(client, "", "benchmark")
    terms = Terms(rate=MOVING["rate"], rate_min=MOVING["rate_min"])
    while time.time() < end:
        found = await book.look("site", terms)
        rates.append((time.time() - start, 0.0 if found.paused else found.effective))
        await asyncio.sleep(0.2)
    await book.close()
    return [rate for rate in rates if rate[0] >= 0]


async def course(redis: str, path: Path) -> None:
    """Run four workers against a site whose limit moves, and draw it."""
    begun = time.time() + 60  # until the workers are ready
    async with running_site(lambda: limit_at(time.time() - begun)) as site:
        fleet = workers(4, redis, site.origin, MOVING)
        running = await asyncio.to_thread(fleet.__enter__)
        begun = time.time() + 0.5
        end = begun + COURSE[-1][0]
        order(running, {"start": begun, "end": end})
        rates = await watch(redis, begun, end)
        await asyncio.to_thread(fleet.__exit__, None, None, None)
    draw(site, begun, rates, path)


def draw(site: Site, begun: float, rates: list[tuple[float, float]], path: Path) -> None:
    """Draw what came each second, what was refused of it, the rate in force, and the site's limit."""
    came = Counter(int(at - begun) for at, _ in site.arrivals)
    refused = Counter(int(at - begun) for at, status in site.arrivals if status == 429)
    plot = Plot("seconds; requests a second of four workers", COURSE[-1][0], 20)
    plot.bars("requests", "#9ecae1", sorted(came.items()), 1)
    plot.bars("refused (429)", "#d62728", sorted(refused.items()), 1)
    plot.line("rate in force", "#08519c", rates)
    starts = (0.0, *(until for until, _ in COURSE))
    plot.line("limit of the site", "#7f7f7f", [(at, limit_at(at)) for at in starts])
    plot.write(path, 10, 5)
    print(f"{path}: {sum(came.values())} requests, {sum(refused.values())} refused")


def main() -> int:
    """Compare, or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw a run of two minutes instead")
    path = parser.parse_args().plot
    if path is None:
        return compare()
    with running_redis() as redis:
        asyncio.run(course(redis.url, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
