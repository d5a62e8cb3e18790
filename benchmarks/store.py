"""The store: items a second and the event loop's lag, against one write an item and against ``bulk_write`` alone.

All write the same answers, with a majority's acknowledgement, to the same real set of three members: our pipeline and
that of Scrapy's documentation in a crawl whose pages cost nothing, and ``bulk_write`` of upserts, 200 at a time,
outside Scrapy. Ours makes documents that say more (when each field was seen, the hash of the text, the counters over
time), in a collection with indexes and a validator, as in every crawl; the others' have none. And as in every crawl of
ours, what was there at the start is set aside from garbage collection.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient, ReplaceOne

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, median, show
from benchmarks._stored import answers
from zhihu_crawler.sandbox.replica_set import running_set
from zhihu_crawler.storage.documents import values_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.sandbox.replica_set import ReplicaSet

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "_stored.py"
ROUNDS = 3
MANY, FEW = 6000, 600
"""Answers of a run; the pipeline of the documentation takes too long for more."""
BATCH = 200
OURS, DOCUMENTED = "pipelines.store.StorePipeline", "_stored.MongoPipeline"
EXTENSIONS = {OURS: {"zhihu_crawler.extensions.heap.FrozenHeap": 10}}

Measured = dict[str, float]


def crawl(pipeline: str, count: int, uri: str, folder: Path, day: int = 0) -> Measured:
    """Crawl with one pipeline, in a process and outside the project; return items a second and the lags in ms."""
    given = [
        f"ITEM_PIPELINES={json.dumps({pipeline: 1})}",
        f"EXTENSIONS={json.dumps(EXTENSIONS.get(pipeline, {}))}",
        f"MONGODB_URI={uri}",
        f"MONGODB_SPOOL_DIR={folder / 'spool'}",
    ]
    command = [sys.executable, "-m", "scrapy", "runspider", str(SCRIPT), "-a", f"count={count}", "-a", f"day={day}"]
    command += [part for one in given for part in ("-s", one)]
    paths = os.pathsep.join([str(ROOT), str(SCRIPT.parent)])
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": paths}, check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    if told["reason"] != "finished":
        raise RuntimeError(done.stderr)
    return {"rate": count / told["seconds"], "p99": told["p99"] * 1000, "max": told["max"] * 1000}


def raw(uri: str) -> Measured:
    """Write the same items, made into documents before, by ``bulk_write``, a batch after the other."""
    documents = [{"_id": item.id, **values_of(item)} for item in answers(MANY)]
    with MongoClient[dict[str, Any]](uri, w="majority") as client:
        collection = client.get_default_database()["answers"]
        begun = time.perf_counter()
        for first in range(0, MANY, BATCH):
            batch = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents[first : first + BATCH]]
            collection.bulk_write(batch, ordered=False)
        return {"rate": MANY / (time.perf_counter() - begun)}


def check(replica_set: ReplicaSet, count: int) -> None:
    """Fail where not all was stored."""
    with replica_set.client() as client:
        if (found := client.zhihu.answers.count_documents({})) != count:
            raise RuntimeError(f"{found} of {count} answers were stored")


def measure(replica_set: ReplicaSet, folder: Path) -> dict[str, Measured]:
    """Let each contender write once, into an empty database, and then ours once more into a full one."""
    uri = replica_set.uri("zhihu")
    contenders: dict[str, tuple[Callable[[], Measured], int]] = {
        "one write an item": (lambda: crawl(DOCUMENTED, FEW, uri, folder), FEW),
        "bulk_write alone": (lambda: raw(uri), MANY),
        "ours": (lambda: crawl(OURS, MANY, uri, folder), MANY),
    }
    found = {}
    for name, (contender, count) in contenders.items():
        replica_set.drop_databases()
        found[name] = contender()
        check(replica_set, count)
    found["ours, again"] = crawl(OURS, MANY, uri, folder, day=1)
    check(replica_set, MANY)
    return found


def middle(rounds: list[dict[str, Measured]], name: str, value: str) -> float:
    """Return the median of the rounds."""
    return median(one[name][value] for one in rounds)


def ratio(rounds: list[dict[str, Measured]], value: str, ours: str, other: str) -> float:
    """Return the median of the rounds' own ratios."""
    return median(one[ours][value] / one[other][value] for one in rounds)


def rows(rounds: list[dict[str, Measured]]) -> list[list[str]]:
    """Return the table."""
    return [
        [
            name,
            *(
                f"{middle(rounds, name, value):,.0f}" if value in rounds[0][name] else ""
                for value in ("rate", "p99", "max")
            ),
        ]
        for name in rounds[0]
    ]


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    goals = Goals()
    with tempfile.TemporaryDirectory() as name, running_set(3) as replica_set:
        rounds = [measure(replica_set, Path(name)) for _ in range(ROUNDS)]
    show(
        "Storing answers, three members, w=majority", ["writer", "items/s", "loop lag p99, ms", "longest"], rows(rounds)
    )
    goals.at_least("items/s, ours to one write an item", ratio(rounds, "rate", "ours", "one write an item"), 10)
    goals.at_least("items/s, ours to bulk_write alone", ratio(rounds, "rate", "ours", "bulk_write alone"), 0.5)
    goals.at_least("loop lag p99, one write an item to ours", ratio(rounds, "p99", "one write an item", "ours"), 3)
    goals.facts["items/s, ours on stored answers"] = round(middle(rounds, "ours, again", "rate"), 1)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
