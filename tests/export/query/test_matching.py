"""Item files are looked through as MongoDB would: a real server is asked the same, and the answers are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from zhihu_crawler.export.query.matching import matches

DAY = datetime(2026, 3, 1, tzinfo=UTC)
numbers = st.integers(-2, 2)
words = st.sampled_from(["", "a", "b", "ab", "猫"])
times = st.integers(0, 2).map(lambda days: DAY + timedelta(days=days))
topics = st.lists(st.fixed_dictionaries({}, optional={"id": words, "name": st.none() | words}), max_size=3)
documents = st.fixed_dictionaries(
    {},
    optional={
        "n": st.none() | numbers,
        "s": st.none() | words,
        "f": st.none() | st.booleans(),
        "t": st.none() | times,
        "o": st.none() | st.fixed_dictionaries({}, optional={"n": st.none() | numbers, "s": words}),
        "l": st.lists(words, max_size=3),
        "ts": topics,
    },
)
VALUES = {
    "n": numbers,
    "s": words,
    "f": st.booleans(),
    "t": times,
    "o.n": numbers,
    "o.s": words,
    "l": words,
    "ts.name": words,
}


def conditions(path: str) -> st.SearchStrategy[dict[str, Any]]:
    value = st.none() | VALUES[path]
    simple = st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]).flatmap(
        lambda name: value.map(lambda one: {name: one})
    )
    lists = st.sampled_from(["$in", "$nin", "$all"]).flatmap(
        lambda name: st.lists(value, min_size=1, max_size=3).map(lambda all_: {name: all_})
    )
    also = [simple, lists, st.booleans().map(lambda one: {"$exists": one})]
    if VALUES[path] is words:
        also.append(st.sampled_from(["a", "^a", "B$", "猫|b"]).map(lambda one: {"$regex": one, "$options": "i"}))
    if path == "l":
        also.append(st.integers(0, 3).map(lambda one: {"$size": one}))
    return st.one_of(*also) | st.one_of(*also).map(lambda one: {"$not": one})


fields = st.sampled_from(sorted(VALUES)).flatmap(lambda path: conditions(path).map(lambda test: {path: test}))
elements = st.fixed_dictionaries(
    {}, optional={"id": words.map(lambda w: {"$eq": w}), "name": words.map(lambda w: {"$ne": w})}
)
filters = st.recursive(
    fields | elements.filter(bool).map(lambda one: {"ts": {"$elemMatch": one}}),
    lambda inner: st.sampled_from(["$and", "$or", "$nor"]).flatmap(
        lambda name: st.lists(inner, min_size=1, max_size=3).map(lambda all_: {name: all_})
    ),
    max_leaves=4,
)


def test_filters_mean_the_same_in_files_and_in_the_store(mongo):
    with mongo.client() as client:
        collection = client.export_matching.documents

        @given(st.lists(documents, min_size=1, max_size=8), st.lists(filters, min_size=10, max_size=20))
        @settings(max_examples=15)
        def compare(stored: list[dict[str, Any]], asked: list[dict[str, Any]]):
            collection.delete_many({})
            collection.insert_many([{**one, "_id": number} for number, one in enumerate(stored)])
            for wanted in asked:
                theirs = {one["_id"] for one in collection.find(wanted, {"_id": 1})}
                assert {number for number, one in enumerate(stored) if matches(one, wanted)} == theirs, wanted

        compare()
