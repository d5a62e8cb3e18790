from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.errors import FieldError, PageError, RecordError
from zhihu_crawler.parsers.record import Record, camel

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def record(problems: list[PageError] | None = None, **fields: Any) -> Record:
    return Record(fields, "answer 2", [] if problems is None else problems)


@pytest.mark.parametrize(
    ("name", "told"), [("voteup_count", "voteupCount"), ("id", "id"), ("is_org", "isOrg"), ("badge_v2", "badgeV2")]
)
def test_the_state_writes_names_in_camel_case(name: str, told: str):
    assert camel(name) == told
    assert record(**{told: 1}).get(name) == 1


@pytest.mark.parametrize("raw", [None, 7, "x", [], True, 1.5])
def test_a_record_is_an_object(raw: object):
    with pytest.raises(RecordError, match="answer 2 is"):
        Record(raw, "answer 2", [])


def test_the_first_name_that_is_there_and_not_null_counts():
    found = record(updated=None, updated_time=5, created=7)
    assert found.get("updated", "updated_time", "created") == 5
    assert found.get("nothing") is None


def test_zero_false_and_an_empty_text_are_there():
    found = record(count=0, flag=False, text="")
    assert (found.count("count"), found.flag("flag"), found.text("text")) == (0, False, "")
    assert found.word("text") is None


def test_null_is_there_and_not_seen():
    found = record(count=None)
    assert found.has("count")
    assert not found.has("flag")
    assert found.count("count") is None


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", 7),
        ("text", ["x"]),
        ("word", True),
        ("count", "many"),
        ("count", -1),
        ("count", 1.5),
        ("count", True),
        ("flag", "yes"),
        ("flag", 2),
        ("time", "yesterday"),
        ("time", -1),
        ("time", 1e300),
        ("id", 1.5),
        ("id", True),
        ("id", ["1"]),
        ("sub", 7),
        ("sub", []),
        ("subs", 7),
        ("subs", {}),
        ("names", 7),
        ("name_of", 7),
        ("name_of", []),
    ],
)
def test_a_value_of_another_type_is_none_and_noted_with_record_field_and_value(reader: str, value: object):
    problems: list[PageError] = []
    assert getattr(record(problems, field=value), reader)("field") is None
    [problem] = problems
    assert isinstance(problem, FieldError)
    assert str(problem).startswith("answer 2: field: ")
    assert repr(value) in str(problem)


def test_a_value_without_end_is_cut_in_the_message():
    problems: list[PageError] = []
    record(problems, field="x" * 100_000).count("field")
    assert len(str(problems[0])) < 250


def test_times_are_utc():
    assert record(created=1_700_000_000).time("created") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("empty", [None, {}, ""])
def test_an_empty_object_is_none_and_no_fault(empty: object):
    problems: list[PageError] = []
    assert record(problems, author=empty).sub("author") is None
    assert problems == []


def test_an_object_within_carries_its_way_and_shares_the_problems():
    problems: list[PageError] = []
    author = record(problems, author={"name": 7}).sub("author")
    assert author is not None
    author.word("name")
    assert str(problems[0]).startswith("answer 2 author: name: 7")


def test_odd_members_of_a_list_are_left_out_and_noted_and_nulls_are_nothing():
    problems: list[PageError] = []
    found = record(problems, topics=[{"name": "诗"}, 7, None, "x", {"name": "酒"}]).subs("topics")
    assert [one.word("name") for one in found or ()] == ["诗", "酒"]
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["长安", "江油"], ("长安", "江油")),
        (["长安", ""], ("长安",)),
        ([{"name": "长安"}, {"name": ""}, {}], ("长安",)),
        ([], ()),
        (None, None),
    ],
)
def test_names_are_texts_or_objects_that_have_one(value: object, names: tuple[str, ...] | None):
    assert record(locations=value).names("locations") == names


@pytest.mark.parametrize(
    ("value", "name"), [("IT", "IT"), ({"name": "IT"}, "IT"), ("", None), ({}, None), (None, None)]
)
def test_the_name_of_something_may_be_given_bare(value: object, name: str | None):
    assert record(business=value).name_of("business") == name


@pytest.mark.parametrize(("value", "id_"), [(7, "7"), ("7", "7"), ("9" * 40, "9" * 40), (10**25, "1" + "0" * 25)])
def test_an_id_is_text_of_any_length(value: object, id_: str):
    assert record(id=value).require_id("id") == id_


@pytest.mark.parametrize("value", [None, "", " ", 1.5, True, [], {}, -1])
def test_without_its_id_a_record_is_nothing(value: object):
    with pytest.raises(RecordError, match="answer 2"):
        record(id=value).require_id("id")


@given(JSON)
def test_no_value_breaks_a_reader_and_none_passes_in_silence(value: object):
    for reader in ("text", "word", "count", "flag", "time", "id", "sub", "subs", "names", "name_of"):
        problems: list[PageError] = []
        getattr(record(problems, field=value), reader)("field")
        assert all(isinstance(problem, FieldError) for problem in problems)
