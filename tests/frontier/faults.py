"""The fault matrix: what is crawled, how it is hurt, and what must be true afterwards whatever happened."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.fleet import Fleet, read_items, running_fleet, until
from tests.helpers.proxy import Proxy, running_proxy
from tests.helpers.redis import Redis, running_redis

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.sandbox import Sandbox

LEASE_SECONDS = 5
BEGUN = 3
"""Times its concurrency that a worker has begun and not reported at most."""
CLOCK = Path(__file__).resolve().parents[1] / "helpers" / "clock"


@dataclass
class Shape:
    """What is crawled; ``prepare`` makes the arguments from the sandbox's truth."""

    name: str
    spider: str
    prepare: Callable[[Sandbox, Path, int], list[str]]


def flat(sandbox, folder, scale):
    ids = [
        id_
        for question in ("25000001", "25000002")[: max(scale // 2, 1)]
        for id_ in sandbox.truth(f"question/{question}")["answers"]["ids"]
    ]
    (folder / "seeds").write_text("\n".join(ids[: 150 * scale]))
    return [f"seeds_file={folder / 'seeds'}"]


def tree(sandbox, folder, scale):
    return ["tokens=shili-t-1", "follow=followees", "depth=2", f"max_per_list={6 + 4 * scale}"]


def listing(sandbox, folder, scale):
    """Listings whose pages overlap, too: an entry must count once whoever reads the next page."""
    ids = ["24000001", "24120001", "24120002", "24000003", "24120005", "24000007", "24000011", "24000013"]
    return [f"ids={','.join(ids[: 2 * scale + 2])}"]


SHAPES = {
    "flat": Shape("flat", "answer", flat),
    "tree": Shape("tree", "user", tree),
    "listing": Shape("listing", "question", listing),
}


@dataclass
class Reference:
    """A shape as one undisturbed process without Redis crawls it."""

    shape: Shape
    arguments: list[str]
    items: Counter[str]
    pages: int


@dataclass
class Ground:
    """Where a fault befalls a crawl."""

    redis: Redis
    proxy: Proxy
    fleet: Fleet
    concurrency: int
    seconds: dict[str, float]
    crawl: str
    """The hash in Redis that says how the crawl is."""
    allowed: int = 0
    """Pages that may be crawled again: what the workers that were hurt had begun, three times the concurrency each."""
    env: dict[str, str] = field(default_factory=dict)

    def replace(self, workers):
        """Start as many workers as were lost; nobody ends the crawl meanwhile, which is short for their start."""
        self.redis.client.hset(self.crawl, "paused", 1)
        new = [self.fleet.start() for _ in range(workers)]
        until(lambda: all("Joined crawl 1" in worker.log for worker in new), told=self.fleet.logs)
        self.redis.client.hdel(self.crawl, "paused")


def kill_one(ground):
    ground.fleet.workers[0].kill()
    ground.allowed = BEGUN * ground.concurrency
    ground.replace(1)


def end_one(ground):
    ground.fleet.workers[0].signal(signal.SIGTERM)


def kill_all(ground):
    for worker in list(ground.fleet.workers):
        worker.kill()
    ground.allowed = 2 * BEGUN * ground.concurrency
    ground.replace(2)


def kill_redis(ground):
    ground.redis.kill()
    time.sleep(ground.seconds["dead"])
    ground.redis.start()
    ground.allowed = 2 * BEGUN * ground.concurrency  # pages that left out a link because they remembered it


def restart_redis(ground):
    ground.redis.signal(signal.SIGTERM)
    ground.redis.process.wait()
    ground.redis.start()
    ground.allowed = 2 * BEGUN * ground.concurrency


def cut(ground):
    for _ in range(20):
        ground.proxy.cut()
        time.sleep(0.1)


def refuse(ground):
    ground.proxy.refuse()
    time.sleep(ground.seconds["refused"])
    ground.proxy.accept()


def hang(ground):
    ground.proxy.hang()
    time.sleep(ground.seconds["hung"])
    ground.proxy.go_on()


def swallow(ground):
    ground.proxy.swallow(20)
    until(lambda: ground.proxy.swallowed >= 20 or ground.fleet.workers[0].process.poll() is not None)


def delay(ground):
    ground.proxy.delay = 0.05


def freeze(ground):
    worker = ground.fleet.workers[0]
    worker.signal(signal.SIGSTOP)
    time.sleep(LEASE_SECONDS + 3)
    worker.signal(signal.SIGCONT)


def nothing(ground):
    """The clock of the second worker is wrong from the beginning."""


FAULTS = {
    "kill -9 of a worker": kill_one,
    "SIGTERM of a worker": end_one,
    "kill -9 of all workers": kill_all,
    "kill -9 of Redis, append-only": kill_redis,
    "restart of Redis": restart_redis,
    "20 connections cut": cut,
    "Redis refused": refuse,
    "Redis hung": hang,
    "20 replies lost": swallow,
    "delayed both ways": delay,
    "a worker frozen beyond its lease": freeze,
    "a clock 10 minutes off": nothing,
}
SECONDS = {"dead": 2.0, "refused": 20.0, "hung": 35.0}
BRIEFLY = {"dead": 1.0, "refused": 3.0, "hung": 4.0}


def reference(shape, sandbox, folder, arrivals, scale):
    """Crawl a shape without Redis."""
    folder.mkdir()
    arguments = shape.prepare(sandbox, folder, scale)
    before = arrivals.count()
    with running_fleet(folder, "", sandbox.origin, *command(shape, arguments)) as fleet:
        assert fleet.start(REDIS_URL="").wait() == 0, fleet.logs()
    return Reference(shape, arguments, read_items(folder), len(arrivals.since(before)))


def command(shape, arguments):
    return (shape.spider, *(part for argument in arguments for part in ("-a", argument)))


class Arrivals:
    """What the sandbox was asked for, by its own log."""

    def __init__(self, log):
        self._log = log

    def lines(self):
        return self._log.read_bytes().splitlines() if self._log.exists() else []

    def count(self):
        return len(self.lines())

    def since(self, line):
        """How often each page was asked for, robots.txt and the truth left out."""
        asked = (json.loads(one) for one in self.lines()[line:])
        return Counter(
            f"{one['host']}{one['path']}" for one in asked if not one["path"].startswith(("/robots", "/sandbox"))
        )


@dataclass
class Outcome:
    """What a crawl came to that was hurt."""

    missing: list[str]
    unknown: list[str]
    never_crawled: int
    again: int
    allowed: int
    statuses: list[int]
    seconds: float
    dead: int
    logs: str


def befall(fault, wanted, sandbox, folder, arrivals, *, concurrency, seconds):
    """Crawl a shape with two workers, hurt it in the middle, and compare with what one process gets in peace."""
    settings = {
        "IDLE_SECONDS": "1",
        "FRONTIER_LEASE_SECONDS": str(LEASE_SECONDS),
        "FRONTIER_TIMEOUT_SECONDS": "2",
        "CONCURRENT_REQUESTS": str(concurrency),
        "CONCURRENT_REQUESTS_PER_DOMAIN": str(concurrency),
    }
    before = arrivals.count()
    begun = time.monotonic()
    with (
        running_redis(aof=True) as redis,
        running_proxy(redis.port) as proxy,
        running_fleet(folder, proxy.url, sandbox.origin, *command(wanted.shape, wanted.arguments), **settings) as fleet,
    ):
        fleet.start()
        fleet.start(env={"PYTHONPATH": str(CLOCK)} if fault is nothing else None)
        prefix, client = f"{{{wanted.shape.spider}}}:", redis.client
        until(lambda: client.zcard(f"{prefix}workers") == 2, told=fleet.logs)
        until(lambda: int(client.hget(f"{prefix}frontier", "done") or 0) >= wanted.pages * 0.2, told=fleet.logs)
        ground = Ground(redis, proxy, fleet, concurrency, seconds, f"{prefix}frontier")
        fault(ground)
        statuses = fleet.wait()
        asked, got = arrivals.since(before), fleet.items()
        dead = redis.client.hlen(f"{{{wanted.shape.spider}}}:dead")
        given_up = fleet.logs().count("This worker was not heard")  # frozen, or kept from running by a busy machine
        return Outcome(
            missing=sorted((wanted.items - got).keys()),
            unknown=sorted(got.keys() - wanted.items.keys()),
            never_crawled=wanted.pages - len(asked),
            again=sum(asked.values()) - len(asked),
            allowed=ground.allowed + BEGUN * concurrency * given_up,
            statuses=statuses,
            seconds=time.monotonic() - begun,
            dead=dead,
            logs=fleet.logs(),
        )
