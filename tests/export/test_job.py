from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.export.conftest import Exporter, answer, entry
from tests.samples import make_item
from zhihu_crawler.errors import BadQuery, ExportError
from zhihu_crawler.export import job as job_module
from zhihu_crawler.export.draft import STATE, Draft, State
from zhihu_crawler.export.formats import FORMATS, _sink, lines, pages
from zhihu_crawler.export.formats import epub as epub_module
from zhihu_crawler.export.formats import parquet as parquet_module
from zhihu_crawler.export.sources.files import FilesSource

if TYPE_CHECKING:
    from pathlib import Path

OUTPUTS = {
    "jsonl": "out.jsonl",
    "jsonl.gz": "out.jsonl.gz",
    "csv": "out.csv",
    "parquet": "out.parquet",
    "markdown": "out",
    "html": "out",
    "txt": "out",
    "epub": "out.epub",
}


class CutError(Exception):
    """Stands for whatever ends a process."""


class CutSource(FilesSource):
    """Ends after some documents."""

    left = 10**9

    def complete(self, kind: str, document: dict[str, Any]) -> str | None:
        CutSource.left -= 1
        if CutSource.left < 0:
            raise CutError
        return super().complete(kind, document)


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every third thing at the latest, so that small exports have some."""
    for module in (lines, pages, epub_module, _sink):
        monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(parquet_module, "GROUP_ROWS", 3)


def contents(path: Path) -> dict[str, bytes]:
    """What was exported, by name; packed lines unpacked."""
    if path.suffix == ".gz":
        return {path.name: gzip.decompress(path.read_bytes())}
    if path.is_dir():
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}
    return {path.name: path.read_bytes()}


def cut(export: Exporter, output: str, left: int, **asked: Any) -> None:
    """Export, and be ended after some documents."""
    job = export.job(output, "answers", **asked)
    job.open_source = lambda folder: CutSource([export.file], folder)
    CutSource.left = left
    with pytest.raises(CutError):
        job.run()


@pytest.mark.parametrize(
    ("form", "sort"), [*((form, []) for form in FORMATS), ("jsonl", ["voteup_count:desc"]), ("html", ["id:desc"])]
)
def test_an_export_that_was_ended_anywhere_goes_on_to_the_same_end(
    export: Exporter, form: str, often: None, sort: list[str]
):
    export.items(*(answer(number) for number in range(1, 17)), answer(99, content=None))
    asked: dict[str, Any] = {"format": form, "sort": sort}
    output = OUTPUTS[form]
    export.run(output, "answers", **asked)
    whole = contents(export.folder / output)
    (export.folder / output).rename(export.folder / "whole")

    for left in (0, 5, 1, 7):
        cut(export, output, left, **asked)
        assert not (export.folder / output).exists()
    report = export.run(output, "answers", **asked)
    assert report.went_on > 0
    assert report.written == {"answer": 17 if FORMATS[form].has_fields else 16}
    assert contents(export.folder / output) == whole
    assert not (export.folder / f"{output}.part").exists()


def test_packed_lines_go_on_as_a_further_piece(export: Exporter, often: None):
    export.items(*(answer(number) for number in range(1, 10)))
    cut(export, "out.jsonl.gz", 4)
    export.run("out.jsonl.gz", "answers")
    with gzip.open(export.folder / "out.jsonl.gz") as file:
        assert [orjson.loads(line)["id"] for line in file] == [str(number) for number in range(1, 10)]


SCRIPT = """
import sys, time
from pathlib import Path
from zhihu_crawler.export.asked import Asked
from zhihu_crawler.export.formats import lines
from zhihu_crawler.export.job import Job
from zhihu_crawler.export.sources.files import FilesSource
lines.CHECKPOINT_SECONDS = 0.01
class Slow(FilesSource):
    def complete(self, kind, document):
        time.sleep(0.002)
        return super().complete(kind, document)
file, output = sys.argv[1:]
asked = Asked(["answers"], output=output)
report = Job(asked, lambda folder: Slow([Path(file)], folder), kept=False).run()
print(report.went_on)
"""


def test_a_killed_process_leaves_what_the_next_goes_on_from(export: Exporter):
    export.items(*(answer(number) for number in range(1000, 1150)))
    output = export.folder / "out.jsonl"
    command = [sys.executable, "-c", SCRIPT, str(export.file), str(output)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while written(output) < 20:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not output.exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 20
    export.run("again.jsonl", "answers")
    assert export.read("out.jsonl") == export.read("again.jsonl")


def written(output: Path) -> int:
    """How many a draft says are written."""
    try:
        state = json.loads((output.with_name(f"{output.name}.part") / "state.json").read_bytes())
    except FileNotFoundError:
        return 0
    return int(state["written"].get("answer", 0))


def test_another_command_does_not_go_on_with_it(export: Exporter, often: None):
    export.items(*(answer(number) for number in range(1, 10)))
    cut(export, "out.csv", 5)
    with pytest.raises(ExportError, match=r"beginning of another export \(where \[\]\).*--restart"):
        export.run("out.csv", "answers", where=["voteup_count>3"])
    report = export.run("out.csv", "answers", where=["voteup_count>3"], restart=True)
    assert (report.written, report.went_on) == ({"answer": 6}, 0)


def test_ages_are_meant_from_when_it_began(export: Exporter, often: None, monkeypatch: pytest.MonkeyPatch):
    export.items(*(answer(number) for number in range(1, 10)))
    began: list[Any] = []
    plan_of = job_module.plan_of
    monkeypatch.setattr(job_module, "plan_of", lambda a, now, kept: began.append(now) or plan_of(a, now, kept=kept))
    cut(export, "out.csv", 5, until="1h", since="500w")
    export.run("out.csv", "answers", until="1h", since="500w")
    assert len(began) == 4
    assert began[1] == began[3] != began[2]


def test_two_exports_do_not_write_one_output_at_a_time(export: Exporter):
    export.items(answer(1))
    inner = export.job("out.csv", "answers")
    outer = export.job("out.csv", "answers")

    def while_open(folder: Path) -> FilesSource:
        with pytest.raises(ExportError, match="another export is writing"):
            inner.run()
        return FilesSource([export.file], folder)

    outer.open_source = while_open
    assert outer.run().written == {"answer": 1}


def test_what_is_there_is_not_replaced_unless_told(export: Exporter):
    export.items(answer(1))
    (export.folder / "out.csv").write_text("mine")
    with pytest.raises(ExportError, match="is there already: choose another name, or add --overwrite"):
        export.run("out.csv", "answers")
    assert export.read("out.csv") == b"mine"
    export.run("out.csv", "answers", overwrite=True)
    assert export.read("out.csv").startswith(b"\xef\xbb\xbfkind,")


def test_a_folder_that_no_export_made_is_never_replaced(export: Exporter):
    export.items(answer(1))
    (export.folder / "home").mkdir()
    (export.folder / "home" / "thesis.txt").write_text("mine")
    with pytest.raises(ExportError, match="a folder that no export made"):
        export.run("home", "answers", format="markdown", overwrite=True)
    assert (export.folder / "home" / "thesis.txt").read_text() == "mine"


def test_a_folder_of_an_export_is_replaced_as_a_whole(export: Exporter):
    export.items(answer(1), answer(2))
    export.run("out", "answers", format="markdown")
    export.items(answer(3))
    export.run("out", "answers", format="markdown", overwrite=True)
    assert [path.name for path in sorted((export.folder / "out").glob("*.md"))] == [
        "index.md",
        "问题1？--李白的回答-a3.md",
    ]


@pytest.mark.parametrize("form", ["jsonl", "markdown"])
def test_killed_between_the_name_and_the_end_nothing_is_made_of_what_is_left(
    export: Exporter, form: str, monkeypatch: pytest.MonkeyPatch
):
    export.items(answer(1), answer(2))
    output = OUTPUTS[form]
    with monkeypatch.context() as patched:
        patched.setattr(Draft, "discard", lambda _: None)
        export.run(output, "answers", format=form)
    once = contents(export.folder / output)
    report = export.run(output, "answers", format=form, overwrite=True)
    assert (report.went_on, report.written) == (0, {"answer": 2})
    assert contents(export.folder / output) == once
    assert not (export.folder / f"{output}.part").exists()


def test_a_state_speaks_of_nothing_that_is_not_on_the_disk(
    export: Exporter, form: str, often: None, monkeypatch: pytest.MonkeyPatch
):
    on_disk: dict[int, int] = {}
    fsync, save = os.fsync, Draft.save

    def note(file: int) -> None:
        fsync(file)
        told = os.fstat(file)
        on_disk[told.st_ino] = told.st_mtime_ns

    def check(draft: Draft, state: State) -> None:
        if state.place:
            kept = [path for path in draft.folder.rglob("*") if path.is_file() and path.name not in ("lock", STATE)]
            assert [path.name for path in kept if on_disk.get(path.stat().st_ino) != path.stat().st_mtime_ns] == []
        save(draft, state)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(Draft, "save", check)
    export.items(*(answer(number) for number in range(1, 8)))
    export.run(OUTPUTS[form], "answers", format=form, sort=["voteup_count"])


def test_a_draft_that_is_none_is_left_alone(export: Exporter):
    export.items(answer(1))
    (export.folder / "out.csv.part").mkdir()
    (export.folder / "out.csv.part" / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="holds something else than a draft"):
        export.run("out.csv", "answers")
    assert (export.folder / "out.csv.part" / "mine.txt").exists()


def test_a_damaged_state_is_told(export: Exporter, often: None):
    export.items(*(answer(number) for number in range(1, 10)))
    cut(export, "out.csv", 5)
    (export.folder / "out.csv.part" / "state.json").write_text("{")
    with pytest.raises(ExportError, match=r"cannot be read .*add --restart"):
        export.run("out.csv", "answers")


def test_what_fails_before_anything_was_written_leaves_nothing(export: Exporter):
    export.items(answer(1))
    cut(export, "out.csv", 0)
    assert sorted(path.name for path in export.folder.iterdir()) == ["items.jsonl"]


def test_nothing_matching_gives_an_empty_file(export: Exporter):
    export.items(answer(1))
    report = export.run("out.jsonl", "answers", where=["voteup_count>5"])
    assert report.written == {"answer": 0}
    assert report.remarks == [f"nothing that was asked for is in {export.file}"]
    assert export.read("out.jsonl") == b""


def test_a_question_of_which_nothing_is_there_is_named(export: Exporter):
    export.items(answer(1))
    report = export.run("out", question="404", format="jsonl")
    assert report.remarks == [f"nothing of question 404 that was asked for is in {export.file}"]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["1", "2", "3", "4"]),
        ({"limit": 2}, ["1", "2"]),
        ({"limit": 2, "sort": ["voteup_count:desc"]}, ["4", "3"]),
        ({"where": ["voteup_count>=3"]}, ["3", "4"]),
        ({"where": ["voteup_count>=2", "voteup_count<4"], "limit": 1}, ["2"]),
        ({"where": ["answer:voteup_count=2,3"]}, ["2", "3"]),
        ({"where": ["question:answer_count=2"]}, ["1", "2", "3", "4"]),
        ({"filter": '{"$or": [{"id": "1"}, {"voteup_count": 4}]}'}, ["1", "4"]),
        ({"ids": ["4", "1", "4", "9"]}, ["4", "1"]),
        ({"ids": ["https://www.zhihu.com/question/1/answer/2"]}, ["2"]),
        ({"ids": ["1", "3", "4"], "where": ["voteup_count>1"], "limit": 2}, ["3"]),
        ({"question": "2"}, ["3", "4"]),
        ({"question": "https://www.zhihu.com/question/2"}, ["3", "4"]),
        ({"author": "li-bai"}, ["1", "2", "3", "4"]),
        ({"author": "du-fu"}, []),
        ({"since": "2026-03-01T12:00", "until": "2026-03-02"}, ["1", "2", "3", "4"]),
        ({"until": "2026-03-01T12:00"}, []),
        ({"collection": "5"}, ["4", "1"]),
        ({"collection": "5", "limit": 1}, ["4"]),
        ({"collection": "5", "where": ["voteup_count<4"]}, ["1"]),
    ],
)
def test_what_is_asked_for_comes(export: Exporter, asked: dict[str, Any], ids: list[str]):
    export.items(
        *(answer(number, question=1 + (number > 2)) for number in range(1, 5)),
        *(
            entry(5, 0, "answer", "4"),
            entry(5, 1, "zvideo", "8"),
            entry(5, 2, "answer", "1"),
            entry(6, 0, "answer", "3"),
        ),
    )
    export.run("out.jsonl", "answers", **asked)
    assert export.ids("out.jsonl") == ids


def test_what_a_condition_leaves_out_is_not_missing(export: Exporter):
    export.items(answer(1), answer(2))
    report = export.run("out.jsonl", "answers", ids=["1", "2", "3"], where=["voteup_count=1"])
    assert report.left_out == {"answer": {f"not found in {export.file}": [1, ["3"]]}}


def test_a_question_comes_with_its_answers(export: Exporter):
    question = make_item("question", "1", title="为什么？", detail="")
    export.items(question, make_item("question", "2"), answer(1), answer(2, question=2))
    report = export.run("out", format="jsonl", question="1")
    assert report.written == {"question": 1, "answer": 1}
    assert export.ids("out/questions.jsonl") == ["1"]
    assert export.ids("out/answers.jsonl") == ["1"]


def test_a_collection_comes_with_itself_and_its_entries_in_order(export: Exporter):
    entries = [entry(5, 1, "answer", "1"), entry(5, 0, "answer", "2"), entry(6, 0, "answer", "3")]
    export.items(make_item("collection", "5", title="藏"), *entries, *(answer(number) for number in (1, 2, 3)))
    report = export.run("out", format="jsonl", collection="5")
    assert report.written == {"collection": 1, "collection_entry": 2, "answer": 2, "article": 0}
    assert [row["content_id"] for row in export.rows("out/collection_entries.jsonl")] == ["2", "1"]
    assert export.ids("out/answers.jsonl") == ["2", "1"]


@pytest.mark.parametrize(
    ("output", "kinds", "asked", "told"),
    [
        ("out.jsonl", ["answers"], {"where": ["votes>1", "is_paid=x"]}, "did you mean voteup_count?\nis_paid is true"),
        ("out.jsonl", [], {}, "name what to export"),
        ("out.jsonl", [], {"question": "x"}, "'x' is no question"),
        ("out", ["answers"], {}, "say which format"),
        ("out", ["answers"], {"format": "markdwn"}, "did you mean markdown"),
        ("out", ["users"], {"format": "html"}, "html is for question, answer, article, not for user"),
        ("out.epub", ["answers"], {"fields": ["id"]}, "--fields and --with are for jsonl"),
        ("out.csv", ["answers"], {"more": ["history"]}, "the store alone keeps it"),
        ("out.csv", ["answers"], {"fields": ["foo"]}, "has no field 'foo'"),
        ("out.csv", ["answers"], {"sort": ["author"]}, "is an object"),
        ("out", ["questions"], {"sort": ["topics.name"], "format": "csv"}, "is a list"),
        ("out.csv", ["answers"], {"sort": ["voteup_count:down"]}, "FIELD:asc or FIELD:desc"),
        ("out.csv", ["answers"], {"limit": -1}, "--limit -1"),
        ("out.csv", ["answers"], {"by": "created"}, "needs --since or --until"),
        ("out.csv", ["answers"], {"by": "voteup_count", "since": "1d"}, "not a time"),
        ("out.csv", ["answers"], {"question": "1", "collection": "2"}, "give one of"),
        ("out.csv", ["answers"], {"ids": ["1"], "question": "2"}, "give one of"),
        ("out.csv", ["answers"], {"ids": ["x"]}, "'x' is no answer"),
        ("out", ["answers", "questions"], {"ids": ["1"], "format": "csv"}, "of one kind"),
        ("out.csv", ["topics"], {"question": "1"}, "--question chooses question, answer; it says nothing of topic"),
        ("out.csv", ["answers"], {"collection": "1", "sort": ["voteup_count"]}, "in its own order"),
        ("out.jsonl", ["answers"], {"excel": True}, "--excel is for csv"),
        ("-", ["answers", "users"], {"format": "csv"}, "only one kind"),
        ("-", ["answers"], {"format": "epub"}, "only one kind"),
        ("..", ["answers"], {"format": "html"}, "has no name of its own"),
    ],
)
def test_what_cannot_be_made_is_told_before_anything_is(
    export: Exporter, output: str, kinds: list[str], asked: dict[str, Any], told: str
):
    export.items(answer(1))
    with pytest.raises(BadQuery) as error:
        export.run(output, *kinds, **asked)
    assert told in str(error.value)
    assert sorted(path.name for path in export.folder.iterdir()) == ["items.jsonl"]


def test_progress_is_told(export: Exporter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(job_module, "_SHOWN_SECONDS", 0.0)
    export.items(*(answer(number) for number in range(1, 5)))
    told: list[tuple[int, int | None]] = []
    job = export.job("out.csv", "answers")
    job.show = lambda done, total: told.append((done, total))
    job.run()
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4), (4, 4)]


def test_what_is_gone_when_its_turn_comes_is_told(export: Exporter, monkeypatch: pytest.MonkeyPatch):
    export.items(answer(1), answer(2))
    fetch = FilesSource.fetch
    monkeypatch.setattr(
        FilesSource, "fetch", lambda self, kind, ids: fetch(self, kind, [one for one in ids if one != "1"])
    )
    report = export.run("out.jsonl", "answers", sort=["voteup_count"])
    assert export.ids("out.jsonl") == ["2"]
    assert report.left_out == {"answer": {"gone since this export began": [1, ["1"]]}}
