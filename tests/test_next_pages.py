"""Addresses that pages give: of the next page, of the API, of wrapped links and avatars."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_urls import HASH, damaged_addresses
from zhihu_crawler.urls import (
    Target,
    api_url,
    avatar_url,
    next_page_url,
    query_int,
    unwrap_link,
)

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
