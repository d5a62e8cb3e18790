"""``make test-fleet``: a fleet whose parts are killed in turn for FLEET_MINUTES; nothing may be lost or come twice.

Two schedulers, three crawl workers, the worker of Celery, Redis with append-only files, and a replica set, in the
sandbox, with a run of three schedules every minute. Meanwhile a person pushes questions by ``scrapy seed`` and looks
at ``scrapy status``. At the end all runs, items and pages are compared with what there is. Exit status 1 where
something is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.fleet.verdict import Look, checks_of, facts_of
from tests.helpers.crawls import ROOT
from zhihu_crawler.commands._fleet import Runner
from zhihu_crawler.commands.fleet import PRIMARY
from zhihu_crawler.sandbox.services import QUESTIONS, REDIS, SCHEDULERS, TASKS, WORKERS

HURTS = (
    ("scheduler-1", 10.0),
    ("answer-1", 36.0),
    (PRIMARY, 10.0),
    (REDIS, 5.0),
    (TASKS, 10.0),
    ("question-1", 36.0),
    ("scheduler-2", 10.0),
)
"""What is killed, and for how many seconds it stays away; a worker until status must know (30 s)."""
BETWEEN_SECONDS = 5.0
SETTLE_SECONDS = 180.0
MOST_MINUTES = 45.0
"""Status tells of the last hour."""


@dataclass
class Story:
    """What was done to a fleet, and what status said meanwhile."""

    runner: Runner
    kills: list[tuple[str, float]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)
    """What ended by itself when another part was killed, and was started again, as systemd would."""
    questions: list[str] = field(default_factory=lambda: list(QUESTIONS))

    def scrapy(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a person would."""
        command = [sys.executable, "-m", "scrapy", *args]
        environment = self.runner.fleet.environment()
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def look(self, down: str = "") -> dict[str, Any]:
        """Look at the status, and keep what it said beside what is so."""
        pids = {name: self.runner.background.pid(name) for name in WORKERS}
        told = self.scrapy("status", "--json")
        assert told.returncode in (0, 1), told.stderr
        status: dict[str, Any] = json.loads(told.stdout)
        self.looks.append(Look(down, pids, told.returncode, status))
        return status

    def hurt(self, name: str, seconds: float) -> None:
        """Kill a part, look, and start it again."""
        part = self.runner.primary() if name == PRIMARY else name
        self.kills.append((part, time.time()))
        assert self.runner.background.kill(part)
        time.sleep(seconds)
        self.look(down=name)
        self.fallen += [also for also in self.runner.start() if also != part]
        print(f"{time.strftime('%H:%M:%S')} {name} was killed, and away for {self.away():.0f} s", flush=True)

    def away(self) -> float:
        """Return the seconds since the last kill."""
        return time.time() - self.kills[-1][1]

    def push(self) -> None:
        """Push one more question, of twelve answers."""
        id_ = f"2300{1000 + len(self.questions)}"
        pushed = self.scrapy("seed", "question", id_)
        assert pushed.returncode == 0, pushed.stderr
        self.questions.append(id_)


def shake(story: Story, minutes: float) -> None:
    """Hurt one part after the other until the time is over."""
    end = time.monotonic() + minutes * 60
    for name, seconds in cycle(HURTS):
        if time.monotonic() > end:
            return
        story.push()
        time.sleep(BETWEEN_SECONDS)
        story.hurt(name, seconds)


def settle(story: Story) -> dict[str, Any]:
    """Let what was missed be made up, end the schedulers, wait until nothing is to be done, and look."""
    time.sleep(75)
    story.runner.stop(SCHEDULERS)
    deadline = time.monotonic() + SETTLE_SECONDS
    while not _is_idle(status := story.look(down="scheduler")) and time.monotonic() < deadline:
        time.sleep(5)
    time.sleep(10)  # reports come every five seconds
    return story.look(down="scheduler") if _is_idle(status) else status


def _is_idle(status: dict[str, Any]) -> bool:
    crawls = [spider["crawl"] for spider in status["spiders"].values()]
    work = [
        crawl["waiting"] + crawl["seeds"] + sum(worker["leased"] for worker in crawl["workers"]) for crawl in crawls
    ]
    is_open = any(schedule["status"] in ("queued", "running", "retry") for schedule in status["schedules"] or ())
    return not sum(work) and not is_open


def report(story: Story, last: dict[str, Any]) -> int:
    """Print what was seen and what it comes to."""
    facts = facts_of(story.runner, story.questions, story.kills, story.looks, last) | {"fallen": story.fallen}
    print(json.dumps(facts, indent=1, default=str))
    checks = checks_of(facts)
    for check, holds in checks.items():
        print(f"{'ok     ' if holds else 'MISSED '}{check}")
    return int(not all(checks.values()))


def main() -> int:
    """Run it."""
    minutes = float(os.environ.get("FLEET_MINUTES") or 10)
    if not 0 < minutes <= MOST_MINUTES:
        print(f"FLEET_MINUTES ({minutes:g}) must be above 0 and at most {MOST_MINUTES:g}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="fleet-", ignore_cleanup_errors=True) as folder:
        story = Story(Runner.make(Path(folder), ROOT))
        try:
            story.runner.start()
            shake(story, minutes)
            return report(story, settle(story))
        finally:
            story.runner.stop()


if __name__ == "__main__":
    sys.exit(main())
