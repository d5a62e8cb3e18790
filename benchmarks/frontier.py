"""The shared queue against Scrapy's own in memory and stock scrapy-redis: pages a second, CPU a page.

All crawl the same tree from a server that answers at once: with and without 20 links a page to what was seen, Redis at
hand or a millisecond away, one worker and two. Rates are those of the middle 85 % of the pages, the best of all rounds,
as many as fit in five minutes, for noise only slows down. Two processes with queues in memory crawl half of the pages
each. Ours has two settings of this project that have nothing to do with the queue, but make pages cheaper (the start's
objects are set aside from garbage collection, a reply gets 40 tasks for its items and not 100); how Scrapy's queue in
memory does with them is told beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, show
from tests.helpers.redis import Redis, running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 285
"""Another round begins where one as long as the last fits in."""
PAGES = {0: 600, 20: 300}
SLOW_PAGES = 150
"""Stock scrapy-redis with 20 links a millisecond away makes 25 pages a second."""
COMMON = {
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": "0",
    "REMOTE_CONTROL_ENABLED": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "DOWNLOAD_DELAY": "0",
}
OWN = {"EXTENSIONS": '{"zhihu_crawler.extensions.heap.FrozenHeap": 700}', "CONCURRENT_ITEMS": "40"}
IN_MEMORY = ("memory", "memory, our settings")
CONTENDERS = {
    "memory": {},
    "memory, our settings": OWN,
    "stock": {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_PERSIST": "1",
    },
    "ours": OWN
    | {
        "SCHEDULER": "zhihu_crawler.frontier.scheduler.FrontierScheduler",
        "SPIDER_MIDDLEWARES": '{"zhihu_crawler.frontier.pages.FrontierPages": -1000}',
        "IDLE_SECONDS": "0",
    },
}


@dataclass(frozen=True)
class Cell:
    """One way to crawl: links a page, milliseconds to Redis, workers."""

    links: int
    delay: int
    workers: int

    def __str__(self) -> str:
        return f"{self.links} links, {self.delay} ms, {self.workers} worker{'s' * (self.workers > 1)}"


CELLS = [Cell(links, delay, workers) for links in (0, 20) for delay in (0, 1) for workers in (1, 2)]


@contextmanager
def net(*args: str) -> Iterator[int]:
    """Run the site or the slow network, and give its port."""
    command = [sys.executable, str(ROOT / "benchmarks" / "_frontier_net.py"), *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.kill()


def crawl(name: str, cell: Cell, site: int, redis: int, folder: Path) -> tuple[float, float]:
    """Crawl; returns pages a second and CPU milliseconds a page."""
    pages = SLOW_PAGES if (name, cell.links, cell.delay) == ("stock", 20, 1) else PAGES[cell.links] * cell.workers
    settings = COMMON | CONTENDERS[name] | ({} if name in IN_MEMORY else {"REDIS_URL": f"redis://127.0.0.1:{redis}/0"})
    settings["ZHIHU_ORIGIN"] = f"http://127.0.0.1:{site}"  # this machine: no limit to the rate
    own = pages // cell.workers if name in IN_MEMORY else pages
    processes = []
    for number in range(cell.workers):
        log = folder / f"log-{number}"
        arguments = {"origin": f"http://127.0.0.1:{site}", "pages": own, "links": cell.links, "first": 1, "log": log}
        command = [sys.executable, "-m", "scrapy", "runspider", str(ROOT / "benchmarks" / "_frontier_spider.py")]
        command += [part for key, value in arguments.items() for part in ("-a", f"{key}={value}")]
        command += [part for key, value in settings.items() for part in ("-s", f"{key}={value}")]
        processes.append(subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}))
    for process in processes:
        assert process.wait() == 0, f"{name} failed in the cell {cell}"
    return measure([folder / f"log-{number}" for number in range(cell.workers)])


def measure(logs: list[Path]) -> tuple[float, float]:
    """Read rate and cost off the middle of what the workers noted."""
    notes = [[tuple(map(float, line.split())) for line in log.read_text(encoding="ascii").splitlines()] for log in logs]
    times = sorted(moment for worker in notes for moment, _ in worker)
    begin, end = times[len(times) * 75 // 1000], times[len(times) * 925 // 1000]
    inside = [[note for note in worker if begin <= note[0] <= end] for worker in notes]
    spent = sum(worker[-1][1] - worker[0][1] for worker in inside if len(worker) > 1)
    count = sum(len(worker) - 1 for worker in inside if len(worker) > 1)
    return len([moment for moment in times if begin <= moment <= end]) / (end - begin), spent / max(count, 1) * 1000


def race(redis: Redis, site: int, slow: int, folder: Path) -> dict[tuple[str, Cell], list[tuple[float, float]]]:
    """Run every contender in every cell, in turn."""
    found: dict[tuple[str, Cell], list[tuple[float, float]]] = {}
    begun = last = time.monotonic()
    while 2 * time.monotonic() - last < begun + MOST_SECONDS:
        last = time.monotonic()
        for cell in CELLS:
            for name in CONTENDERS:
                if name in IN_MEMORY and cell.delay:
                    continue  # it asks nothing of Redis
                redis.client.flushall()
                port = slow if cell.delay else redis.port
                found.setdefault((name, cell), []).append(crawl(name, cell, site, port, folder))
    return found


def report(found: dict[tuple[str, Cell], list[tuple[float, float]]], goals: Goals) -> None:
    """Compare, cell by cell."""
    rows = []
    for cell in CELLS:
        best = {}
        for name in CONTENDERS:
            at = Cell(cell.links, 0, cell.workers) if name in IN_MEMORY else cell
            runs = found[name, at]
            best[name] = max(rate for rate, _ in runs), min(cost for _, cost in runs)
        rates, costs = ({name: pair[place] for name, pair in best.items()} for place in (0, 1))
        goals.at_least(f"pages/s, ours to memory: {cell}", rates["ours"] / rates["memory"], 0.95)
        goals.facts[f"pages/s, ours to memory, our settings: {cell}"] = rates["ours"] / rates[IN_MEMORY[1]]
        goals.at_least(f"CPU a page, stock to ours: {cell}", costs["stock"] / costs["ours"], 1.0)
        if (cell.links, cell.delay) == (20, 1):
            goals.at_least(f"pages/s, ours to stock: {cell}", rates["ours"] / rates["stock"], 5.0)
        rows.append([cell, *(f"{rates[name]:.0f}" for name in rates), *(f"{costs[name]:.2f}" for name in costs)])
    columns = ["cell", *(f"{name}, pages/s" for name in CONTENDERS), *(f"{name}, CPU ms" for name in CONTENDERS)]
    show("Crawling a tree", columns, rows)


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    goals = Goals()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(running_redis())
        site = stack.enter_context(net("site"))
        slow = stack.enter_context(net("delay", str(redis.port), "1"))
        report(race(redis, site, slow, folder), goals)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
