from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.sandbox.ids import (
    PROFILES,
    AnswerId,
    Quirk,
    UserId,
    asked_by,
    question_id,
    read_answer,
    read_column,
    read_question,
    read_user,
)

quirks = st.sampled_from(list(Quirk))
users = st.one_of(
    st.builds(UserId, st.sampled_from([name for name in PROFILES if name != "q"]), st.integers(0, 9_999_999)),
    st.builds(lambda quirk, number: UserId("q", quirk * 100_000 + number), quirks, st.integers(0, 99_999)),
)
questions = st.one_of(
    st.builds(
        lambda size, serial, quirk, long: question_id(size, serial, quirk=quirk, long=long),
        st.integers(0, 9),
        st.integers(0, 9_999),
        quirks,
        st.booleans(),
    ),
    st.builds(asked_by, users, st.integers(0, 9_999)),
)


@given(users)
def test_a_user_is_found_by_token_and_by_id(user):
    assert read_user(user.token) == user
    assert read_user(user.hex) == user


@given(questions)
def test_a_question_is_what_its_id_says(question):
    assert read_question(question.text) == question
    assert len(question.text) in (8, 19)


@given(questions, st.integers(0, 999_999))
def test_an_answer_is_found_below_its_question(question, index):
    answer = AnswerId(question, None, index)
    assert len(answer.text) in (8, 19)
    assert read_answer(answer.text) == answer


@given(users, st.integers(0, 999_999))
def test_an_answer_of_a_users_list_is_found_by_its_id(user, index):
    assert read_answer(AnswerId(None, user, index).text) == AnswerId(None, user, index)


@pytest.mark.parametrize(
    "text", ["", "0", "34000001", "14000001", "24990001", "2400000", "240000011", "x4000001", "1800000000024000001"]
)
def test_there_is_no_question_of_such_an_id(text):
    assert read_question(text) is None


@pytest.mark.parametrize("text", ["", "1", "９４０００００１", "84000001", "1040000019990000001", "4" * 19, "7" * 20])
def test_there_is_no_answer_of_such_an_id(text):
    assert read_answer(text) is None


@pytest.mark.parametrize("text", ["", "shili-z-1", "shili-q99-1", "shili-n-", "zhang-san", "0" * 32, "f" * 32])
def test_there_is_no_user_of_such_a_name(text):
    assert read_user(text) is None


@pytest.mark.parametrize(("slug", "found"), [("shilizl-4-12", (4, 12)), ("shilizl-x-12", None), ("zhuanlan", None)])
def test_a_column_is_what_its_slug_says(slug, found):
    assert read_column(slug) == found
