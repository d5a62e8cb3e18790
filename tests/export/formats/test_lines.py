from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.export.conftest import Exporter, answer
from tests.samples import make_item
from zhihu_crawler.exporters import CsvExporter
from zhihu_crawler.items import Badge, TopicRef
from zhihu_crawler.items.people import Author, AuthorKind

if TYPE_CHECKING:
    from zhihu_crawler.items import Item

FULL = Author(
    kind=AuthorKind.USER, name="李白", badges=(Badge(type="identity", topics=(TopicRef(id="1", name="诗"),)),)
)


def table(export: Exporter, output: str = "out.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export.read(output).decode("utf-8-sig"), newline="")))


def test_csv_is_byte_for_byte_that_of_a_crawl(export: Exporter):
    items = [answer(1, author=FULL, content='<p>一,"二"\n三</p>', is_paid=False), answer(2, author=None, content=None)]
    file = io.BytesIO()
    crawl = CsvExporter(file, ["answer"])
    crawl.start_exporting()
    for item in items:
        crawl.export_item(item)
    crawl.finish_exporting()

    export.items(*items)
    export.run("out.csv", "answers")
    assert export.read("out.csv") == file.getvalue()


@pytest.mark.parametrize(
    ("fields", "head", "row"),
    [
        (["id"], ["id"], ["1"]),
        (["voteup_count", "id"], ["voteup_count", "id"], ["1", "1"]),
        (["author.name", "id"], ["author.name", "id"], ["李白", "1"]),
        (["question"], ["question.id", "question.title"], ["1", "问题1？"]),
        (["id", "id", "question", "question.id"], ["id", "question.id", "question.title"], ["1", "1", "问题1？"]),
        (
            ["author.badges"],
            ["author.badges"],
            ['[{"type":"identity","description":null,"topics":[{"id":"1","name":"诗"}]}]'],
        ),
        (["author.badges.type"], ["author.badges"], ['[{"type":"identity"}]']),
        (["kind", "aid"], ["kind", "aid"], ["answer", ""]),
    ],
)
def test_csv_has_the_chosen_columns_in_their_order(
    export: Exporter, fields: list[str], head: list[str], row: list[str]
):
    export.items(answer(1, author=FULL))
    export.run("out.csv", "answers", fields=fields)
    [mine] = table(export)
    assert (list(mine), list(mine.values())) == (head, row)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        (["id"], {"id": "1"}),
        (["author.name", "id"], {"author": {"name": "李白"}, "id": "1"}),
        (["author.badges.type"], {"author": {"badges": [{"type": "identity"}]}}),
        (["aid", "question.title"], {"aid": None, "question": {"title": "问题1？"}}),
    ],
)
def test_json_lines_have_the_chosen_fields_where_they_belong(export: Exporter, fields: list[str], row: dict[str, Any]):
    export.items(answer(1, author=FULL))
    export.run("out.jsonl", "answers", fields=fields)
    assert export.rows("out.jsonl") == [row]


def test_of_several_kinds_each_has_those_of_the_fields_that_it_has(export: Exporter):
    export.items(answer(1), make_item("question", "5", title="为"))
    export.run("out", "answers", "questions", format="jsonl", fields=["id", "title", "voteup_count"])
    assert export.rows("out/answers.jsonl") == [{"id": "1", "voteup_count": 1}]
    assert export.rows("out/questions.jsonl") == [{"id": "5", "title": "为", "voteup_count": None}]


@pytest.mark.parametrize(
    ("item", "column", "cell"),
    [
        (answer(1924054028658116132), "id", '="1924054028658116132"'),
        (answer(123456789012345), "id", "123456789012345"),
        (answer(1, author=Author(kind=AuthorKind.USER, name="=HYPERLINK(1)")), "author.name", "'=HYPERLINK(1)"),
        (answer(1, author=Author(kind=AuthorKind.USER, name="@x")), "author.name", "'@x"),
        (answer(1, content="-1"), "content", "'-1"),
        (answer(1, content="＝1+1"), "content", "'＝1+1"),
        (answer(1, content="长" * 40_000), "content", "长" * 32_766 + "…"),
        (answer(1, voteup_count=-5), "voteup_count", "-5"),
        (answer(1, content="<p>=1</p>"), "content", "<p>=1</p>"),
    ],
)
def test_for_excel_nothing_is_a_formula_and_no_id_loses_its_digits(
    export: Exporter, item: Item, column: str, cell: str
):
    export.items(item)
    report = export.run("out.csv", "answers", excel=True)
    [row] = table(export)
    assert row[column] == cell
    assert bool(report.remarks) is (len(cell) > 30_000)


def test_one_kind_may_go_to_standard_output(export: Exporter, capfdbinary: pytest.CaptureFixture[bytes]):
    export.items(answer(1), answer(2))
    report = export.run("-", "answers", format="jsonl", fields=["id"])
    assert capfdbinary.readouterr().out == b'{"id":"1"}\n{"id":"2"}\n'
    assert report.output == "-"
