from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.export.conftest import Exporter, answer
from tests.samples import AT, make_item, one_of_each
from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.formats import parquet
from zhihu_crawler.items import KINDS, Badge, TopicRef
from zhihu_crawler.items.people import Author, AuthorKind
from zhihu_crawler.storage.documents import values_of

FULL = Author(
    kind=AuthorKind.USER, name="李白", badges=(Badge(type="identity", topics=(TopicRef(id="1", name="诗"),)),)
)


def test_columns_have_types_nested_ones_too(export: Exporter):
    export.items(answer(1))
    export.run("out.parquet", "answers")
    schema = pq.read_schema(export.folder / "out.parquet")
    assert schema.names == [field.name for field in fields(KINDS["answer"])]
    assert schema.field("id").type == pa.string()
    assert schema.field("voteup_count").type == pa.int64()
    assert schema.field("is_paid").type == pa.bool_()
    assert schema.field("created").type == pa.timestamp("us", tz="UTC")
    assert schema.field("question").type == pa.struct([("id", pa.string()), ("title", pa.string())])
    topics = pa.list_(pa.struct([("id", pa.string()), ("name", pa.string())]))
    badge = pa.struct([("type", pa.string()), ("description", pa.string()), ("topics", topics)])
    assert schema.field("author").type.field("badges").type == pa.list_(badge)


def test_values_come_back_as_they_went_in(export: Exporter):
    item = answer(1, author=FULL, created=AT, voteup_count=2**40, is_paid=False)
    export.items(item, answer(2, author=None))
    export.run("out.parquet", "answers")
    first, second = pq.read_table(export.folder / "out.parquet").to_pylist()
    assert without_nulls(first) == values_of(item) | {"kind": "answer"}
    assert isinstance(first["created"], datetime)
    assert (second["author"], second["created"]) == (None, None)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_read_back(export: Exporter, kind: str):
    export.items(*one_of_each(), make_item("follow", "a>b", follower_token="a", followee_token="b"))
    export.run("out.parquet", kind)
    [row] = pq.read_table(export.folder / "out.parquet").to_pylist()
    assert row["kind"] == kind
    assert row["crawled_at"] == AT


def test_chosen_fields_are_the_columns(export: Exporter):
    export.items(answer(1, author=FULL))
    export.run("out.parquet", "answers", fields=["voteup_count", "author.badges.topics.name", "id"])
    table = pq.read_table(export.folder / "out.parquet")
    assert table.column_names == ["voteup_count", "author", "id"]
    assert table.to_pylist() == [{"voteup_count": 1, "author": {"badges": [{"topics": [{"name": "诗"}]}]}, "id": "1"}]


def test_row_groups_are_bounded_and_packed(export: Exporter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    export.items(*(answer(number) for number in range(1, 11)))
    export.run("out.parquet", "answers")
    file = pq.ParquetFile(export.folder / "out.parquet")
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [4, 4, 2]
    assert file.metadata.row_group(0).column(1).compression == "ZSTD"


def test_long_texts_end_a_row_group_sooner(export: Exporter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet, "GROUP_LETTERS", 10_000)
    export.items(*(answer(number, content="长" * 6000) for number in range(1, 5)))
    export.run("out.parquet", "answers")
    assert pq.ParquetFile(export.folder / "out.parquet").num_row_groups == 2


def test_nothing_is_a_table_without_rows(export: Exporter):
    export.items(answer(1))
    export.run("out.parquet", "answers", where=["voteup_count>1"])
    table = pq.read_table(export.folder / "out.parquet")
    assert (table.num_rows, "voteup_count" in table.column_names) == (0, True)


def test_without_pyarrow_it_says_what_to_install(export: Exporter, monkeypatch: pytest.MonkeyPatch):
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(parquet.importlib, "import_module", absent)
    export.items(answer(1))
    with pytest.raises(ExportError, match=r"pip install -r requirements-parquet\.txt"):
        export.run("out.parquet", "answers")
    assert not (export.folder / "out.parquet.part").exists()
