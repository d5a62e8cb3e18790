from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from scrapy import signals
from scrapy.utils.test import get_crawler

from zhihu_crawler.config import ZhihuConfig
from zhihu_crawler.defaults import feeds
from zhihu_crawler.extensions.exports import ExportFiles

if TYPE_CHECKING:
    from pathlib import Path

MARCH = 1_772_366_400  # 2026-03-01T12:00:00Z


def write(path: Path, text: str, at: int = MARCH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_files_of_the_last_crawl_go_to_one_folder_named_by_the_newest(tmp_path: Path):
    write(tmp_path / "answers.jsonl", "a", MARCH - 60)
    write(tmp_path / "questions.jsonl", "q", MARCH)
    ExportFiles(tmp_path).move_earlier()
    assert tree(tmp_path) == {
        "earlier/2026-03-01T12-00-00Z/answers.jsonl": "a",
        "earlier/2026-03-01T12-00-00Z/questions.jsonl": "q",
    }


def test_a_folder_of_the_same_second_is_not_written_over(tmp_path: Path):
    for text in ("first", "second", "third"):
        write(tmp_path / "answers.jsonl", text)
        ExportFiles(tmp_path).move_earlier()
    assert sorted(tree(tmp_path).values()) == ["first", "second", "third"]


def test_files_of_others_stay_where_they_are(tmp_path: Path):
    write(tmp_path / "notes.txt", "mine")
    write(tmp_path / "answers.csv", "mine too")
    ExportFiles(tmp_path).move_earlier()
    assert tree(tmp_path) == {"answers.csv": "mine too", "notes.txt": "mine"}


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path):
    ExportFiles(tmp_path / "none").move_earlier()
    assert list(tmp_path.iterdir()) == []


def begin(folder: Path, **settings: object) -> dict[str, str]:
    """Begin a crawl with these settings over a folder of an earlier one's answers."""
    write(folder / "answers.jsonl", "a")
    made = feeds(ZhihuConfig(export_dir=str(folder)))
    crawler = get_crawler(settings_dict={"ZHIHU_EXPORT_DIR": str(folder), "FEEDS": made, **settings})
    extension = ExportFiles.from_crawler(crawler)
    crawler.signals.send_catch_log(signals.engine_started)
    assert extension
    return tree(folder)


def test_a_crawl_with_the_default_files_begins_them_anew(tmp_path: Path):
    assert begin(tmp_path) == {"earlier/2026-03-01T12-00-00Z/answers.jsonl": "a"}


@pytest.mark.parametrize(
    "settings",
    [{"FEEDS": {"mine.csv": {"format": "csv"}}}, {"FEEDS": {}}, {"ZHIHU_EXPORT_APPEND": "1"}],
    ids=["the user's own feed", "no feed", "to be added to"],
)
def test_a_crawl_that_does_not_begin_the_files_anew_moves_nothing(tmp_path: Path, settings: dict[str, object]):
    assert begin(tmp_path, **settings) == {"answers.jsonl": "a"}
