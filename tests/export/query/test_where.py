from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.values import read_time
from zhihu_crawler.export.query.where import read_where, split_kind

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("voteup_count>=100", {"voteup_count": {"$gte": 100}}),
        (" voteup_count > -1 ", {"voteup_count": {"$gt": -1}}),
        ("voteup_count<100", {"voteup_count": {"$lt": 100}}),
        ("voteup_count<=100", {"voteup_count": {"$lte": 100}}),
        ("voteup_count=0", {"voteup_count": {"$eq": 0}}),
        ("voteup_count==0", {"voteup_count": {"$eq": 0}}),
        ("voteup_count!=0", {"voteup_count": {"$nin": [0, None]}}),
        ("voteup_count=1,2", {"voteup_count": {"$in": [1, 2]}}),
        ("voteup_count=null", {"voteup_count": {"$eq": None}}),
        ("voteup_count!=null", {"voteup_count": {"$ne": None}}),
        ("question.id=123", {"question.id": {"$eq": "123"}}),
        ("question.id=1,2", {"question.id": {"$in": ["1", "2"]}}),
        ('author.name="a,b"', {"author.name": {"$eq": "a,b"}}),
        ('author.name="a,b",c', {"author.name": {"$in": ["a,b", "c"]}}),
        ('collapse_reason=""', {"collapse_reason": {"$eq": ""}}),
        ('author.name="null"', {"author.name": {"$eq": "null"}}),
        ("author.name~李", {"author.name": {"$regex": "李", "$options": "i"}}),
        ("content~a.b", {"content": {"$regex": r"a\.b", "$options": "i"}}),
        ("content!~x", {"content": {"$not": {"$regex": "x", "$options": "i"}, "$ne": None}}),
        ("is_paid=true", {"is_paid": {"$eq": True}}),
        ("is_paid=No", {"is_paid": {"$eq": False}}),
        ("author.kind=anonymous", {"author.kind": {"$eq": "anonymous"}}),
        ("created>=2026-03-01", {"created": {"$gte": day(1)}}),
        ("created>2026-03-01", {"created": {"$gte": day(2)}}),
        ("created<2026-03-01", {"created": {"$lt": day(1)}}),
        ("created<=2026-03-01", {"created": {"$lt": day(2)}}),
        ("created=2026-03-01", {"created": {"$gte": day(1), "$lt": day(2)}}),
        ("last_seen>=7d", {"last_seen": {"$gte": day(1, 12)}}),
    ],
)
def test_a_condition_is_read(text: str, wanted: dict[str, Any]):
    assert read_where(text, "answer", NOW, kept=True) == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("voteup_count", "is no condition"),
        ("", "is no condition"),
        ("voteup_count>", "compares with nothing"),
        ("author.name=", 'for an empty text write author.name=""'),
        ("votes>1", "did you mean voteup_count"),
        ("voteup_count>many", "is a whole number, not 'many'"),
        ("voteup_count>1.5", "is a whole number"),
        (f"voteup_count>{2**63}", "more than a counter can hold"),
        ("is_paid=maybe", "true or false, not 'maybe'"),
        ("is_paid>true", "it has no order"),
        ("author.name>b", "it has no order"),
        ("author=x", "is an object"),
        ("author.kind=anonimous", "did you mean anonymous"),
        ("created>yesterday", "is no time"),
        ("created!=2026-03-01", "compare it with one"),
        ("created=2026-03-01,2026-03-02", "compare it with one"),
        ("voteup_count~1", "~ looks into texts alone"),
        ("author.name=a\x00b", "holds what no text can hold"),
        ("$where=1", "is no condition"),
        ("author.$where=1", "is no condition"),
    ],
)
def test_what_cannot_be_a_condition_is_told(text: str, told: str):
    with pytest.raises(BadQuery) as error:
        read_where(text, "answer", NOW, kept=True)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("answer:voteup_count>1", ("answer", "voteup_count>1")),
        ("voteup_count>1", (None, "voteup_count>1")),
        ('title="a:b"', (None, 'title="a:b"')),
        ("created>2026-03-01T10:00:00", (None, "created>2026-03-01T10:00:00")),
    ],
)
def test_a_condition_may_be_for_one_kind(text: str, parts: tuple[str | None, str]):
    assert split_kind(text) == parts


@pytest.mark.parametrize(
    ("text", "begin", "length"),
    [
        ("2026-03-01", day(1), timedelta(days=1)),
        ("2026-03-01T12:00", day(1, 12), timedelta(minutes=1)),
        ("2026-03-01T12:00:00", day(1, 12), timedelta(seconds=1)),
        ("2026-03-01T12:00+08:00", day(1, 4), timedelta(minutes=1)),
        ("2026-03-01T12:00:00-08:00", day(1, 20), timedelta(seconds=1)),
        ("2026-03-01T12:00Z", day(1, 12), timedelta(minutes=1)),
        ("1d", day(7, 12), timedelta(microseconds=1)),
        ("12 h", day(8), timedelta(microseconds=1)),
        ("1w", day(1, 12), timedelta(microseconds=1)),
        ("60m", day(8, 11), timedelta(microseconds=1)),
    ],
)
def test_a_time_has_a_beginning_and_a_length(text: str, begin: datetime, length: timedelta):
    assert read_time(text, NOW) == (begin, begin + length)


@pytest.mark.parametrize("text", ["", "now", "7", "d", "2026-13-01", "999999w", "1d1h", "12:00"])
def test_what_is_no_time_is_told(text: str):
    with pytest.raises(BadQuery, match="is no time"):
        read_time(text, NOW)
