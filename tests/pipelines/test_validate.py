from __future__ import annotations

from typing import Any

import pytest
from scrapy.exceptions import DropItem
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from pipelines.validate import ValidatePipeline
from tests.samples import make_item, one_of_each
from zhihu_crawler.items import Author, AuthorKind


@pytest.fixture
def stats() -> MemoryStatsCollector:
    return MemoryStatsCollector(get_crawler())


@pytest.fixture
def pipeline(stats: MemoryStatsCollector) -> ValidatePipeline:
    return ValidatePipeline(stats)


@pytest.mark.parametrize("item", one_of_each(), ids=lambda item: item.kind)
def test_a_sound_item_of_every_kind_passes_unchanged(pipeline: ValidatePipeline, item: Any):
    assert pipeline.process_item(item) is item


def test_what_is_not_ours_passes(pipeline: ValidatePipeline):
    assert pipeline.process_item({"voteup_count": "many"}) == {"voteup_count": "many"}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("answer", "voteup_count", "3"),
        ("answer", "voteup_count", 3.0),
        ("answer", "voteup_count", True),
        ("answer", "id", 2),
        ("answer", "id", None),
        ("answer", "created", "2026-03-01T12:00:00Z"),
        ("answer", "is_collapsed", 0),
        ("answer", "layout", "state of grace"),
        ("question", "topics", ["诗"]),
        ("user", "gender", 1),
        ("listing", "stopped", "done"),
    ],
)
def test_a_field_of_another_type_costs_the_item_and_is_counted(
    pipeline: ValidatePipeline, stats: MemoryStatsCollector, kind: str, field: str, value: object
):
    item = make_item(kind)
    object.__setattr__(item, field, value)
    with pytest.raises(DropItem, match=field):
        pipeline.process_item(item)
    assert any(name.startswith("zhihu/invalid/") and f"/{field}" in name for name in stats.get_stats())


def test_a_fault_inside_a_part_is_named_by_its_way(pipeline: ValidatePipeline, stats: MemoryStatsCollector):
    author = Author(kind=AuthorKind.USER, name=7)  # type: ignore[arg-type]
    with pytest.raises(DropItem) as caught:
        pipeline.process_item(make_item("answer", author=author))
    assert "author.name" in str(caught.value)
    assert stats.get_value("zhihu/invalid/answer/author.name") == 1
    assert caught.value.log_level == "WARNING"


def test_an_item_that_lies_about_its_kind_is_left_out(pipeline: ValidatePipeline):
    item = make_item("question")
    object.__setattr__(item, "kind", "answer")
    with pytest.raises(DropItem, match="instance of Answer"):
        pipeline.process_item(item)
