from __future__ import annotations

from dataclasses import fields

import pytest

from tests.commands.test_schemas import ENUMS, run
from zhihu_crawler.commands import dictionary
from zhihu_crawler.commands._dictionary import dictionary_text, read_layouts, type_words
from zhihu_crawler.commands._generated import stale_files
from zhihu_crawler.items import KINDS, PLURALS


@pytest.fixture(scope="module")
def sections():
    """The dictionary's parts by their heading."""
    parts = dictionary_text({}).split("\n## ")
    return {part.partition("\n")[0]: part for part in parts}


def test_the_dictionary_that_is_checked_in_says_what_the_items_are():
    assert stale_files(dictionary.dictionary_files()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_its_row_and_its_meaning(kind, sections):
    section = sections[KINDS[kind].__name__]
    assert f"`{PLURALS[kind]}.jsonl`" in section
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == [field.name for field in fields(KINDS[kind])]
    assert all(len(row) >= 3 and row[2] for row in rows)


@pytest.mark.parametrize("enumeration", ENUMS)
def test_every_value_of_a_fixed_set_has_its_row(enumeration, sections):
    assert f"### {enumeration.__name__}\n" in sections["Values"]
    assert all(f"| `{member.value}` | " in sections["Values"] for member in enumeration)


def test_every_link_leads_to_a_heading():
    text = dictionary_text({})
    targets = {part.partition(")")[0] for part in text.split("](#")[1:]}
    headings = {line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")}
    assert targets
    assert targets <= headings


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "integer"}, "whole number"),
        ({"type": "boolean"}, "yes/no"),
        ({"type": "string", "format": "date-time"}, "UTC time"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        (
            {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Badge"}}, {"type": "null"}]},
            "list of [Badge](#badge)",
        ),
        ({"$ref": "#/$defs/Layout", "description": "x"}, "[Layout](#layout)"),
    ],
)
def test_a_type_is_told_in_plain_words(field, words):
    assert type_words(field) == words


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| `crawled_at` |", ["UTC time (always)", "UTC"]),
        ("| `voteup_count` |", ["whole number", "count"]),
        ("| `content` |", ["text", ""]),
    ],
)
def test_a_row_tells_type_and_unit(row, cells, sections):
    [line] = [line for line in sections["Answer"].splitlines() if line.startswith(row)]
    told = [cell.strip() for cell in line.strip("|").split("|")]
    assert [told[1], told[3]] == cells


def test_the_layouts_of_a_field_stand_in_a_column_of_their_own_once_they_are_known(tmp_path):
    table = tmp_path / "layouts.tsv"
    table.write_text("kind\tfield\tlayouts\nanswer\tcontent\tstate, api\n\n", encoding="utf-8")
    layouts = read_layouts(table)
    assert layouts == {("answer", "content"): "state, api"}
    text = dictionary_text(layouts)
    assert "| `content` | text | Full text, cleaned HTML. |  | state, api |" in text
    assert "| field | type | meaning | unit | read from |" in text


def test_without_a_table_of_layouts_there_is_no_column_for_them(tmp_path):
    assert read_layouts(tmp_path / "none.tsv") == {}
    assert "read from |" not in dictionary_text({})


def test_the_command_writes_and_checks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(dictionary, "ROOT", tmp_path)
    assert run("dictionary", "--check") == 1
    assert capsys.readouterr().out.startswith("out of date, run `scrapy dictionary`: ")
    assert run("dictionary") == 0
    assert run("dictionary", "--check") == 0
    assert capsys.readouterr().out == "dictionary: changed\n"
    assert (tmp_path / "docs" / "data-dictionary.md").is_file()
