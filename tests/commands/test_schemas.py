from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.cmdline import execute

from tests.conftest import ROOT
from zhihu_crawler import items
from zhihu_crawler.commands._generated import stale_files, write_files
from zhihu_crawler.commands._schemas import VALUES, schema_files, schema_of, value_docs
from zhihu_crawler.exporters import plain
from zhihu_crawler.items import KINDS, AuthorKind, Layout

ENUMS = [value for name in items.__all__ if isinstance(value := getattr(items, name), type) and issubclass(value, Enum)]


@pytest.fixture(scope="module", autouse=True)
def values_as_parsers_give_them():
    """Counts fit the 64 bits that JSON readers have; times are UTC."""
    times = st.datetimes(datetime(2011, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive
    st.register_type_strategy(int, st.integers(0, 2**53))
    st.register_type_strategy(datetime, times)


def test_the_schemas_that_are_checked_in_say_what_the_items_are():
    assert stale_files(schema_files(ROOT / "schemas")) == []


def test_there_is_a_schema_for_every_kind_and_no_other():
    assert {path.stem for path in (ROOT / "schemas").glob("*.json")} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_by_the_standards_own_rules(kind):
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_as_it_is_exported_fits_its_schema(kind):
    validator = jsonschema.Draft202012Validator(schema_of(kind))

    @settings(max_examples=15)
    @given(st.from_type(KINDS[kind]))
    def fits(item):
        validator.validate(plain(item))

    fits()


@pytest.mark.parametrize(
    "change",
    [
        {"voteup_count": "7"},
        {"colour": "red"},
        {"id": 7},
        {"author": {"name": "x"}},
        {"layout": "paper"},
        {"kind": "pin"},
    ],
)
def test_a_record_that_is_no_answer_does_not_fit(change, crawled_at):
    record = {"kind": "answer", "id": "7", "url": None, "crawled_at": crawled_at.isoformat(), "layout": "api"}
    validator = jsonschema.Draft202012Validator(schema_of("answer"))
    assert validator.is_valid(record)
    assert not validator.is_valid(record | change)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_and_part_says_what_it_means(kind):
    schema = schema_of(kind)
    silent = [name for name, field in schema["properties"].items() if not field.get("description")]
    for part, definition in schema["$defs"].items():
        silent += [part] if not definition.get("description") else []
        silent += [
            f"{part}.{name}" for name, field in definition.get("properties", {}).items() if not field["description"]
        ]
    assert silent == []


@pytest.mark.parametrize("enumeration", ENUMS)
def test_every_value_of_a_fixed_set_says_what_it_means(enumeration):
    docs = value_docs(enumeration)
    assert list(docs) == [member.value for member in enumeration]
    assert all(docs.values())


def test_a_schema_tells_the_meaning_of_each_value():
    assert schema_of("answer")["$defs"]["AuthorKind"][VALUES] == value_docs(AuthorKind)
    assert set(schema_of("answer")["$defs"]["Layout"]["enum"]) == {layout.value for layout in Layout}


def test_files_are_written_once_and_left_alone_when_they_are_right(tmp_path):
    files = {tmp_path / "a" / "one.json": "一\n", tmp_path / "two.json": "2\n"}
    assert stale_files(files) == write_files(files) == list(files)
    assert stale_files(files) == write_files(files) == []
    (tmp_path / "two.json").write_text("3\n", encoding="utf-8")
    assert write_files(files) == [tmp_path / "two.json"]
    assert (tmp_path / "two.json").read_text(encoding="utf-8") == "2\n"


def run(*words):
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", *words])
    return ended.value.code


def test_the_command_writes_and_then_finds_nothing_to_do(tmp_path, capsys):
    assert run("schemas", "--dir", str(tmp_path)) == 0
    assert capsys.readouterr().out == f"schemas: {len(KINDS)} kinds, {len(KINDS)} files changed\n"
    assert run("schemas", "--dir", str(tmp_path), "--check") == 0
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "follow.json").read_text(encoding="utf-8"))["title"] == "Follow"


def test_the_check_names_what_is_out_of_date_and_what_belongs_to_nothing(tmp_path, capsys):
    run("schemas", "--dir", str(tmp_path))
    (tmp_path / "answer.json").write_text("{}", encoding="utf-8")
    (tmp_path / "topic.json").unlink()
    (tmp_path / "pin.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert run("schemas", "--dir", str(tmp_path), "--check") == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("out of date, run `scrapy schemas`: ")
    assert [name for name in KINDS if f"{name}.json" in told[0]] == ["answer", "topic"]
    assert told[1] == f"of no kind, delete: {tmp_path / 'pin.json'}"
    assert (tmp_path / "answer.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("command", ["schemas", "dictionary"])
def test_the_command_takes_no_other_words(command, capsys):
    assert run(command, "answer") == 2
    assert f"{command} takes no 'answer'" in capsys.readouterr().err
