from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions

from tests.samples import AT, USER_ID, make_item, one_of_each
from zhihu_crawler.errors import RefusedError
from zhihu_crawler.items import KINDS, Author, AuthorKind, Badge, Item, QuestionRef, TopicRef
from zhihu_crawler.storage.documents import BOOKKEEPING, COUNTERS, TEXTS, identity, to_item, values_of


def through_bson(document: dict[str, Any]) -> dict[str, Any]:
    return bson.decode(bson.encode(document), CodecOptions(tz_aware=True))


def full_answer() -> Item:
    return make_item(
        "answer",
        "3",
        url="https://www.zhihu.com/question/1/answer/3",
        question=QuestionRef(id="1", title="为什么？"),
        author=Author(kind=AuthorKind.USER, id=USER_ID, badges=(Badge(type="identity", topics=()),)),
        content="$set 'a.b' \x00 {{}}",
        created=datetime(2014, 5, 6, 7, 8, 9, tzinfo=UTC),
        voteup_count=2**40,
    )


@pytest.mark.parametrize("item", [*one_of_each(), full_answer()], ids=lambda item: item.key)
def test_an_item_comes_back_from_its_document_as_it_was(item: Item):
    document = through_bson(values_of(item) | {"_id": "x", "meta": {}, "history": []})
    assert to_item(item.kind, document) == item


def test_what_was_not_seen_is_absent_and_times_are_dates():
    document = through_bson(values_of(make_item("answer")))
    assert document == {"id": "1", "crawled_at": AT, "layout": "state", "partial": False}


def test_an_anonymous_author_takes_back_what_was_told():
    document = values_of(make_item("answer", author=Author(kind=AuthorKind.ANONYMOUS, name="匿名用户")))
    assert document["author"] == {
        **dict.fromkeys(("id", "url_token", "headline", "gender", "avatar_url", "follower_count", "badges")),
        "kind": "anonymous",
        "name": "匿名用户",
    }


def test_lists_of_objects_are_whole():
    document = values_of(make_item("question", topics=(TopicRef(id=None, name="猫"),)))
    assert document["topics"] == [{"name": "猫"}]


@pytest.mark.parametrize(
    ("item", "id_"),
    [
        (make_item("answer", "12202131"), "12202131"),
        (make_item("listing", "question:1:answers"), "question:1:answers"),
        (make_item("user", USER_ID, url_token="li-bai"), USER_ID),
        (make_item("user", USER_ID), USER_ID),
        (make_item("user", None, url_token="li-bai"), "token:li-bai"),
        (make_item("follow", "a>b", follower_token="a", followee_token="b"), "token:a>token:b"),
        (
            make_item("follow", "a>b", follower_token="a", followee_token="b", followee_id=USER_ID),
            f"token:a>{USER_ID}",
        ),
    ],
)
def test_a_document_is_known_by_the_things_own_id(item: Item, id_: str):
    assert identity(item) == id_


@pytest.mark.parametrize("item", [make_item("user", None), make_item("follow"), make_item("topic", "")])
def test_what_nothing_identifies_is_refused(item: Item):
    with pytest.raises(RefusedError):
        identity(item)


def test_the_fields_that_are_watched_are_fields_of_their_kinds():
    for kind, item in KINDS.items():
        names = set(item.__dataclass_fields__)
        assert {*COUNTERS.get(kind, ()), *([TEXTS[kind]] if kind in TEXTS else [])} <= names
        assert not BOOKKEEPING & names
