"""``scrapy store-replay``: spools that a real store takes or refuses, that somebody has, and a store that is away."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.samples import make_item
from tests.schedule.helpers import run_command
from zhihu_crawler.commands.store_replay import Command
from zhihu_crawler.storage.spool import Spool, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet

NOBODY = "mongodb://127.0.0.1:1/zhihu"


def spool(folder: Path, name: str, *ids: str) -> Spool:
    made = Spool(folder, name)
    made.keep([make_item("answer", id_) for id_ in ids])
    return made


def replay(folder: Path, *args: object, uri: str = NOBODY) -> int:
    settings = {"MONGODB_URI": uri, "MONGODB_SPOOL_DIR": str(folder), "MONGODB_START_SECONDS": 0.2}
    return run_command(Command, *map(str, args), **settings)


def stored(mongo: ReplicaSet) -> list[str]:
    with mongo.client() as client:
        return sorted(one["_id"] for one in client["zhihu"]["answers"].find())


def test_all_that_waits_is_stored_and_then_nothing_waits(
    mongo: ReplicaSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name, ids in (("a", "123"), ("b", "34")):
        spool(tmp_path, name, *ids).close()
    assert replay(tmp_path, uri=mongo.uri("zhihu")) == 0
    assert (stored(mongo), waiting(tmp_path)) == (["1", "2", "3", "4"], [])
    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == [
        "3 stored, 0 refused",
        "2 stored, 0 refused",
    ]
    assert replay(tmp_path, uri=mongo.uri("zhihu")) == 0
    assert f"Nothing waits in {tmp_path}" in capsys.readouterr().err


def test_a_file_that_is_named_is_stored_alone(mongo: ReplicaSet, tmp_path: Path):
    first, second = spool(tmp_path, "a", "1"), spool(tmp_path, "b", "2")
    first.close()
    second.close()
    assert replay(tmp_path, second.waiting, uri=mongo.uri("zhihu")) == 0
    assert (stored(mongo), waiting(tmp_path)) == (["2"], [first.waiting])


def test_what_is_refused_is_told_and_costs_its_neighbours_nothing(
    mongo: ReplicaSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with closing(spool(tmp_path, "a", "1")) as made, made.waiting.open("ab") as file:
        file.write(b'{"kind": "answer"}\n')
    spool(tmp_path, "b", "2").close()
    assert replay(tmp_path, uri=mongo.uri("zhihu")) == 1
    assert stored(mongo) == ["1", "2"]
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("1 stored, 1 refused")
    assert told[1].startswith("  refused: ")


def test_a_spool_that_a_crawl_still_has_is_left_to_it(
    mongo: ReplicaSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with closing(spool(tmp_path, "a", "1")) as held:
        spool(tmp_path, "b", "2").close()
        assert replay(tmp_path, uri=mongo.uri("zhihu")) == 1
        assert waiting(tmp_path) == [held.waiting]
    assert stored(mongo) == ["2"]
    assert "is in use" in capsys.readouterr().err


def test_with_a_store_that_is_away_all_of_it_waits_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with closing(spool(tmp_path, "a", "1")) as made:
        kept = made.waiting.read_bytes()
    assert replay(tmp_path) == 4
    assert made.waiting.read_bytes() == kept
    assert "what is left waits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "uri", "told"),
    [
        ((), "", "MONGODB_URI says where to, and it is not set"),
        ((), "nonsense", "MONGODB_URI"),
        (("/none/a.jsonl", "/none/b.jsonl"), NOBODY, "there is no file /none/a.jsonl, /none/b.jsonl"),
    ],
)
def test_a_wrong_call_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], uri: str, told: str
):
    assert replay(tmp_path, *args, uri=uri) == 2
    assert told in capsys.readouterr().err
