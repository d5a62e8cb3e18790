from __future__ import annotations

import pytest
from scrapy.exceptions import DropItem
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from pipelines.deduplicate import DeduplicatePipeline
from tests.samples import make_item, one_of_each


@pytest.fixture
def stats() -> MemoryStatsCollector:
    return MemoryStatsCollector(get_crawler())


@pytest.fixture
def pipeline(stats: MemoryStatsCollector) -> DeduplicatePipeline:
    return DeduplicatePipeline(stats)


@pytest.mark.parametrize(
    ("flags", "passed"),
    [
        ([False, False], [True, False]),
        ([True, True], [True, False]),
        ([True, False], [True, True]),
        ([False, True], [True, False]),
        ([True, False, True, False], [True, True, False, False]),
    ],
    ids=["full twice", "mentioned twice", "mentioned, then read", "read, then mentioned", "all of it"],
)
def test_a_thing_passes_once_and_once_more_when_read_in_full(
    pipeline: DeduplicatePipeline, stats: MemoryStatsCollector, flags: list[bool], passed: list[bool]
):
    found = []
    for partial in flags:
        try:
            pipeline.process_item(make_item("question", partial=partial))
            found.append(True)
        except DropItem:
            found.append(False)
    assert found == passed
    assert stats.get_value("zhihu/duplicates/question", 0) == passed.count(False)


def test_things_of_one_id_and_several_kinds_are_several(pipeline: DeduplicatePipeline):
    assert len([pipeline.process_item(item) for item in one_of_each()]) == len(one_of_each())


def test_a_duplicate_is_nothing_to_be_told_about(pipeline: DeduplicatePipeline):
    pipeline.process_item(make_item("topic"))
    with pytest.raises(DropItem, match=r"topic:1 was passed on already") as caught:
        pipeline.process_item(make_item("topic"))
    assert caught.value.log_level == "DEBUG"


def test_what_is_not_ours_passes_as_often_as_it_comes(pipeline: DeduplicatePipeline):
    assert [pipeline.process_item({"a": 1}) for _ in range(2)] == [{"a": 1}] * 2


def test_what_could_not_be_stored_may_come_again(pipeline: DeduplicatePipeline):
    for partial in (True, False):
        item = make_item("question", partial=partial)
        pipeline.process_item(item)
        pipeline.forget(item)
        assert pipeline.process_item(item) is item


def test_a_worker_of_a_shared_crawl_remembers_the_latest_only(stats: MemoryStatsCollector, monkeypatch):
    monkeypatch.setattr("pipelines.deduplicate._LATEST", 2)
    pipeline = DeduplicatePipeline(stats, is_shared=True)
    first, *others = [make_item("question", id=str(number), partial=False) for number in range(1, 7)]
    for item in (first, *others):
        pipeline.process_item(item)
    with pytest.raises(DropItem):
        pipeline.process_item(others[-1])
    assert pipeline.process_item(first) is first
