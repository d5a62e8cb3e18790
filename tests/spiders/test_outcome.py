"""What a user is left with: files of every format, the tour, a crawl over saved pages."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.helpers.crawls import crawl, scrapy
from tests.helpers.sandbox import running_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sandbox import Sandbox

pytestmark = pytest.mark.crawl


def run(sandbox: Sandbox, *args: str, folder: Path) -> None:
    done = scrapy("crawl", *args, ZHIHU_ORIGIN=sandbox.origin, ZHIHU_EXPORT_DIR=str(folder / "exports"))
    assert done.returncode == 0, done.stderr


def test_a_crawl_writes_one_json_lines_file_a_kind(sandbox: Sandbox, tmp_path: Path):
    run(sandbox, "question", "-a", "ids=23000001", folder=tmp_path)
    files = {path.name for path in (tmp_path / "exports").iterdir()}
    (question,) = (tmp_path / "exports" / "questions.jsonl").read_text(encoding="utf-8").splitlines()

    assert {"questions.jsonl", "answers.jsonl", "listings.jsonl"} <= files
    assert json.loads(question)["id"] == "23000001"
    assert "示例" in question


def test_an_earlier_crawls_files_are_kept(sandbox: Sandbox, tmp_path: Path):
    run(sandbox, "question", "-a", "ids=23000001", folder=tmp_path)
    run(sandbox, "question", "-a", "ids=23000002", folder=tmp_path)
    (folder,) = (tmp_path / "exports" / "earlier").iterdir()

    assert '"23000001"' in (folder / "questions.jsonl").read_text(encoding="utf-8")
    assert '"23000002"' in (tmp_path / "exports" / "questions.jsonl").read_text(encoding="utf-8")
    assert '"23000001"' not in (tmp_path / "exports" / "questions.jsonl").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def exports(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    outputs = [part for name in ("x.json", "x.jsonl", "x.csv", "x.xml") for part in ("-O", str(folder / name))]
    run(sandbox, "question", "-a", "ids=24000001", *outputs, folder=folder)
    return folder


def test_all_formats_hold_the_same_items(exports: Path):
    as_json = json.loads((exports / "x.json").read_text(encoding="utf-8"))
    as_lines = [json.loads(line) for line in (exports / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    with (exports / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        as_rows = list(csv.DictReader(file))
    as_xml = ET.parse(exports / "x.xml").getroot()

    assert as_json == as_lines
    assert (
        [item["id"] for item in as_json] == [row["id"] for row in as_rows] == [item.findtext("id") for item in as_xml]
    )
    answers = [item for item in as_json if item["kind"] == "answer"]
    rows = [row for row in as_rows if row["kind"] == "answer"]
    assert [item["content"] for item in answers] == [row["content"] for row in rows]
    assert [item["author"]["name"] for item in answers] == [row["author.name"] for row in rows]
    assert [str(item["voteup_count"]) for item in answers] == [row["voteup_count"] for row in rows]


def test_csv_tells_a_spreadsheet_that_it_is_utf_8(exports: Path):
    assert (exports / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfkind,id,url,")


def test_files_that_were_asked_for_replace_the_default_ones(exports: Path):
    assert not (exports / "exports").exists()


def test_the_tour_crawls_the_sandbox_and_shows_one_table(tmp_path: Path):
    done = scrapy("tour", ZHIHU_EXPORT_DIR=str(tmp_path / "exports"), COLUMNS="200")
    rows = {tuple(line.split()[-4:-1]) for line in done.stderr.splitlines() if ".jsonl" in line}

    assert done.returncode == 0, done.stderr
    assert "The sandbox, a made-up Zhihu, is at http://127.0.0.1:" in done.stderr
    assert {("questions", "1", "1"), ("answers", "120", "120"), ("collection_entries", "60", "60")} <= rows
    assert "Not whole" not in done.stderr
    entries = (tmp_path / "exports" / "collection_entries.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(entries) == 60


def test_the_tour_runs_any_spider_and_passes_on_what_is_wrong(tmp_path: Path):
    done = scrapy("tour", "user", "-a", "tokens=shili-t-2", "-a", "follw=answers", ZHIHU_EXPORT_DIR=str(tmp_path))

    assert done.returncode == 2
    assert "did you mean follow?" in done.stderr


REPLAYS = [
    ("question", "ids=1983952300432179846", {"question": 1, "answer": 5}),
    ("question", "ids=277756007", {"question": 1, "answer": 5}),
    ("question", "ids=263602268", {"question": 1, "answer": 3}),
    ("question", "ids=24825703", {"question": 1, "answer": 50}),
    ("answer", "urls=https://www.zhihu.com/question/24825703/answer/30975949", {"answer": 1}),
    ("user", "tokens=jia-yu-bu-shi-gui-74", {"user": 1}),
    ("collection", "ids=454292599", {"collection": 1}),
]


@pytest.mark.captures
@pytest.mark.parametrize(("spider", "seed", "counts"), REPLAYS)
def test_a_crawl_over_saved_pages_gives_what_they_hold(
    captures: Path, tmp_path: Path, spider: str, seed: str, counts: dict[str, int]
):
    with running_sandbox("--captures", str(captures)) as replay:
        crawled = crawl(tmp_path, replay.origin, spider, seed)

    assert {kind: len(items) for kind, items in crawled.items.items() if kind in counts} == counts, crawled.log[-2000:]
    assert "zhihu/unreadable" not in crawled.log
    for listing in crawled.items.get("listing", []):  # the pages that follow were not saved
        assert listing["stopped"] == "error"
        assert "gone" in listing["detail"]
