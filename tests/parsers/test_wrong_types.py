"""A value of the wrong type in any field of any object: no crash, no made-up value, and never in silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import AT, answer, author
from zhihu_crawler.errors import FieldError
from zhihu_crawler.items import Layout
from zhihu_crawler.parsers.api import parse_api
from zhihu_crawler.parsers.result import Parsed, Source

QUESTION: dict[str, Any] = {
    "id": "1",
    "type": "question",
    "title": "?",
    "detail": "",
    "excerpt": "",
    "question_type": "normal",
    "topics": [],
    "author": author(),
    "created": 1_700_000_000,
    "updated_time": 1_700_000_000,
    "answer_count": 1,
    "follower_count": 1,
    "visit_count": 1,
    "comment_count": 1,
    "voteup_count": 1,
    "status": {},
    "is_deleted": False,
}
OBJECTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    # an object of each kind, and the fields whose name differs in the item
    "question": (QUESTION, {"updated_time": "updated"}),
    "answer": (
        answer(
            excerpt="",
            thanks_count=1,
            favlists_count=1,
            is_collapsed=False,
            collapse_reason="",
            is_copyable=True,
            is_sticky=False,
            is_deleted=False,
            comment_permission="all",
            reshipment_settings="allowed",
            ip_info="北京",
        ),
        {
            "created_time": "created",
            "updated_time": "updated",
            "favlists_count": "favorite_count",
            "ip_info": "ip_location",
        },
    ),
    "user": (
        author(
            user_type=None,  # stands in for is_org
            headline="",
            description="",
            gender=1,
            avatar_url="x",
            cover_url="x",
            business={"name": "x"},
            locations=[],
            employments=[],
            educations=[],
            badge=[],
            account_status=[],
            vip_info={},
            is_org=False,
            is_baned=False,
            ip_info="x",
            sina_weibo_url="x",
            sina_weibo_name="x",
            follower_count=1,
            following_count=1,
            answer_count=1,
            voteup_count=1,
            thanked_count=1,
        ),
        {
            "badge": "badges",
            "vip_info": "is_vip",
            "is_org": "is_organization",
            "is_baned": "is_banned",
            "ip_info": "ip_location",
            "sina_weibo_url": "weibo_url",
            "sina_weibo_name": "weibo_name",
        },
    ),
    "collection": (
        {
            "id": 9,
            "type": "collection",
            "title": "",
            "description": "",
            "creator": author(),
            "follower_count": 1,
            "item_count": 1,
            "answer_count": 1,
            "comment_count": 1,
            "like_count": 1,
            "view_count": 1,
            "is_public": True,
            "is_default": False,
            "created_time": 1_700_000_000,
            "updated_time": 1_700_000_000,
        },
        {"created_time": "created", "updated_time": "updated"},
    ),
    "article": (
        {
            "id": "7",
            "type": "article",
            "title": "",
            "content": "",
            "excerpt": "",
            "author": author(),
            "column": {"id": "c", "title": "x"},
            "topics": [],
            "created": 1_700_000_000,
            "updated": 1_700_000_000,
            "voteup_count": 1,
            "comment_count": 1,
            "image_url": "x",
            "state": "published",
            "comment_permission": "all",
            "ip_info": "x",
        },
        {"ip_info": "ip_location"},
    ),
    "column": (
        {
            "id": "c",
            "type": "column",
            "title": "",
            "intro": "",
            "description": "",
            "author": author(),
            "topics": [],
            "articles_count": 1,
            "followers": 1,
            "created": 1_700_000_000,
            "updated": 1_700_000_000,
            "image_url": "x",
            "comment_permission": "all",
        },
        {"followers": "follower_count"},
    ),
    "topic": (
        {
            "id": "5",
            "type": "topic",
            "name": "x",
            "introduction": "",
            "excerpt": "",
            "avatar_url": "x",
            "followers_count": 1,
            "questions_count": 1,
            "unanswered_count": 1,
            "best_answers_count": 1,
            "best_answerers_count": 1,
            "father_count": 1,
        },
        {},
    ),
}


def read(data: object) -> Parsed:
    return parse_api(data, Source("", AT, Layout.API), None)


FIELDS = [
    (kind, field) for kind, (raw, _) in OBJECTS.items() for field in raw if field not in ("id", "type", "user_type")
]


def wrong_for(good: object) -> list[object]:
    """Values that cannot stand where a good one stands."""
    if isinstance(good, bool):
        return [[7], {"a": 7}, -1, 1.5, "yes", 2, 2**70]
    if isinstance(good, int):
        return [[7], {"a": 7}, -1, 1.5, True, "¿", "１２", 2**70, 1e30]
    if isinstance(good, str):
        return [[7], {"a": 7}, -1, 1.5, True, 2**70]
    if isinstance(good, list):
        return [7, {"a": 7}, 1.5, True, [7], [[7]]]
    return [7, [7], 1.5, True]


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_wrong_type_in_a_field_costs_that_field_alone_and_is_noted(kind: str, field: str):
    raw, names = OBJECTS[kind]
    name = names.get(field, field)
    for value in wrong_for(raw[field]):
        parsed = read({"data": [raw | {field: value}]})
        item = parsed.items[0]
        told = getattr(item, name)
        if (field, value) == ("gender", -1):
            continue  # the site's own way to say that it was not told
        assert told is None or told == () or field == "url_token", f"{field}={value!r} gave {told!r}"
        noted = [str(problem) for problem in parsed.problems if isinstance(problem, FieldError)]
        assert any(f"{field}: " in line for line in noted), f"{field}={value!r} passed silently: {parsed.problems}"


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("value", [None, [], {}, [7], {"a": 7}, True, 1.5, -1, "", " "], ids=repr)
def test_a_record_without_a_sound_id_is_left_out_and_named(kind: str, value: object):
    raw = OBJECTS[kind][0] | {"id": value, "url_token": None}
    parsed = read({"data": [raw, answer(id="99")]})
    assert [item.id for item in parsed.items] == ["99"]
    assert parsed.problems


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_sound_object_of_each_kind_has_no_problems(kind: str):
    parsed = read({"data": [OBJECTS[kind][0]]})
    assert parsed.problems == []
    assert parsed.items[0].kind == kind


@pytest.mark.parametrize("kind", OBJECTS)
def test_null_in_any_field_is_not_seen_and_no_fault(kind: str):
    raw = dict.fromkeys(OBJECTS[kind][0]) | {"id": "1", "type": OBJECTS[kind][0]["type"]}
    parsed = read({"data": [raw]})
    assert parsed.problems == []
    assert parsed.items[0].id == "1"
