"""What a shaken fleet comes to: its runs, items and pages, and what status said, beside what is so."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from pymongo import MongoClient

from zhihu_crawler.commands.fleet import PRIMARY
from zhihu_crawler.sandbox.ids import read_question
from zhihu_crawler.sandbox.services import REDIS, SCHEDULERS, WORKERS
from zhihu_crawler.sandbox.world import World
from zhihu_crawler.schedule.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhihu_crawler.commands._fleet import Runner
    from zhihu_crawler.schedule.runs import Ended

MINUTE = timedelta(minutes=1)
SCHEDULES = ("answers", "questions", "stored")
REPORT_SECONDS = 10.0
"""What a killed worker did in its last seconds it told nobody: it reports every five, and takes some to do it."""
IN_FLIGHT = 32
"""Pages that a killed worker may have had in hand: they are read again."""


@dataclass(frozen=True)
class Look:
    """A look at status: what was down, the pid of each worker, and what it said."""

    down: str
    pids: dict[str, int | None]
    exit_status: int
    status: dict[str, Any]

    def lies(self) -> list[str]:
        """Name what it said that was not so."""
        if self.down == REDIS:
            is_told = self.exit_status == 1 and bool(self.status["troubles"])
            return [] if is_told else ["Redis was down, and it did not say so"]
        reports = [worker for told in self.status["spiders"].values() for worker in told["report"]["workers"]]
        alive = {
            one["name"]: one["about"]["pid"]
            for one in reports
            if not one["is_silent"] and not one["about"].get("ended")
        }
        lies = [] if self.down != PRIMARY or self._verdict() != "good" else ["a member was down, and the store good"]
        really = {name: pid for name, pid in self.pids.items() if pid}
        if alive != really:
            lies.append(f"workers {alive}, really {really}")
        return lies

    def _verdict(self) -> str:
        return str((self.status["store"] or {}).get("verdict"))


def runs_of(history: Sequence[Ended]) -> dict[str, Any]:
    """Return what is odd about the runs of one schedule of every minute; ``history`` has the newest first."""
    dues = [run.due for run in reversed(history)]
    twice = [due for due, count in Counter(dues).items() if count > 1]
    skipped = sum(round((late - early) / MINUTE) - 1 for early, late in pairwise(sorted(set(dues))))
    return {
        "runs": len(dues),
        "twice": twice,
        "skipped": skipped,
        "told as missed": sum(run.missed for run in history),
        "by status": dict(Counter(run.status for run in history)),
        "retried": sum(run.attempt > 1 for run in history),
        "failed": [run.result for run in history if run.status == "failed"],
        "seeds": sum(int(run.result.split()[0].replace(",", "")) for run in history if run.status != "failed"),
    }


def arrivals_of(lines: Iterable[str]) -> list[tuple[float, str]]:
    """Read the sandbox's own log: when which page was given out; robots.txt and redirects are none."""
    told = [one for one in map(json.loads, lines) if one["status"] == 200]
    pages = [(datetime.fromisoformat(one["time"]).timestamp(), one["path"]) for one in told]
    return [(at, path) for at, path in pages if path != "/robots.txt"]


def untold(arrivals: Sequence[tuple[float, str]], kills: Sequence[tuple[str, float]]) -> int:
    """Return how many pages workers that were killed may have got and told nobody of."""
    moments = [at for name, at in kills if name in WORKERS]
    return sum(any(moment - REPORT_SECONDS <= at <= moment + 1 for moment in moments) for at, _ in arrivals)


def facts_of(
    runner: Runner,
    questions: list[str],
    kills: list[tuple[str, float]],
    looks: list[Look],
    last: dict[str, Any],
) -> dict[str, Any]:
    """Gather what is so, and what was told."""
    arrivals = arrivals_of((Path(runner.fleet.folder) / "arrivals.jsonl").read_text(encoding="utf-8").splitlines())
    with redis.Redis(port=runner.fleet.ports[REDIS]) as client:
        runs = Runs(client, "test")
        histories = {name: runs_of(runs.history(name)) for name in SCHEDULES}
    singles = sum("/answer/" in path for _, path in arrivals)
    return {
        "killed": dict(Counter(name for name, _ in kills)),
        "schedules": histories,
        "answer pages": {"seeds": histories["answers"]["seeds"] + histories["stored"]["seeds"], "arrived": singles},
        "answer workers killed": sum(WORKERS.get(name) == "answer" for name, _ in kills),
        "pages": {
            "arrived": len(arrivals),
            "status": sum(minute["pages"] for told in last["spiders"].values() for minute in told["report"]["minutes"]),
            "untold at most": untold(arrivals, kills),
        },
        "items": items_of(runner, questions),
        "looks": len(looks),
        "lies": [lie for look in looks for lie in look.lies()],
        "put aside": sum(told["crawl"]["dead"] for told in last["spiders"].values()),
        "spooled": last["spooled"],
        "store": last["store"]["verdict"],
        "troubles": last["troubles"],
    }


def items_of(runner: Runner, questions: list[str]) -> dict[str, Any]:
    """Compare the store with what the sandbox has."""
    world = World(1)
    wanted: set[str] = set()
    for id_ in questions:
        found = read_question(id_)
        assert found
        listing = world.answers(found)
        wanted |= {listing.key(listing.place(at)) for at in range(listing.delivered)}
    with MongoClient[dict[str, Any]](runner.fleet.settings()["MONGODB_URI"]) as client:
        answers = Counter(one["id"] for one in client.zhihu.answers.find({}, {"id": 1}))
        stored = Counter(one["id"] for one in client.zhihu.questions.find({}, {"id": 1}))
    return {
        "questions": len(questions),
        "answers": len(wanted),
        "questions missing": sorted(set(questions) - stored.keys()),
        "answers missing": len(wanted - answers.keys()),
        "answers that are not there": len(answers.keys() - wanted),
        "stored twice": sum((answers + stored).values()) - len(answers + stored),
    }


def checks_of(facts: dict[str, Any]) -> dict[str, bool]:
    """Return what must hold."""
    schedules, items, pages, singles = facts["schedules"], facts["items"], facts["pages"], facts["answer pages"]
    again = singles["arrived"] - singles["seeds"]
    return {
        "no run happened twice": not any(told["twice"] for told in schedules.values()),
        "every run that was left out is told as missed": all(
            told["skipped"] == told["told as missed"] for told in schedules.values()
        ),
        "no run failed": not any(told["failed"] for told in schedules.values()),
        "every seed of every run was crawled": again >= 0,
        "pages crawled again are no more than were in flight": again <= facts["answer workers killed"] * IN_FLIGHT,
        "every question and answer is in the store": not items["questions missing"] and not items["answers missing"],
        "each once, and none that is not there": not items["stored twice"] and not items["answers that are not there"],
        "nothing is put aside, spooled or in trouble": not (
            facts["put aside"] or facts["spooled"] or facts["troubles"]
        ),
        "only schedulers fell when another part was killed": set(facts["fallen"]) <= set(SCHEDULERS),
        "status told the truth at every look": not facts["lies"] and facts["store"] == "good",
        "status counted the pages that arrived": 0 <= pages["arrived"] - pages["status"] <= pages["untold at most"],
    }
