"""What a person pastes as a seed is read, or refused in words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_urls import HASH, damaged_addresses
from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import (
    TARGET_KINDS,
    Target,
    read_seed,
)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("19550225", "question", Target("question", "19550225")),
        (" 19550225\t", "question", Target("question", "19550225")),
        ("\ufeff19550225\u200b", "question", Target("question", "19550225")),
        ("1890123456789012345", "answer", Target("answer", "1890123456789012345")),
        ("9" * 40, "answer", Target("answer", "9" * 40)),
        ("some-one", "user", Target("user", "some-one")),
        ("_Some.One-", "user", Target("user", "_Some.One-")),
        ("77", "user", Target("user", "77")),
        (HASH, "user", Target("user", HASH)),
        ("c_123", "column", Target("column", "c_123")),
        ("www.zhihu.com/question/7", "question", Target("question", "7")),
        ("zhihu.com/question/7/", "question", Target("question", "7")),
        ("//www.zhihu.com/question/7", "question", Target("question", "7")),
        ("HTTPS://WWW.ZHIHU.COM/question/7", "question", Target("question", "7")),
        (
            "https://www.zhihu.com/question/7?utm_source=wechat_session&utm_id=0#answer",
            "question",
            Target("question", "7"),
        ),
        ("https://www.zhihu.com/question/7#write", "question", Target("question", "7")),
        ("https://www.zhihu.com/question/7。", "question", Target("question", "7")),
        ("https://www.zhihu.com/question/7，值得一看", "question", Target("question", "7")),
        ("https://www.zhihu.com/question/7.", "question", Target("question", "7")),
        ("(https://www.zhihu.com/question/7)", "question", Target("question", "7")),
        ("[标题](https://www.zhihu.com/question/7)", "question", Target("question", "7")),
        ("<https://www.zhihu.com/question/7>", "question", Target("question", "7")),
        ("如何评价？ - 知乎 https://www.zhihu.com/question/7 （分享自知乎网）", "question", Target("question", "7")),
        ("打开https://www.zhihu.com/question/7看看", "question", Target("question", "7")),
        ("打开www.zhihu.com/question/7看看", "question", Target("question", "7")),
        ("zhihu://questions/7", "question", Target("question", "7")),
        ("https://link.zhihu.com/?target=https%3A//www.zhihu.com/question/7", "question", Target("question", "7")),
        ("https://www.zhihu.com/question/1/answer/2", "question", Target("question", "1")),
        ("https://www.zhihu.com/question/1/answer/2", "answer", Target("answer", "2", question_id="1")),
        (
            "https://www.zhihu.com/people/one 的回答 https://www.zhihu.com/question/7",
            "question",
            Target("question", "7"),
        ),
        ("https://www.zhihu.com/question/7 https://www.zhihu.com/question/7", "question", Target("question", "7")),
        ("https://www.zhihu.com/people/some-one/activities", "user", Target("user", "some-one", "activities")),
        ("https://www.zhihu.com/people/张", "user", Target("user", "张")),
        ("https://www.zhihu.com/api/v4/collections/7/items?offset=0", "collection", Target("collection", "7", "items")),
    ],
)
def test_a_seed_is_read_however_it_was_pasted(text, kind, expected):
    assert read_seed(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind", "because"),
    [
        ("", "question", "empty seed: give a question's id"),
        ("  \u200b ", "answer", "empty seed: give an answer's id"),
        ("0", "question", "is no question: give its id"),
        ("-7", "question", "is no question"),
        ("+7", "question", "is no question"),
        ("007", "question", "is no question"),
        ("7.5", "question", "is no question"),
        ("7e5", "question", "is no question"),
        ("1,2", "question", "is no question"),
        ("７７", "question", "is no question"),
        ("²", "question", "is no question"),
        ("some-one", "question", "is no question"),
        ("question/7", "question", "is no question"),
        ("0", "user", "is no user: give its token"),
        ("..", "user", "is no user"),
        ("@some-one", "user", "is no user"),
        ("some one", "user", "is no user"),
        ("a/b", "user", "is no user"),
        ("a%20b", "user", "is no user"),
        ("张", "user", "is no user"),
        ("https://www.zhihu.com/topic/7", "question", "is the address of a topic, not of a question"),
        ("https://www.zhihu.com/question/7", "answer", "is the address of a question, not of an answer"),
        ("https://www.zhihu.com/answer/7", "question", "is the address of an answer, not of a question"),
        ("https://www.zhihu.com/question/1 https://www.zhihu.com/question/2", "question", "more than one question"),
        ("www.zhihu.com", "user", "holds no address that is read here"),
        ("https://www.zhihu.com/people/0", "user", "holds no address"),
        ("https://www.zhihu.com/question/7abc", "question", "holds no address"),
        ("https://zhihu.com.example.com/question/7", "question", "holds no address"),
        ("https://notzhihu.com/question/7", "question", "holds no address"),
        ("notzhihu.com/question/7", "question", "holds no address"),
        ("https://www.zhihu.com@example.com/question/7", "question", "holds no address"),
        ("https://example.com/www.zhihu.com/question/7", "question", "holds no address"),
        ("https://example.com/?u=www.zhihu.com/question/7", "question", "holds no address"),
        ("https://example.com#www.zhihu.com/question/7", "question", "holds no address"),
        ("example.com/www.zhihu.com/question/7", "question", "is no question"),
        ("https://知乎www.zhihu.com/question/7", "question", "holds no address"),
        ("https://www.zhіhu.com/question/7", "question", "holds no address"),
        ("javascript://www.zhihu.com/question/7", "question", "holds no address"),
        ("https://www.zhihu.com/people/..%2f..%2flogout", "user", "holds no address"),
        ("zhihu://[x", "user", "holds no address"),
    ],
)
def test_a_bad_seed_is_refused_and_says_why(text, kind, because):
    with pytest.raises(BadSeed, match=because):
        read_seed(text, kind)


@given(damaged_addresses(), st.sampled_from(TARGET_KINDS))
def test_read_seed_gives_the_wanted_kind_or_a_bad_seed(text, kind):
    try:
        seed = read_seed(text, kind)
    except BadSeed:
        return
    assert seed.kind == kind


@pytest.mark.parametrize("unit", ["a", "a.", "a:", "[1", "//", "https://", "zhihu.com", "https://www.zhihu.com/p/"])
def test_a_seed_of_half_a_megabyte_is_refused_quickly_and_in_few_words(unit):
    begun = time.perf_counter()
    with pytest.raises(BadSeed) as caught:
        read_seed(unit * (500_000 // len(unit)) + "!", "question")
    assert time.perf_counter() - begun < 5
    assert len(str(caught.value)) < 400
