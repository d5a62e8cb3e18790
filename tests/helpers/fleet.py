"""Several real workers of one crawl, for tests: started, hurt, replaced, and what they got together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.helpers.crawls import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 240.0
VOLATILE = ("crawled_at", "captured_at", "run")
"""Fields that differ from crawl to crawl."""


@dataclass
class Worker:
    """One process: its name, its log, and the folder of its files."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What it said."""
        return (self.folder / f"{self.name}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def wait(self, seconds: float = SECONDS) -> int:
        """Wait for its end; returns its exit status."""
        return self.process.wait(seconds)


@dataclass
class Fleet:
    """Workers of one crawl that share a queue; ``settings`` are theirs all."""

    folder: Path
    redis: str
    origin: str
    command: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def start(self, *extra: str, env: dict[str, str] | None = None, **settings: str) -> Worker:
        """Start one more worker."""
        name = f"w{len(self.workers) + 1}"
        given = {
            "ZHIHU_ORIGIN": self.origin,
            "ZHIHU_EXPORT_DIR": str(self.folder),
            "ZHIHU_PROGRESS": "0",
            "ZHIHU_SESSIONS": "none",
            "FRONTIER_WORKER": name,
            "REDIS_URL": self.redis,
            **self.settings,
            **settings,
        }
        command = [sys.executable, "-m", "scrapy", "crawl", *self.command, *extra]
        command += [part for key, value in given.items() for part in ("-s", f"{key}={value}")]
        known = {
            key: value for key, value in os.environ.items() if not key.startswith(("ZHIHU_", "REDIS_", "FRONTIER_"))
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=known | (env or {}), stdout=log, stderr=log)
        self.workers.append(Worker(name, self.folder, process))
        return self.workers[-1]

    def wait(self) -> list[int]:
        """Wait for all; returns their exit statuses, negative ones for those that were killed."""
        return [worker.wait() for worker in self.workers]

    def items(self) -> Counter[str]:
        """Return what all of them wrote, each item as text without what differs from crawl to crawl."""
        return read_items(self.folder)

    def logs(self) -> str:
        """What all of them said."""
        return "\n".join(worker.log for worker in self.workers)


def read_items(folder: Path) -> Counter[str]:
    """Read all export files below a folder; the last line of a process that was killed may be cut."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            try:
                item: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            for name in VOLATILE:
                item.pop(name, None)
            found[json.dumps(item, sort_keys=True, ensure_ascii=False)] += 1
    return found


@contextmanager
def running_fleet(folder: Path, redis: str, origin: str, *command: str, **settings: str) -> Iterator[Fleet]:
    """Give a fleet without workers; whatever was started is ended when the block is left."""
    fleet = Fleet(folder, redis, origin, command, settings)
    try:
        yield fleet
    finally:
        for worker in fleet.workers:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGCONT)
                worker.kill()


def until(holds: Callable[[], object], seconds: float = 120.0, told: Callable[[], str] = str) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)
