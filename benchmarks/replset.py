"""Replica-set health: how soon a crawl with the default settings tells of a member that dies, and what a look costs.

A secondary is killed (SIGKILL), and later paused (SIGSTOP), just after a look, so that the next one is as far away as
can be. The look itself is timed with the whole set well, and with every member paused.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, median, show
from zhihu_crawler.commands.tour import sandbox
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.sandbox.replica_set import running_set
from zhihu_crawler.storage.health import assess, look
from zhihu_crawler.storage.health.side_by_side import in_daemon

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.replica_set import ReplicaSet

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "26000001"
"""Of 20,000 answers: at a page a second it lasts longer than this."""
WARNING_SECONDS, HANGING_SECONDS, STALL_SECONDS = 70.0, 8.0, 0.1
LOOKS = 20


def crawl(folder: Path, origin: str, uri: str) -> subprocess.Popen[bytes]:
    """Begin a crawl with the default watch over the set."""
    given = [f"ZHIHU_ORIGIN={origin}", f"ZHIHU_EXPORT_DIR={folder}", f"MONGODB_URI={uri}", "DOWNLOAD_DELAY=1"]
    command = [sys.executable, "-m", "scrapy", "crawl", "question", "-a", f"ids={QUESTION}"]
    command += [part for name in given for part in ("-s", name)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stderr=log, stdout=subprocess.DEVNULL)


def wait_for(log: Path, pattern: str, times: int, seconds: float = 150.0) -> float:
    """Return the seconds until a line was written so many times."""
    begun = time.monotonic()
    while len(re.findall(pattern, log.read_text(encoding="utf-8"))) < times:
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"{pattern!r} was not written in {seconds:g} s:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return time.monotonic() - begun


def alarms(folder: Path, replica_set: ReplicaSet) -> dict[str, float]:
    """Return the seconds until each fault, and its end, was told."""
    log, found = folder / "log", {}
    with sandbox(folder) as origin:
        running = crawl(folder, origin, replica_set.uri("zhihu"))
        try:
            wait_for(log, "is good: 3 members", 1)
            one, other = replica_set.secondaries()
            one.kill()
            found["killed"] = wait_for(log, "WARNING: Replica set", 1)
            one.start()
            found["recovered"] = wait_for(log, "is well again", 1)
            other.pause()
            found["paused"] = wait_for(log, "WARNING: Replica set", 2)
        finally:
            running.kill()
            running.wait()
            replica_set.heal()
    return found


def cost(config: StoreConfig) -> dict[str, float]:
    """Return what a look costs: seconds, CPU of the process, the longest stall of an event loop beside it."""

    async def measure() -> dict[str, float]:
        loop, seconds, slowest = asyncio.get_running_loop(), [], 0.0
        cpu = time.process_time()
        for _ in range(LOOKS):
            begun = loop.time()
            asking = loop.create_task(in_daemon(lambda: assess(look(config))))
            while not asking.done():
                slept = loop.time()
                await asyncio.sleep(0.005)
                slowest = max(slowest, loop.time() - slept - 0.005)
            seconds.append(loop.time() - begun)
        return {"look": median(seconds), "cpu": (time.process_time() - cpu) / LOOKS, "stall": slowest}

    return asyncio.run(measure())


def hanging(config: StoreConfig, replica_set: ReplicaSet) -> float:
    """Return the seconds that a look takes while every member is paused."""
    for member in replica_set.members:
        member.pause()
    begun = time.perf_counter()
    report = assess(look(config))
    spent = time.perf_counter() - begun
    for member in replica_set.members:
        member.resume()
    if not report.is_blind:
        raise RuntimeError(f"a paused set answered: {report}")
    return spent


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    goals = Goals()
    with tempfile.TemporaryDirectory() as name, running_set(3) as replica_set:
        config = StoreConfig(uri=replica_set.uri("zhihu"))
        spent, stuck = cost(config), hanging(config, replica_set)
        replica_set.wait_healthy()
        told = alarms(Path(name), replica_set)
    rows = [[f"{what} -> told", f"{seconds:.1f} s"] for what, seconds in told.items()]
    rows += [["a look", f"{spent['look'] * 1000:.0f} ms"], ["its CPU", f"{spent['cpu'] * 1000:.0f} ms"]]
    rows += [["longest stall beside it", f"{spent['stall'] * 1000:.0f} ms"], ["every member paused", f"{stuck:.1f} s"]]
    show("Replica-set health, default settings", ["what", "took"], rows)
    for what in ("killed", "paused"):
        goals.at_least(f"{what}: told within {WARNING_SECONDS:g} s", WARNING_SECONDS / told[what], 1)
    goals.at_least(f"all paused: a look within {HANGING_SECONDS:g} s", HANGING_SECONDS / stuck, 1)
    goals.at_least(f"no stall over {STALL_SECONDS:g} s", STALL_SECONDS / max(spent["stall"], 1e-6), 1)
    goals.facts |= {name: round(value, 3) for name, value in {**told, **spent, "hanging": stuck}.items()}
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
