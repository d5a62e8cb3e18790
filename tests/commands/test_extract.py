from __future__ import annotations

import json
import shutil

import pytest
from scrapy.cmdline import execute

from tests.conftest import FIXTURES
from tests.helpers.crawls import scrapy

QUESTION = FIXTURES / "question" / "2016-legacy" / "input.html"
ENTRIES = FIXTURES / "collection" / "2024-api-items" / "input.json"


def extract(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[list[dict], str, int]:
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", "extract", *map(str, args)])
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err, int(ended.value.code or 0)


def test_items_go_to_standard_output_and_a_line_a_file_beside_them(capsys):
    items, told, status = extract(capsys, QUESTION, "--url", "https://www.zhihu.com/question/24000001")
    assert {item["kind"] for item in items} >= {"question", "answer"}
    assert "input.html: 1 question" in told
    assert status == 0


def test_a_folder_is_read_file_by_file_and_a_bad_one_costs_itself_alone(capsys, tmp_path):
    shutil.copy(QUESTION, tmp_path / "a.html")
    (tmp_path / "b.html").write_text("<html><body>cut")
    (tmp_path / "c.json").write_text('{"error": {"code": 40362, "message": "x"}}')
    shutil.copy(ENTRIES, tmp_path / "d.json")

    items, told, status = extract(capsys, tmp_path)
    assert {item["kind"] for item in items} >= {"question", "answer", "collection_entry"}
    assert "b.html: damagedpage" in told
    assert "c.json: blocked/rate" in told
    assert status == 2


def test_an_index_tells_address_and_day(capsys, tmp_path):
    shutil.copy(QUESTION, tmp_path / "a.html")
    (tmp_path / "INDEX.tsv").write_text(
        "file\turl\tcaptured\na.html\thttps://www.zhihu.com/question/24000001\t2016-03-02\n"
    )
    items, _, status = extract(capsys, tmp_path, "--quiet")
    assert items
    assert status == 0


def test_a_file_may_come_by_standard_input():
    done = scrapy("extract", "-", "--quiet", stdin=ENTRIES.read_text(encoding="utf-8"))
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()].count("collection_entry") >= 1
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "name at least one file"),
        (["x.html", "--url", "https://example.com/"], "is no address of zhihu.com"),
        (["x.html", "--url", "https://zhihu.com.example.com/"], "is no address of zhihu.com"),
        (["x.html", "--captured", "yesterday"], "is no date such as 2016-03-02"),
        (["/nowhere/x.html"], "x.html"),
    ],
)
def test_what_cannot_be_read_is_told(args: list[str], told: str, capsys):
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", "extract", *args])
    assert ended.value.code == 2
    assert told in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "url", ["https://www.zhihu.com/hot", "https://www.zhihu.com/api/v4/search_v3?q=x", "http://zhihu.com"]
)
def test_a_page_may_be_of_any_address_of_the_site(capsys, tmp_path, url: str):
    page = tmp_path / "hot.json"
    page.write_text('{"data": [{"type": "hot_list_feed", "target": {"id": 1, "type": "question", "title": "?"}}]}')
    items, _, status = extract(capsys, page, "--url", url)
    assert [item["id"] for item in items] == ["1"]
    assert status == 0


def test_a_page_without_items_says_so(capsys, tmp_path):
    page = tmp_path / "empty.json"
    page.write_text('{"paging": {"is_end": true, "totals": 0}, "data": []}')
    items, told, _ = extract(capsys, page, "--url", "https://www.zhihu.com/api/v4/members/li-bai/answers")
    assert items == []
    assert "holds no items" in told
