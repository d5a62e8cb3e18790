from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.filters import read_filter

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def read(told: Any, kind: str = "question") -> dict[str, Any]:
    return read_filter(told if isinstance(told, str) else json.dumps(told), kind, NOW, kept=True)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({}, {}),
        ({"title": "猫"}, {"title": {"$eq": "猫"}}),
        ({"answer_count": {"$gte": 1, "$lt": 5}}, {"answer_count": {"$gte": 1, "$lt": 5}}),
        ({"$or": [{"id": "1"}, {"id": "2"}]}, {"$or": [{"id": {"$eq": "1"}}, {"id": {"$eq": "2"}}]}),
        ({"id": {"$in": ["1", None]}}, {"id": {"$in": ["1", None]}}),
        ({"created": {"$gt": "2026-03-01"}}, {"created": {"$gt": DAY}}),
        ({"created": {"$date": "2026-03-01"}}, {"created": {"$eq": DAY}}),
        ({"created": {"$gt": {"$date": "2026-03-01"}}}, {"created": {"$gt": DAY}}),
        ({"created": {"$gt": "7d"}}, {"created": {"$gt": datetime(2026, 3, 1, 12, tzinfo=UTC)}}),
        (
            {"title": {"$not": {"$regex": "^a", "$options": "i"}}},
            {"title": {"$not": {"$regex": "^a", "$options": "i"}}},
        ),
        (
            {"topics": {"$elemMatch": {"name": "猫", "id": {"$ne": None}}}},
            {"topics": {"$elemMatch": {"name": {"$eq": "猫"}, "id": {"$ne": None}}}},
        ),
        ({"topics": {"$size": 2}}, {"topics": {"$size": 2}}),
        ({"author.badges": {"$exists": False}}, {"author.badges": {"$exists": False}}),
        ({"author": None}, {"author": {"$eq": None}}),
        ({"last_seen": {"$lt": "2026-03-01"}}, {"last_seen": {"$lt": DAY}}),
    ],
)
def test_a_filter_is_let_through_with_its_types(told: Any, wanted: dict[str, Any]):
    assert read(told) == wanted


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"$where": "sleep(1000)"}, "'$where' is not let through"),
        ({"$and": [{"$where": "1"}]}, "'$where' is not let through"),
        ({"title": {"$where": "1"}}, "'$where' is not let through"),
        ({"$expr": {"$function": {"body": "x", "args": [], "lang": "js"}}}, "'$expr' is not let through"),
        ({"title": {"$not": {"$function": 1}}}, "'$function' is not let through"),
        ({"$jsonSchema": {}}, "'$jsonSchema' is not let through"),
        ({"$text": {"$search": "x"}}, "'$text' is not let through"),
        ({"$comment": "x"}, "'$comment' is not let through"),
        ({"topics": {"$elemMatch": {"$where": "1"}}}, "takes an object of fields"),
        ({"answer_count": {"$gtr": 1}}, "did you mean"),
        ({"answers": 1}, "did you mean answer_count"),
        ({"answer_count": "1"}, "is a whole number, not '1'"),
        ({"answer_count": True}, "is a whole number, not True"),
        ({"answer_count": 1.5}, "is a whole number"),
        ({"title": 1}, "is text, not 1"),
        ({"author": {"name": "x"}}, "is not let through"),
        ({"title": {}}, "compares with nothing"),
        ({"title": {"$options": "i"}}, "belongs to a $regex"),
        ({"title": {"$regex": "("}}, "is no regular expression"),
        ({"title": {"$regex": "a" * 501}}, "500 characters at most"),
        ({"title": {"$regex": "a", "$options": "x"}}, "$options cannot take 'x'"),
        ({"answer_count": {"$regex": "1"}}, "$regex cannot take"),
        ({"title": {"$size": 1}}, "$size cannot take"),
        ({"title": {"$in": "a"}}, "takes a list"),
        ({"$or": []}, "takes a list"),
        ({"$or": [1]}, "an object of fields and conditions, not 1"),
        ([], "an object of fields and conditions, not []"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ({"author.kind": "x"}, "is never 'x'"),
    ],
)
def test_what_is_not_let_through_is_told(told: Any, message: str):
    with pytest.raises(BadQuery) as error:
        read(told)
    assert message in str(error.value)


def test_a_filter_goes_only_so_deep():
    told: dict[str, Any] = {"id": "1"}
    for _ in range(30):
        told = {"$and": [told]}
    with pytest.raises(BadQuery, match="20 levels"):
        read(told)
    test: dict[str, Any] = {"$eq": "1"}
    for _ in range(30):
        test = {"$not": test}
    with pytest.raises(BadQuery, match="20 levels"):
        read({"id": test})
