from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from scrapy.cmdline import execute

from tests.export.conftest import answer, write_items
from tests.helpers.crawls import ROOT
from tests.samples import make_item

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("MONGODB_URI", raising=False)
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_items(folder / "answers.jsonl", [answer(number) for number in range(1, 4)] + [answer(4, content=None)])
    write_items(folder / "questions.jsonl", [make_item("question", "1", title="为什么？", detail="")])
    write_items(folder / "other.jsonl", [answer(99)])
    return folder


def export(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[str, str, int]:
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", "export", *map(str, args)])
    out, err = capsys.readouterr()
    return out, err, int(ended.value.code or 0)


def test_it_says_what_was_written_where_and_what_was_left_out(capsys, tmp_path, items):
    _, told, status = export(capsys, "--question", 1, "--from", items, "-f", "markdown", "-o", tmp_path / "out")
    assert told.splitlines() == [
        f"Exported to {tmp_path / 'out'}",
        "kind       written  left out  ",
        "questions        1            ",
        "answers          3         1  ",
        "Left out: 1 answers: only mentioned so far: its text was never seen (4)",
        "Note: pictures are shown from the site's addresses: they need a network",
    ]
    assert status == 0


def test_lists_may_be_given_by_comma_or_again(capsys, tmp_path, items):
    args = [
        "answers",
        "--from",
        items,
        "-o",
        "-",
        "-f",
        "jsonl",
        "--fields",
        "id,voteup_count",
        "--fields",
        "author.name",
    ]
    out, _, status = export(capsys, *args, "--ids", "3, 1", "--ids", "2", "--where", "voteup_count>1")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["3", "2"]
    assert json.loads(out.splitlines()[0]) == {"id": "3", "voteup_count": 3, "author": {"name": "李白"}}
    assert status == 0


def test_ids_may_come_from_a_file(capsys, tmp_path, items):
    (tmp_path / "ids.txt").write_text(
        "\ufeff# mine\n3\n\nhttps://www.zhihu.com/question/1/answer/1\n", encoding="utf-8"
    )
    out, _, _ = export(
        capsys, "answers", "--from", items, "-o", "-", "-f", "csv", "--ids-file", tmp_path / "ids.txt", "--fields", "id"
    )
    assert out.split() == ["id", "3", "1"]


def test_what_could_not_be_read_is_status_1(capsys, tmp_path, items):
    with (items / "answers.jsonl").open("ab") as file:
        file.write(b'{"kind": "answer", "id"')
    _, told, status = export(capsys, "answers", "--from", items, "-o", tmp_path / "out.csv")
    assert f"Left out: 1 lines: no JSON: cut short or damaged ({items / 'answers.jsonl'} line 5)" in told
    assert status == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["answers", "-o", "{out}"], "export: there is no store: set MONGODB_URI (or -s MONGODB_URI=...)"),
        (["answers", "-o", "{out}", "-s", "MONGODB_URI=x://y"], "export: MONGODB_URI ('x://y') cannot be used"),
        (["answers", "-o", "{out}", "--from", "/nowhere"], "export: --from /nowhere: there is no such file or folder"),
        (["answers", "-o", "{out}", "--from", "{empty}"], "no answers.jsonl or the like lies in it"),
        (["answers", "-o", "{out}", "--from", "{items}", "--ids-file", "/nowhere"], "export: --ids-file /nowhere"),
        (["answers", "--from", "{items}", "-f", "csv"], "export: say where to: -o FILE or FOLDER"),
        (
            ["answers", "-o", "{out}", "--from", "{items}", "--where", "votes>1", "--sort", "x"],
            "export: it cannot be made as asked:\n  an answer has no field 'votes', did you mean voteup_count?\n  an",
        ),
    ],
)
def test_what_cannot_be_done_is_told_and_is_status_2(capsys, tmp_path, items, args, told):
    (tmp_path / "empty").mkdir()
    places = {"out": tmp_path / "out.csv", "items": items, "empty": tmp_path / "empty"}
    _, err, status = export(capsys, *(arg.format(**places) for arg in args))
    assert err.startswith("export: ")
    assert told in err
    assert status == 2
    assert not (tmp_path / "out.csv").exists()


def test_a_store_that_does_not_answer_is_told_within_its_time_and_is_status_3(capsys, tmp_path):
    uri = "MONGODB_URI=mongodb://u:secret@127.0.0.1:1/zhihu"
    _, err, status = export(capsys, "answers", "-o", tmp_path / "out.csv", "-s", uri, "-s", "MONGODB_START_SECONDS=0.3")
    assert err.startswith("export: MongoDB at mongodb://u:***@127.0.0.1:1/zhihu: no server can be reached")
    assert "secret" not in err
    assert status == 3
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_read_where_one_is_set(capsys, tmp_path, mongo):
    with mongo.client() as client:
        client.zhihu.topics.insert_one(
            {"_id": "7", "id": "7", "name": "诗", "layout": "state", "crawled_at": answer(1).crawled_at}
        )
    out, _, status = export(capsys, "topics", "-o", "-", "-f", "jsonl", "-s", f"MONGODB_URI={mongo.uri('zhihu')}")
    assert (json.loads(out)["name"], status) == ("诗", 0)


def run(*args: object, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scrapy", "export", *map(str, args)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONGODB")}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **options)


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("formats.lines.os.fsync", OSError(28, "No space left on device")),
        ("sources.index.Index._build", sqlite3.OperationalError("database or disk is full")),
    ],
)
def test_a_disk_that_is_full_is_told_and_is_status_3(capsys, tmp_path, items, place: str, error: Exception):
    with mock.patch(f"zhihu_crawler.export.{place}", side_effect=error):
        _, err, status = export(capsys, "answers", "--from", items, "-o", tmp_path / "out.csv")
    assert str(error) in err
    assert "broken off" in err
    assert status == 3


def test_an_export_that_is_told_to_stop_says_how_it_goes_on(tmp_path):
    write_items(tmp_path / "answers.jsonl", [answer(n) for n in range(1000)])
    args = ["answers", "--from", tmp_path, "-f", "markdown", "-o", tmp_path / "out"]
    with run(*args, stderr=subprocess.PIPE) as process:
        while not list((tmp_path / "out.part").glob("files/*-a*.md")):
            assert process.poll() is None
            time.sleep(0.01)
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert b"export: stopped" in err
    assert b"Traceback" not in err
    assert process.returncode == 143
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.part" / "state.json").exists()


def test_ctrl_c_is_status_130(capsys, tmp_path, items):
    with mock.patch("zhihu_crawler.export.job.Job.run", side_effect=KeyboardInterrupt):
        _, err, status = export(capsys, "answers", "--from", items, "-o", tmp_path / "out.csv")
    assert err == "export: stopped; the same command goes on\n"
    assert status == 130


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path):
    write_items(tmp_path / "answers.jsonl", [answer(n, content="长" * 1000) for n in range(500)])
    with run(
        "answers", "--from", tmp_path, "-o", "-", "-f", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
    assert b"Traceback" not in err
    assert process.returncode == 0


def test_a_person_at_a_terminal_sees_a_bar(tmp_path):
    write_items(tmp_path / "answers.jsonl", [answer(n) for n in range(20)])
    leader, follower = pty.openpty()
    with run("answers", "--from", tmp_path, "-o", tmp_path / "out.csv", stderr=follower) as process:
        process.wait(60)
    os.close(follower)
    shown = os.read(leader, 100_000)
    os.close(leader)
    assert "━".encode() in shown
    assert b"Exported to" in shown
