from __future__ import annotations

from typing import Any

import pytest

from tests.samples import AT
from zhihu_crawler.errors import RecordError
from zhihu_crawler.items import Layout, Question
from zhihu_crawler.parsers.api import parse_api
from zhihu_crawler.parsers.result import Source
from zhihu_crawler.parsers.state import parse_state

SOURCE = Source("", AT, Layout.API)
AREAS: dict[str, Any] = {
    "title_area": {"text": "何为热？"},
    "excerpt_area": {"text": "火"},
    "link": {"url": "https://www.zhihu.com/question/438000001"},
}


def card(**target: Any) -> dict[str, Any]:
    return {"type": "hot_list_feed", "target": AREAS | target, "feed_specific": {"answer_count": 1376}}


def test_a_card_of_areas_gives_its_question():
    [item] = parse_api({"data": [card()]}, SOURCE, None).items
    assert isinstance(item, Question)
    assert (item.id, item.title, item.excerpt, item.answer_count) == ("438000001", "何为热？", "火", 1376)
    assert item.partial


def test_a_card_of_fields_gives_it_too_and_its_unnamed_asker_is_nobody():
    target = {"id": 5, "type": "question", "title": "?", "author": {"type": "people", "id": "0", "name": "用户"}}
    [item] = parse_api({"data": [{"type": "hot_list_feed", "target": target}]}, SOURCE, None).items
    assert isinstance(item, Question)
    assert (item.id, item.author) == ("5", None)


def test_the_hot_list_of_a_state_is_read():
    areas = {"titleArea": {"text": "何为热？"}, "link": {"url": "https://www.zhihu.com/question/7"}}
    hot = [{"id": "0_1", "target": areas, "feedSpecific": {"answerCount": 3}}, {"target": 7}, 7]
    parsed = parse_state({"initialState": {"entities": {}, "topstory": {"hotList": hot}}}, SOURCE, None)
    assert [(item.id, getattr(item, "answer_count", None)) for item in parsed.items] == [("7", 3)]
    assert all(isinstance(problem, RecordError) for problem in parsed.problems)
    assert len([problem for problem in parsed.problems if type(problem) is RecordError]) == 2


@pytest.mark.parametrize(
    "areas",
    [{"link": None}, {"link": {"url": "https://www.zhihu.com/topic/1"}}, {"link": {"url": "https://a.b"}}, {"link": 7}],
)
def test_a_card_that_links_to_no_question_is_named(areas: dict[str, Any]):
    parsed = parse_api({"data": [card(**areas)]}, SOURCE, None)
    assert parsed.items == []
    assert any("links to no question" in str(problem) for problem in parsed.problems)


@pytest.mark.parametrize("odd", [7, "x", [], [7]])
def test_areas_of_the_wrong_type_cost_themselves_alone(odd: object):
    parsed = parse_api({"data": [card(title_area=odd, excerpt_area=odd)]}, SOURCE, None)
    assert [(item.id, getattr(item, "title", "")) for item in parsed.items] == [("438000001", None)]
    assert len(parsed.problems) == 2
