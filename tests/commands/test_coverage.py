from __future__ import annotations

import shutil

import pytest
from scrapy.cmdline import execute

from tests.conftest import FIXTURES
from zhihu_crawler.commands._coverage import count_folder, coverage_text, field_names, layouts_text


@pytest.fixture
def folder(tmp_path):
    shutil.copy(FIXTURES / "article" / "2015-zhuanlan-api" / "input.json", tmp_path / "a.json")
    shutil.copy(FIXTURES / "column" / "2017-preloaded" / "input.html", tmp_path / "b.html")
    (tmp_path / "c.html").write_text("<html>cut")
    return tmp_path


def test_items_are_counted_by_kind_and_layout_and_a_bad_page_costs_itself_alone(folder):
    coverage = count_folder(str(folder))
    assert coverage.items == {
        ("article", "zhuanlan-api"): 1,
        ("article", "data-state"): 2,
        ("column", "data-state"): 1,
        ("user", "data-state"): 2,
    }
    assert coverage.pages == {"zhuanlan-api": 1, "data-state": 1}
    assert [line.partition(": ")[2] for line in coverage.unread] == ["damagedpage"]


def test_a_field_is_counted_where_it_is_told(folder):
    found = count_folder(str(folder)).found
    assert found["article", "data-state", "updated"] == 1
    assert found["article", "data-state", "title"] == 2
    assert found["article", "data-state", "ip_location"] == 0


def test_the_tables_name_every_field_and_leave_blank_what_was_not_seen(folder):
    lines = coverage_text(count_folder(str(folder))).splitlines()
    assert f"| `article` | 2; 11 of {len(field_names('article'))} | 1; 13 of {len(field_names('article'))} |" in lines
    assert "| `updated` | 1 |  |" in lines
    assert "| `ip_location` |  |  |" in lines


def test_the_data_dictionary_is_given_the_layouts_of_every_field(folder):
    rows = [line.split("\t") for line in layouts_text(count_folder(str(folder))).splitlines()]
    assert rows[0] == ["kind", "field", "layouts"]
    assert ["article", "title", "data-state, zhuanlan-api"] in rows
    assert ["article", "ip_location", ""] in rows


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", "coverage", *map(str, args)])
    return int(ended.value.code or 0)


def test_the_command_writes_both_files(folder, tmp_path_factory, capsys):
    out = tmp_path_factory.mktemp("out")
    assert run(folder, "--output", out / "coverage.md", "--layouts", out / "layouts.tsv") == 0
    assert (out / "coverage.md").read_text().startswith("# What was found on stored pages")
    assert (out / "layouts.tsv").read_text().startswith("kind\tfield\tlayouts\n")
    assert "c.html: damagedpage" in capsys.readouterr().err


def test_a_folder_that_gives_nothing_is_told(tmp_path, capsys):
    assert run(tmp_path) == 2
    assert "holds no page that gives an item" in capsys.readouterr().err


@pytest.mark.parametrize("args", [[], ["a", "b"], ["/nowhere/at/all.html"]])
def test_wrong_arguments_are_told(args, capsys):
    assert run(*args) == 2
    assert capsys.readouterr()
