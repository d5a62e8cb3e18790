from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import fields
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import AT, make_item, one_of_each
from zhihu_crawler.exporters import CsvExporter, JsonExporter, JsonLinesExporter, XmlExporter
from zhihu_crawler.items import KINDS, Author, AuthorKind, Badge, QuestionRef, TopicRef
from zhihu_crawler.rows import columns, plain

ANSWER = make_item(
    "answer",
    question=QuestionRef(id="1924054028658116132", title="为什么？"),
    author=Author(kind=AuthorKind.USER, name="李白", badges=(Badge(type="identity", topics=()),)),
    content='<p>一,"二"\n三</p>',
    voteup_count=0,
    is_collapsed=False,
)


def written(exporter: type[Any], *items: object, **options: Any) -> bytes:
    file = io.BytesIO()
    out = exporter(file, **options)
    out.start_exporting()
    for item in items:
        out.export_item(item)
    out.finish_exporting()
    return file.getvalue()


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_json_lines_hold_one_whole_item_each_missing_fields_as_null():
    lines = written(JsonLinesExporter, *one_of_each()).decode().splitlines()
    for line, kind in zip(lines, KINDS, strict=True):
        read = json.loads(line)
        assert read["kind"] == kind
        assert set(read) == {field.name for field in fields(KINDS[kind])}


def test_times_are_utc_and_chinese_is_not_escaped():
    line = written(JsonLinesExporter, ANSWER).decode()
    assert '"crawled_at":"2026-03-01T12:00:00Z"' in line
    assert "李白" in line


def test_zero_false_and_missing_are_three_things():
    read = orjson.loads(written(JsonLinesExporter, ANSWER))
    assert (read["voteup_count"], read["is_collapsed"], read["comment_count"]) == (0, False, None)


def test_chosen_fields_alone_are_written():
    line = written(JsonLinesExporter, ANSWER, fields_to_export=["id", "voteup_count"])
    assert orjson.loads(line) == {"id": "1", "voteup_count": 0}


def test_json_is_one_list():
    assert orjson.loads(written(JsonExporter, *one_of_each())) == [plain(item) for item in one_of_each()]
    assert orjson.loads(written(JsonExporter)) == []


@pytest.mark.parametrize("exporter", [JsonLinesExporter, JsonExporter, CsvExporter, XmlExporter])
def test_what_is_no_item_of_ours_is_written_too(exporter: type[Any]):
    assert b"seven" in written(exporter, {"id": "seven"})


def test_csv_begins_with_the_mark_by_which_spreadsheets_know_utf8():
    data = written(CsvExporter, ANSWER)
    assert data.startswith(b"\xef\xbb\xbfkind,id,url,")
    assert data.count(b"\xef\xbb\xbf") == 1


def test_csv_has_every_field_of_every_kind_as_a_column():
    head = written(CsvExporter, ANSWER).decode("utf-8-sig").splitlines()[0].split(",")
    assert len(head) == len(set(head))
    for record in KINDS.values():
        for field in fields(record):
            assert any(name == field.name or name.startswith(f"{field.name}.") for name in head), field.name


def test_csv_has_the_columns_of_the_spiders_own_kinds():
    head = list(columns(["follow"]))
    assert head == [
        *("kind", "id", "url", "follower_token", "follower_id", "followee_token", "followee_id", "position"),
        *("crawled_at", "layout", "partial"),
    ]


def test_csv_cells_are_what_the_item_says():
    [row] = rows(written(CsvExporter, ANSWER))
    assert row["question.id"] == "1924054028658116132"
    assert row["author.name"] == "李白"
    assert row["content"] == '<p>一,"二"\n三</p>'
    assert (row["voteup_count"], row["comment_count"]) == ("0", "")
    assert json.loads(row["author.badges"])[0]["type"] == "identity"


def test_csv_writes_a_list_of_texts_by_semicolon_and_a_list_of_objects_as_json():
    [row] = rows(written(CsvExporter, make_item("user", locations=("长安", "江油"))))
    assert row["locations"] == "长安; 江油"
    [row] = rows(written(CsvExporter, make_item("question", topics=(TopicRef(id="7", name="诗"),))))
    assert json.loads(row["topics"]) == [{"id": "7", "name": "诗"}]


def test_csv_keeps_kinds_apart_in_one_table():
    read = rows(written(CsvExporter, *one_of_each()))
    assert [row["kind"] for row in read] == list(KINDS)


def test_csv_that_is_added_to_gets_no_second_head():
    file = io.BytesIO()
    for _ in range(2):
        out = CsvExporter(file)
        out.start_exporting()
        out.export_item(ANSWER)
        out.finish_exporting()
    assert len(rows(file.getvalue())) == 2
    assert file.getvalue().count(b"\xef\xbb\xbf") == 1


def test_csv_in_another_encoding_has_no_mark():
    assert written(CsvExporter, ANSWER, encoding="gb18030").startswith(b"kind,")


# what XML 1.0 cannot hold: control characters, surrogates' place, the two non-characters
FORBIDDEN = ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff"]


@pytest.mark.parametrize("letter", FORBIDDEN, ids=ascii)
def test_xml_puts_a_mark_for_what_it_cannot_hold(letter: str):
    tree = ET.fromstring(written(XmlExporter, make_item("question", title=f"a{letter}b")))
    assert tree.findtext(".//title") == "a\ufffdb"


def test_xml_has_no_element_for_what_was_not_seen_and_one_for_what_is_empty_or_zero():
    item = make_item("question", title="", answer_count=0, author=Author(kind=AuthorKind.ANONYMOUS))
    [tree] = ET.fromstring(written(XmlExporter, item))
    assert tree.find("detail") is None
    assert tree.find("author/url_token") is None
    assert tree.findtext("title") == ""
    assert tree.findtext("answer_count") == "0"


def test_xml_keeps_tabs_lines_and_signs():
    tree = ET.fromstring(written(XmlExporter, make_item("question", title="<a>\t&\n😀")))
    assert tree.findtext(".//title") == "<a>\t&\n😀"


@given(st.text())
def test_any_text_comes_out_of_json_and_csv_as_it_went_in(text: str):
    item = make_item("question", title=text.encode("utf-8", "replace").decode())
    assert orjson.loads(written(JsonLinesExporter, item))["title"] == item.title
    assert orjson.loads(written(JsonExporter, item))[0]["title"] == item.title
    data = written(CsvExporter, item).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(data, newline="")))["title"] == item.title


@given(st.text())
def test_any_text_gives_sound_xml(text: str):
    ET.fromstring(written(XmlExporter, make_item("question", title=text.encode("utf-8", "replace").decode())))


def test_plain_times_have_no_fractions():
    item = make_item("answer", created=AT.replace(microsecond=5))
    assert plain(item)["created"] == "2026-03-01T12:00:00Z"
