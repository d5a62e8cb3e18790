from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.urls import (
    TARGET_KINDS,
    Target,
    canonical_url,
    read_url,
)

HASH = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


GOOD = [
    "https://www.zhihu.com/question/7",
    "https://www.zhihu.com/question/1/answer/2",
    "https://www.zhihu.com/people/some-one/activities",
    "https://zhuanlan.zhihu.com/p/7",
    "https://www.zhihu.com/api/v4/questions/7/answers?offset=5",
    "https://api.zhihu.com/members/some-one/followers?offset=20",
    "http://172.16.0.9/v4/collections/7/items",
    "zhihu://questions/7",
]


ODD = [
    "[",
    "]",
    "[::1]",
    "@",
    ":",
    "%2e",
    "%2F",
    "%ff",
    "&#x5b;",
    "?",
    "#",
    "..",
    "//",
    "0",
    "\ud800",
    "。",
    " ",
    ".com",
]


@st.composite
def damaged_addresses(draw: st.DrawFn) -> str:
    """A good address with something odd put in, or in the place of a part."""
    url = draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(url)))
    end = draw(st.just(start) | st.integers(start, len(url)))
    return url[:start] + draw(st.sampled_from(ODD) | st.text(max_size=4)) + url[end:]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.zhihu.com/question/19550225", Target("question", "19550225")),
        ("https://www.zhihu.com/question/19550225/answers/updated", Target("question", "19550225", "answers")),
        ("https://www.zhihu.com/question/1/answer/2", Target("answer", "2", question_id="1")),
        ("https://www.zhihu.com/answer/2", Target("answer", "2")),
        ("https://www.zhihu.com/people/some-one_1.a", Target("user", "some-one_1.a")),
        ("https://www.zhihu.com/people/some-one/activities", Target("user", "some-one", "activities")),
        ("https://www.zhihu.com/people/some-one/", Target("user", "some-one")),
        (f"https://www.zhihu.com/people/{HASH}", Target("user", HASH)),
        ("https://www.zhihu.com/org/some-org/posts", Target("user", "some-org", "posts")),
        ("https://www.zhihu.com/people/%E5%BC%A0", Target("user", "张")),
        ("https://www.zhihu.com/collection/7?page=3", Target("collection", "7")),
        ("https://zhuanlan.zhihu.com/p/7", Target("article", "7")),
        ("https://zhuanlan.zhihu.com/some-column/7", Target("article", "7")),
        ("https://zhuanlan.zhihu.com/some-column", Target("column", "some-column")),
        ("https://www.zhihu.com/column/c_7", Target("column", "c_7")),
        ("https://www.zhihu.com/topic/19552832/hot", Target("topic", "19552832", "hot")),
        ("https://www.zhihu.com/pin/7", Target("pin", "7")),
        ("http://m.zhihu.com/question/7", Target("question", "7")),
        ("https://WWW.ZHIHU.COM./question/7", Target("question", "7")),
        ("https://www.zhihu.com//question/7", Target("question", "7")),
        ("zhihu://questions/7", Target("question", "7")),
        ("https://api.zhihu.com/questions/7/answers", Target("question", "7", "answers", api=True)),
        ("https://www.zhihu.com/api/v4/questions/7/feeds?cursor=x", Target("question", "7", "feeds", api=True)),
        (f"https://www.zhihu.com/api/v4/members/{HASH}/followers", Target("user", HASH, "followers", api=True)),
        ("https://zhuanlan.zhihu.com/api/posts/7", Target("article", "7", api=True)),
        ("https://zhuanlan.zhihu.com/api/columns/abc/posts", Target("column", "abc", "posts", api=True)),
    ],
)
def test_an_address_says_what_it_points_at(url, expected):
    assert read_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://www.zhihu.com/",
        "https://www.zhihu.com/question/waiting",
        "https://www.zhihu.com/question/7abc",
        "https://www.zhihu.com/question/0",
        "https://www.zhihu.com/question/-7",
        "https://www.zhihu.com/question/７",
        "https://www.zhihu.com/people/0",
        "https://www.zhihu.com/people/..",
        "https://www.zhihu.com/people/..%2f..%2flogout",
        "https://www.zhihu.com/people/a%00b",
        "https://www.zhihu.com/people/%ff",
        "https://notzhihu.com/question/7",
        "https://zhihu.com.example.com/question/7",
        "https://www.zhihu.com@example.com/question/7",
        "https://example.com/www.zhihu.com/question/7",
        "https://知乎www.zhihu.com/question/7",
        "https://www.zhіhu.com/question/7",  # a Cyrillic letter
        "ftp://www.zhihu.com/question/7",
        "javascript://www.zhihu.com/question/7",
        "https://[www.zhihu.com/people/x",
        "zhihu://[x",
        "zhihu://a[b]/people/x",
    ],
)
def test_an_address_of_nothing_that_is_read_here_is_none(url):
    assert read_url(url) is None


@given(damaged_addresses())
def test_read_url_takes_any_text(text):
    target = read_url(text)
    assert target is None or target.kind in TARGET_KINDS


@given(damaged_addresses())
def test_what_was_read_has_a_canonical_address_that_reads_back(text):
    target = read_url(text)
    if target is not None:
        again = read_url(target.url)
        assert again is not None
        assert (again.kind, again.id, again.question_id) == (target.kind, target.id, target.question_id)


@pytest.mark.parametrize(
    ("kind", "id_", "expected"),
    [
        ("question", "7", "https://www.zhihu.com/question/7"),
        ("answer", "7", "https://www.zhihu.com/answer/7"),
        ("user", "some-one", "https://www.zhihu.com/people/some-one"),
        ("user", "张", "https://www.zhihu.com/people/%E5%BC%A0"),
        ("user", "a/b", "https://www.zhihu.com/people/a%2Fb"),
        ("article", "7", "https://zhuanlan.zhihu.com/p/7"),
        ("column", "abc", "https://zhuanlan.zhihu.com/abc"),
        ("collection", "7", "https://www.zhihu.com/collection/7"),
        ("topic", "7", "https://www.zhihu.com/topic/7"),
        ("pin", "7", "https://www.zhihu.com/pin/7"),
    ],
)
def test_a_thing_has_one_canonical_address(kind, id_, expected):
    assert canonical_url(kind, id_) == expected


def test_the_address_of_an_answer_names_its_question_where_that_is_known():
    assert canonical_url("answer", "2", question_id="1") == "https://www.zhihu.com/question/1/answer/2"
