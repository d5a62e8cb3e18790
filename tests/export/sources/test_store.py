from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import AsyncMongoClient, MongoClient, monitoring
from pymongo.errors import OperationFailure

from tests.export.conftest import answer, entry, write_items
from tests.samples import AT, USER_ID, make_item
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.export.asked import Asked
from zhihu_crawler.export.job import Job, Report
from zhihu_crawler.export.sources import Wanted
from zhihu_crawler.export.sources.files import FilesSource
from zhihu_crawler.export.sources.store import StoreSource
from zhihu_crawler.items import Author, AuthorKind, Item
from zhihu_crawler.storage.bulk import Bulk
from zhihu_crawler.storage.documents import values_of
from zhihu_crawler.storage.entries import entry_of
from zhihu_crawler.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet


def config_of(mongo: ReplicaSet, **options: Any) -> StoreConfig:
    return StoreConfig(uri=mongo.uri("zhihu", **options), database="zhihu", retry=20)


def store(mongo: ReplicaSet, items: Iterable[Item]) -> None:
    """Write items as a crawl does."""

    async def write() -> None:
        async with AsyncMongoClient(mongo.uri(), tz_aware=True) as client:
            await Writer(Bulk(client, "zhihu")).write([entry_of(item) for item in items])

    asyncio.run(write())


def insert(mongo: ReplicaSet, count: int) -> None:
    """Insert many answers, at once."""
    with mongo.client() as client:
        documents = [{**values_of(answer(number)), "_id": f"{number:06}"} for number in range(count)]
        client.zhihu.answers.insert_many(documents)


def export(config: StoreConfig, output: Path, *kinds: str, **asked: Any) -> Report:
    return Job(Asked(list(kinds), output=str(output), **asked), lambda _: StoreSource(config), kept=True).run()


def rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def source(mongo: ReplicaSet) -> Iterator[StoreSource]:
    made = StoreSource(config_of(mongo))
    yield made
    made.close()


times = st.integers(0, 5).map(lambda days: AT + timedelta(days=days))
authors = st.sampled_from(
    [
        None,
        Author(kind=AuthorKind.USER, id=USER_ID, url_token="li-bai", name="李白"),
        Author(kind=AuthorKind.USER, id=USER_ID, headline="诗人"),
        Author(kind=AuthorKind.ANONYMOUS, name="匿名用户"),
    ]
)
readings = st.builds(
    lambda number, when, **fields: answer(number, crawled_at=when, **fields),
    st.integers(1, 3),
    times,
    author=authors,
    content=st.sampled_from([None, "<p>一</p>", "<p>二</p>"]),
    content_truncated=st.sampled_from([None, True]),
    partial=st.booleans(),
    voteup_count=st.sampled_from([None, 0, 5]),
    created=st.none() | times,
    is_paid=st.sampled_from([None, True]),
)


def test_files_and_the_store_give_the_same_of_the_same_items(mongo: ReplicaSet, tmp_path: Path):
    @given(st.lists(readings, min_size=1, max_size=8, unique_by=lambda item: (item.id, item.crawled_at)))
    @settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
    def compare(items: list[Item]):
        with mongo.client() as client:
            client.drop_database("zhihu")
        store(mongo, items)
        file = write_items(tmp_path / "items.jsonl", items)
        for name in ("store.jsonl", "files.jsonl"):
            (tmp_path / name).unlink(missing_ok=True)
        export(config_of(mongo), tmp_path / "store.jsonl", "answers")
        asked = Asked(["answers"], output=str(tmp_path / "files.jsonl"))
        Job(asked, lambda folder: FilesSource([file], folder), kept=False).run()
        assert rows(tmp_path / "files.jsonl") == rows(tmp_path / "store.jsonl")

    compare()


class _Asked(monitoring.CommandListener):
    def __init__(self) -> None:
        self.commands: list[tuple[Any, dict[str, Any]]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.commands.append((event.connection_id, dict(event.command)))

    def succeeded(self, event: object) -> None:
        pass

    failed = succeeded


@contextmanager
def listening() -> Iterator[_Asked]:
    """Note which member every query of new clients goes to."""
    listener = _Asked()
    monitoring.register(listener)
    try:
        yield listener
    finally:
        monitoring._LISTENERS.command_listeners.remove(listener)


def test_a_secondary_that_is_killed_in_the_middle_costs_nothing(mongo: ReplicaSet):
    insert(mongo, 3000)
    with listening() as asked:
        source = StoreSource(config_of(mongo))
        reading = source.scan(Wanted("answer"), None)
        ids = [one["_id"] for one in islice(reading, 500)]
        [victim] = [member for member in mongo.members if member.port == asked.commands[0][0][1]]
        assert victim is not mongo.primary()
        victim.kill()
        ids += [one["_id"] for one in reading]
        source.close()
    assert ids == [f"{number:06}" for number in range(3000)]
    assert asked.commands[-1][0][1] != victim.port


def test_a_cursor_that_the_server_forgot_is_made_anew(mongo: ReplicaSet):
    insert(mongo, 1000)
    source = StoreSource(config_of(mongo, readPreference="primary"))
    reading = source.scan(Wanted("answer", {"voteup_count": {"$gte": 100}}), None)
    ids = [one["_id"] for one in islice(reading, 250)]
    with mongo.client() as client:
        for one in client.admin.aggregate([{"$currentOp": {"idleCursors": True}}, {"$match": {"type": "idleCursor"}}]):
            client.zhihu.command("killCursors", "answers", cursors=[one["cursor"]["cursorId"]])
    ids += [one["_id"] for one in reading]
    assert ids == [f"{number:06}" for number in range(100, 1000)]
    source.close()


def test_ids_are_read_anew_when_their_reading_broke(source: StoreSource, mongo: ReplicaSet):
    insert(mongo, 20)
    taken: list[list[str]] = []

    def take(ids: Iterator[str]) -> int:
        taken.append(list(islice(ids, 5)))
        if len(taken) == 1:
            raise OperationFailure("cut", 11602)
        taken[-1] += list(ids)
        return len(taken[-1])

    assert source.ids(Wanted("answer", {}, [("voteup_count", True)]), take) == 20
    assert taken[1] == [f"{number:06}" for number in range(19, -1, -1)]


def test_when_nobody_answers_it_says_who_did_not_before_anything_is_made():
    config = StoreConfig(uri="mongodb://u:secret@127.0.0.1:1/zhihu", database="zhihu", start=0.2, retry=60)
    with pytest.raises(UnreachableError, match=r"MongoDB at mongodb://u:\*\*\*@127.0.0.1:1") as error:
        StoreSource(config)
    assert "secret" not in str(error.value)


def test_when_nobody_answers_any_more_it_ends_within_its_bound(mongo: ReplicaSet):
    source = StoreSource(StoreConfig(uri=mongo.uri("zhihu"), database="zhihu", retry=0.5))
    with MongoClient("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=100) as nobody:
        source._database = nobody.zhihu
        with pytest.raises(UnreachableError, match="no server can be reached"):
            list(source.scan(Wanted("answer"), None))
    source.close()


def test_a_refusal_is_not_tried_again(mongo: ReplicaSet, source: StoreSource):
    insert(mongo, 1)
    with pytest.raises(OperationFailure):
        list(source.scan(Wanted("answer", {"content": {"$regex": "(?P<x"}}), None))


@pytest.mark.parametrize(
    ("options", "primary", "level"),
    [
        ({}, False, "majority"),
        ({"readPreference": "primary"}, True, "majority"),
        ({"readConcernLevel": "local", "readpreference": "primary"}, True, "local"),
    ],
)
def test_it_reads_from_a_secondary_what_a_majority_has_unless_the_uri_says_otherwise(
    mongo: ReplicaSet, options: dict[str, str], primary: bool, level: str
):
    with listening() as asked:
        source = StoreSource(config_of(mongo, **options))
        list(source.scan(Wanted("answer"), None))
        source.close()
    [(member, command)] = asked.commands
    assert (member == ("127.0.0.1", mongo.primary().port)) is primary
    assert command["readConcern"]["level"] == level


def test_a_secondary_that_lags_catches_up_before_it_is_read(mongo: ReplicaSet):
    laggard, other = mongo.secondaries()
    insert(mongo, 10)
    other.kill()
    laggard.run("configureFailPoint", "rsSyncApplyStop", mode="alwaysOn")
    try:
        with MongoClient(mongo.uri(), w=1) as client:  # the others cannot acknowledge it
            client.zhihu.answers.insert_one({"_id": "late"})
        source = StoreSource(config_of(mongo))
        found: list[str] = []
        reading = Thread(target=lambda: found.extend(one["_id"] for one in source.scan(Wanted("answer"), None)))
        reading.start()
        reading.join(0.5)
        assert found == []
    finally:
        laggard.run("configureFailPoint", "rsSyncApplyStop", mode="off")
    reading.join(20)
    assert found[-1] == "late"
    assert len(found) == 11
    source.close()


def test_a_long_text_is_joined_from_gridfs_and_a_missing_one_is_told(mongo: ReplicaSet, tmp_path: Path):
    long = "<p>" + "长" * 1_000_000 + "</p>"
    store(mongo, [answer(1, content=long), answer(2, content=long + "二"), answer(3)])
    with mongo.client() as client:
        assert client.zhihu.answers.find_one({"_id": "1"}).get("content") is None
        name = client.zhihu.answers.find_one({"_id": "2"})["body_file"]["file"]
        client.zhihu["bodies.files"].delete_one({"_id": name})
    report = export(config_of(mongo), tmp_path / "out.jsonl", "answers")
    assert [(row["id"], len(row["content"])) for row in rows(tmp_path / "out.jsonl")] == [("1", len(long)), ("3", 18)]
    [(reason, (count, ids))] = report.left_out["answer"].items()
    assert "cannot be read from GridFS" in reason
    assert (count, ids, report.damaged) == (1, ["2"], 1)


@pytest.mark.parametrize("sort", [[], ["voteup_count"]], ids=["by id", "sorted"])
def test_what_somebody_else_wrote_costs_itself_alone(mongo: ReplicaSet, tmp_path: Path, sort: list[str]):
    insert(mongo, 2)
    with mongo.client() as client:
        client.zhihu.answers.insert_many([{"_id": "x", "voteup_count": "many"}, {"_id": 7}, {"voteup_count": 3}])
    report = export(config_of(mongo), tmp_path / "out.jsonl", "answers", sort=sort)
    assert (report.written, report.damaged) == ({"answer": 2}, 3)
    [[_, ids]] = report.left_out["answer"].values()
    assert ids == ["x"]
    assert report.left_out["documents"] == {"an _id that is no text: this project did not write it": [2, ["answers"]]}


def test_what_the_store_keeps_can_be_asked_for(mongo: ReplicaSet, tmp_path: Path):
    store(mongo, [answer(1, voteup_count=1)])
    store(mongo, [answer(1, voteup_count=2, content="<p>新</p>", crawled_at=AT + timedelta(days=1))])
    config = config_of(mongo)
    export(config, tmp_path / "a.jsonl", "answers", more=["last_seen", "revision", "history"])
    [row] = rows(tmp_path / "a.jsonl")
    assert (row["last_seen"], row["revision"]) == ("2026-03-02T12:00:00Z", 2)
    assert [one["voteup_count"] for one in row["history"]] == [1, 2]
    export(config, tmp_path / "b.jsonl", "answers", fields=["id", "changed_at"], since="2026-03-02", by="changed_at")
    assert rows(tmp_path / "b.jsonl") == [{"id": "1", "changed_at": "2026-03-02T12:00:00Z"}]
    export(config, tmp_path / "c.jsonl", "answers", until="2026-03-02")
    assert rows(tmp_path / "c.jsonl") == []


def test_people_are_found_by_any_token_that_they_had(mongo: ReplicaSet, tmp_path: Path):
    store(mongo, [make_item("user", USER_ID, url_token="old")])
    store(mongo, [make_item("user", USER_ID, url_token="new", crawled_at=AT + timedelta(days=1))])
    export(config_of(mongo), tmp_path / "out.jsonl", "users", ids=["old"])
    assert [row["url_token"] for row in rows(tmp_path / "out.jsonl")] == ["new"]


def test_a_collection_comes_in_its_order(mongo: ReplicaSet, tmp_path: Path):
    article = make_item("article", "7", title="文", content="x")
    entries = [
        entry(5, 0, "article", "7"),
        entry(5, 1, "answer", "9"),
        entry(5, 2, "pin", "1"),
        entry(5, 3, "answer", "2"),
    ]
    store(mongo, [answer(9), answer(2), answer(3), article, *entries, entry(5, 4, "answer", "404", is_deleted=True)])
    report = export(config_of(mongo), tmp_path / "out", format="markdown", collection="5")
    index = (tmp_path / "out" / "index.md").read_text(encoding="utf-8")
    assert [line.rpartition("-")[2].partition(".md")[0] for line in index.splitlines()[2:]] == ["p7", "a9", "a2"]
    assert report.left_out == {
        "pin": {"not a kind that is read": [1, ["1"]]},
        "answer": {"deleted on the site before it was read": [1, ["404"]]},
    }


SCRIPT = """
import sys
from pathlib import Path
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.export.asked import Asked
from zhihu_crawler.export.job import Job
from zhihu_crawler.export.sources.store import StoreSource
config = StoreConfig(uri=sys.argv[1], database="zhihu", retry=20)
report = Job(Asked(["answers"], output=sys.argv[2]), lambda _: StoreSource(config), kept=True).run()
print(report.written, report.went_on)
"""


def test_the_whole_export_goes_on_while_the_primary_dies_and_a_new_one_is_elected(mongo: ReplicaSet, tmp_path: Path):
    insert(mongo, 6_000)
    output = tmp_path / "out.jsonl"
    uri = mongo.uri("zhihu", readPreference="primary")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONGODB")}
    command = [sys.executable, "-c", SCRIPT, uri, str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        part = tmp_path / "out.jsonl.part" / "files" / "answers.jsonl"
        while not (part.exists() and part.stat().st_size > 50_000):
            assert process.poll() is None
            time.sleep(0.005)
        mongo.primary().kill()
        told, _ = process.communicate(timeout=60)
    assert told == "{'answer': 6000} 0\n"
    assert [row["voteup_count"] for row in rows(output)] == list(range(6_000))
