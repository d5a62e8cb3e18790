from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import (
    TARGET_KINDS,
    Target,
    api_url,
    avatar_url,
    canonical_url,
    next_page_url,
    query_int,
    read_seed,
    read_url,
    unwrap_link,
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


QUESTION = Target("question", "7")
USER = Target("user", "some-one")
COLLECTION = Target("collection", "7")


@pytest.mark.parametrize(
    ("next_url", "owner", "expected"),
    [
        (
            "https://www.zhihu.com/api/v4/questions/7/feeds?cursor=abc&limit=5",
            QUESTION,
            "https://www.zhihu.com/api/v4/questions/7/feeds?cursor=abc&limit=5",
        ),
        (
            "http://www.zhihu.com/api/v4/questions/7/answers?offset=5",
            QUESTION,
            "https://www.zhihu.com/api/v4/questions/7/answers?offset=5",
        ),
        (
            "https://www.zhihu.com/api/v4/questions/7/answers?limit=5&amp;offset=5",
            QUESTION,
            "https://www.zhihu.com/api/v4/questions/7/answers?limit=5&offset=5",
        ),
        (
            "https://api.zhihu.com/questions/7/answers?offset=5",
            QUESTION,
            "https://www.zhihu.com/api/v4/questions/7/answers?offset=5",
        ),
        ("https://api.zhihu.com/v4/questions/7/answers", QUESTION, "https://www.zhihu.com/api/v4/questions/7/answers"),
        (
            "http://172.16.0.9/api/v4/questions/7/feeds?cursor=x",
            QUESTION,
            "https://www.zhihu.com/api/v4/questions/7/feeds?cursor=x",
        ),
        (
            "/members/some-one/followers?offset=20",
            USER,
            "https://www.zhihu.com/api/v4/members/some-one/followers?offset=20",
        ),
        (f"/api/v4/members/{HASH}/followers", USER, f"https://www.zhihu.com/api/v4/members/{HASH}/followers"),
        (
            "https://www.zhihu.com/api/v4/collections/7/items?offset=20",
            COLLECTION,
            "https://www.zhihu.com/api/v4/collections/7/items?offset=20",
        ),
    ],
)
def test_the_next_page_is_rebuilt_on_its_own_host(next_url, owner, expected):
    assert next_page_url(next_url, owner) == expected


@pytest.mark.parametrize(
    "next_url",
    [
        None,
        7,
        "",
        "  ",
        ["https://www.zhihu.com/api/v4/questions/7/answers"],
        "https://example.com/api/v4/questions/7/answers",
        "https://www.zhihu.com.example.com/api/v4/questions/7/answers",
        "https://8.8.8.8/api/v4/questions/7/answers",
        "https://www.zhihu.com/api/v4/questions/8/answers",
        "https://www.zhihu.com/api/v4/questions/7",
        "https://www.zhihu.com/api/v4/members/some-one/answers",
        "https://www.zhihu.com/logout",
        "https://[www.zhihu.com/api/v4/questions/7/answers",
    ],
)
def test_a_next_page_that_leads_elsewhere_is_not_followed(next_url):
    assert next_page_url(next_url, QUESTION) is None


@given(damaged_addresses(), st.sampled_from([QUESTION, USER, COLLECTION]))
def test_a_next_page_never_leaves_zhihu(text, owner):
    url = next_page_url(text, owner)
    if url is not None:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", "www.zhihu.com")
        assert parts.path.startswith("/api/v")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.zhihu.com/collection/7?page=3", 3),
        ("/x?page=3&page=4", 3),
        ("/x?page=", None),
        ("/x?page=-3", None),
        ("/x?page=３", None),
        ("/x", None),
        ("//[x?page=3", None),
        ("/x?page=" + "9" * 5000, None),
    ],
)
def test_a_number_is_read_from_a_query(url, expected):
    assert query_int(url, "page") == expected


def test_an_api_address_is_made_from_path_and_query():
    assert api_url("questions/7/answers", limit=20, order_by="default") == (
        "https://www.zhihu.com/api/v4/questions/7/answers?limit=20&order_by=default"
    )
    assert api_url("members/some-one") == "https://www.zhihu.com/api/v4/members/some-one"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://link.zhihu.com/?target=https%3A//example.com/%3Fa%3D1%26b", "https://example.com/?a=1&b"),
        ("//link.zhihu.com/?target=http%3A//example.com", "http://example.com"),
        ("https://link.zhihu.com/", "https://link.zhihu.com/"),
        ("https://example.com/?link.zhihu.com&target=x", "https://example.com/?link.zhihu.com&target=x"),
        ("https://[link.zhihu.com/?target=x", "https://[link.zhihu.com/?target=x"),
        ("/question/7", "/question/7"),
        ("", ""),
    ],
)
def test_a_wrapped_link_leads_where_it_says(href, expected):
    assert unwrap_link(href) == expected


@pytest.mark.parametrize(
    ("url", "size", "expected"),
    [
        ("https://pic1.zhimg.com/da8e974dc_s.jpg", "xl", "https://pic1.zhimg.com/da8e974dc_xl.jpg"),
        (
            "https://pic1.zhimg.com/50/da8e974dc_hd.jpg?source=1",
            "l",
            "https://pic1.zhimg.com/50/da8e974dc_l.jpg?source=1",
        ),
        ("https://pic1.zhimg.com/v2-0a_720w.jpg", "r", "https://pic1.zhimg.com/v2-0a_r.jpg"),
        ("https://pic1.zhimg.com/v2-0a_{size}.jpg", "m", "https://pic1.zhimg.com/v2-0a_m.jpg"),
        ("https://pic1.zhimg.com/v2-0a.png", "m", "https://pic1.zhimg.com/v2-0a_m.png"),
        ("", "m", ""),
    ],
)
def test_an_avatar_is_had_at_any_size(url, size, expected):
    assert avatar_url(url, size) == expected
