"""``make test-marathon``: many pages, four workers, two of them killed and replaced every 30 seconds; nothing is lost.

It crawls questions of 20,000 answers each with the profiles of all who wrote them, and prints how it goes. At the end
every answer that the sandbox has, and everyone who wrote one, must have been stored; what was crawled again is counted,
and memory of the workers that were not killed must not have grown. Exit status 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.frontier.faults import Arrivals
from tests.helpers.fleet import Fleet, Worker, running_fleet
from tests.helpers.redis import Redis, running_redis
from tests.helpers.sandbox import running_sandbox
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.link import Keys

SIZES = {"26": 20_000, "25": 1_000, "24": 120}
"""Answers of a question, by what its number begins with."""
GROWTH = 1.15
"""What the memory of a worker may grow by between the second quarter of its life and the last."""


@dataclass
class Memory:
    """Resident MiB of each worker, over time."""

    samples: dict[str, list[float]] = field(default_factory=dict)

    def sample(self, fleet: Fleet) -> None:
        """Look at every worker that lives."""
        for worker in fleet.workers:
            if worker.process.poll() is None:
                status = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii")
                kib = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
                self.samples.setdefault(worker.name, []).append(int(kib) / 1024)

    def growth(self, name: str) -> float:
        """Say by how much a worker grew, leaving out the beginning."""
        samples = self.samples[name]
        quarter = len(samples) // 4
        if quarter < 3:
            return 1.0
        return statistics.median(samples[-quarter:]) / statistics.median(samples[quarter : 2 * quarter])


def main() -> int:
    """Crawl, kill, and check."""
    options = read_options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_redis(aof=True) as redis, running_sandbox("--log", str(folder / "arrivals")) as sandbox:
            ids = [f"{options.size}{number:06}" for number in range(1, options.questions + 1)]
            settings = {"IDLE_SECONDS": "5", "FRONTIER_LEASE_SECONDS": "10", "FRONTIER_ATTEMPTS": "100"}
            command = ("question", "-a", f"ids={','.join(ids)}", "-a", "follow=authors")
            (folder / "items").mkdir()
            with running_fleet(folder / "items", redis.url, sandbox.origin, *command, **settings) as fleet:
                memory = crawl(fleet, redis, options)
                wanted = {question: sandbox.truth(f"question/{question}")["answers"]["ids"] for question in ids}
                return report(fleet, redis, wanted, memory, Arrivals(folder / "arrivals"))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = ", ".join(f"{size}: {answers:,} answers each" for size, answers in SIZES.items())
    parser.add_argument("--size", default="26", choices=sorted(SIZES), help=f"which questions ({sizes})")
    parser.add_argument("--questions", type=int, default=11, help="how many questions (default: %(default)s)")
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two kills (default: %(default)s)")
    return parser.parse_args()


def crawl(fleet: Fleet, redis: Redis, options: argparse.Namespace) -> Memory:
    """Crawl to the end; the first two workers are left alone, the other two are killed and replaced."""
    memory, begun, killed, told = Memory(), time.monotonic(), time.monotonic(), 0.0
    admin = Admin(redis.client, Keys("question"), "question:start_urls")
    hunted = [fleet.start() for _ in range(4)][2:]
    while any(worker.process.poll() is None for worker in fleet.workers[:2]):
        time.sleep(1)
        memory.sample(fleet)
        now = time.monotonic()
        if now - killed >= options.every:
            killed = now
            hunted = [replace(fleet, worker) for worker in hunted]
        if now - told >= 30 and admin.exists():
            told = now
            state = admin.state()
            print(
                f"{now - begun:6.0f} s: {state.counts['done']:,} pages done, {state.waiting:,} wait, "
                f"{state.counts['reaped']} workers given up, Redis {redis_mib(redis):.0f} MiB",
                flush=True,
            )
    for worker in fleet.workers:
        worker.wait()
    print(f"{time.monotonic() - begun:6.0f} s in all")
    return memory


def replace(fleet: Fleet, worker: Worker) -> Worker:
    """Kill a worker that is at the crawl, and start another in its place."""
    if worker.process.poll() is not None or "This worker is" not in worker.log:
        return worker
    worker.kill()
    return fleet.start()


def redis_mib(redis: Redis) -> float:
    """What Redis takes."""
    return redis.client.info("memory")["used_memory"] / 2**20


def report(fleet: Fleet, redis: Redis, truth: dict[str, list[str]], memory: Memory, arrivals: Arrivals) -> int:
    """Compare what was stored with what there is."""
    wanted = {id_ for ids in truth.values() for id_ in ids}
    answers, users, authors, listings = Counter(), Counter(), set(), {}
    for path in fleet.folder.rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            try:
                item = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed
            if item["kind"] == "answer":
                answers[item["id"]] += 1
                authors |= {token} if (token := (item["author"] or {}).get("url_token")) else set()
            elif item["kind"] == "user" and not item["partial"]:
                users[item["url_token"]] += 1
            elif item["kind"] == "listing":
                listings[item["id"]] = (item["got"], item["total"], item["stopped"])
    asked = arrivals.since(0)
    state = Admin(redis.client, Keys("question"), "question:start_urls").state()
    killed = sum(worker.process.returncode == -9 for worker in fleet.workers)
    again = sum(asked.values()) - len(asked)
    growth = {worker.name: round(memory.growth(worker.name), 3) for worker in fleet.workers[:2]}
    checks = {
        "every answer stored": not wanted - answers.keys(),
        "no answer that is not there": not answers.keys() - wanted,
        "every author stored": not authors - users.keys(),
        "every listing counted right": sorted(got for got, *_ in listings.values()) == sorted(map(len, truth.values())),
        "nothing put aside": state.dead == 0,
        "nothing left in the queue": state.waiting == 0 and state.mode == "finished",
        "crawled again no more than was in flight": again <= killed * 3 * 16,
        "memory flat": all(ratio <= GROWTH for ratio in growth.values()),
    }
    told = {
        "pages": len(asked),
        "again": again,
        "killed": killed,
        "answers": len(answers),
        "authors": len(authors),
        "written twice": sum(answers.values()) - len(answers) + sum(users.values()) - len(users),
        "listings": listings,
        "memory grew by": growth,
        "MiB at the end": {name: round(samples[-1]) for name, samples in list(memory.samples.items())[:2]},
        "Redis MiB": round(redis_mib(redis), 1),
    }
    print(json.dumps(told, indent=1))
    for check, holds in checks.items():
        print(f"{'ok     ' if holds else 'MISSED '}{check}")
    return int(not all(checks.values()))


if __name__ == "__main__":
    sys.exit(main())
