"""What a fleet on one machine consists of: its processes with their commands, ports and settings. Nothing is started.

Eleven processes: the sandbox, Redis, three members of a replica set, three crawl workers, two schedulers (Celery's
beat), and the worker that performs what is due.
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from zhihu_crawler.sandbox import redis_server
from zhihu_crawler.sandbox.ids import read_question
from zhihu_crawler.sandbox.mongod import Mongod, find_mongod, free_port
from zhihu_crawler.sandbox.world import World

SANDBOX, REDIS, TASKS = "sandbox", "redis", "tasks"
MEMBERS = ("mongo-1", "mongo-2", "mongo-3")
WORKERS = {"answer-1": "answer", "answer-2": "answer", "question-1": "question"}
"""Crawl workers, and the spider of each."""
SCHEDULERS = ("scheduler-1", "scheduler-2")
STAGES = ((SANDBOX, REDIS, *MEMBERS), tuple(WORKERS), (TASKS, *SCHEDULERS))
"""In the order of starting; within a stage all at once. What stands on others is stopped before them."""
NAMES = tuple(name for stage in STAGES for name in stage)
PORTS = (SANDBOX, REDIS, *MEMBERS, *WORKERS)
"""What listens: a worker for those who collect metrics."""
SET_NAME = "fleet"
QUESTIONS = ("23000001", "24000001")
"""Of the sandbox: with 12 and 120 answers."""
_QUICK = {
    "SCHEDULE_TICK_SECONDS": "5",
    "SCHEDULE_WAIT_SECONDS": "20",
    "SCHEDULE_LEASE_SECONDS": "10",
    "SCHEDULE_RETRY_SECONDS": "5",
}
"""A run a minute leaves no time for the patience of daily ones."""
_SCHEDULE = """\
# Made by scrapy fleet: a run a minute of each.
[[schedule]]
name = "answers"
cron = "* * * * *"
spider = "answer"
seeds = {answers}

[[schedule]]
name = "questions"
cron = "* * * * *"
spider = "question"
seeds = {questions}

[[schedule]]
name = "stored"
cron = "* * * * *"
spider = "answer"
query = {{ kind = "answer", sort = "-voteup_count", limit = 20 }}
attempts = 10
"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet: where its files lie, what it runs, and who listens where. Kept as JSON, so that it stays the same."""

    folder: str
    root: str
    redis: str
    mongod: str
    ports: dict[str, int]

    @classmethod
    def make(cls, folder: Path, root: Path, mongod: str = "") -> Fleet:
        """Look for the servers, and choose ports.

        Raises:
            NoRedis, NoMongod: there is no such server.
        """
        ports: dict[str, int] = {}
        while len(set(ports.values())) < len(PORTS):  # a port that was free twice is chosen twice
            ports = {name: free_port() for name in PORTS}
        return cls(str(folder), str(root), str(redis_server.any_server()), find_mongod(mongod), ports)

    @classmethod
    def read(cls, path: Path) -> Fleet:
        """Read what ``as_json`` gave."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def as_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), indent=2)

    def member(self, name: str) -> Mongod:
        """Return a member of the replica set; it is not started."""
        return Mongod(self.mongod, Path(self.folder) / name, SET_NAME, port=self.ports[name])

    def command(self, name: str) -> list[str]:
        """Return the command of a process."""
        if name == SANDBOX:
            log = f"{self.folder}/arrivals.jsonl"
            return [*_module("scrapy"), "sandbox", "--port", str(self.ports[name]), "--log", log]
        if name == REDIS:
            folder = Path(self.folder) / REDIS
            return redis_server.command(self.redis, folder, self.ports[REDIS], *redis_server.APPEND_ONLY)
        if name in MEMBERS:
            return self.member(name).command
        if name in WORKERS:
            own = (f"FRONTIER_WORKER={name}", f"METRICS_PORT={self.ports[name]}")
            return [*_module("scrapy"), "crawl", WORKERS[name], *(part for one in own for part in ("-s", one))]
        celery = [*_module("celery"), "-A", "zhihu_crawler.schedule.app"]
        if name == TASKS:
            return [*celery, "worker", "-P", "gevent", "-Q", "schedule", "-n", "tasks@fleet", "-l", "WARNING"]
        return [*celery, "beat", "-l", "WARNING"]

    def settings(self) -> dict[str, str]:
        """Return what the environment says to all of them, and to whoever looks."""
        hosts = ",".join(f"127.0.0.1:{self.ports[name]}" for name in MEMBERS)
        return {
            "ZHIHU_ORIGIN": f"http://127.0.0.1:{self.ports[SANDBOX]}",
            "ZHIHU_SESSIONS": "none",
            "ZHIHU_EXPORT_DIR": f"{self.folder}/exports",
            "ZHIHU_UNKNOWN_DIR": f"{self.folder}/unknown-pages",
            "ZHIHU_PROGRESS": "0",
            "REDIS_URL": f"redis://127.0.0.1:{self.ports[REDIS]}/0",
            "IDLE_SECONDS": "inf",
            "MONGODB_URI": f"mongodb://{hosts}/zhihu?replicaSet={SET_NAME}",
            "MONGODB_SPOOL_DIR": f"{self.folder}/spool",
            "SCHEDULE_FILE": f"{self.folder}/schedule.toml",
            **_QUICK,
        }

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a process: no setting of another crawl comes in from a shell."""
        base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()), "LANG": "C.UTF-8"}
        return {**base, "PYTHONPATH": self.root, "PYTHONUNBUFFERED": "1", **self.settings()}

    def env_file(self) -> str:
        """Return what a shell reads to look at the fleet: ``. .scrapy/fleet/env``."""
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.settings().items())


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def schedule_toml() -> str:
    """Return the schedules: twelve answers, two questions with all their answers, and what the store has already."""
    return _SCHEDULE.format(answers=json.dumps(answer_urls(QUESTIONS[0])), questions=json.dumps(QUESTIONS))


def answer_urls(question: str) -> list[str]:
    """Return the address of every answer to a question of the sandbox."""
    found = read_question(question)
    assert found
    listing = World(1).answers(found)
    ids = [listing.key(listing.place(at)) for at in range(listing.delivered)]
    return [f"https://www.zhihu.com/question/{question}/answer/{id_}" for id_ in ids]
