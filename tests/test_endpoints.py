from __future__ import annotations

import pytest

from zhihu_crawler.endpoints import (
    USER_LISTINGS,
    collection_entries_url,
    place_in_listing,
    question_answers_url,
    showing_page,
    user_listing_url,
)

API = "https://www.zhihu.com/api/v4"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (question_answers_url("1"), "https://www.zhihu.com/question/1"),
        (f"{API}/questions/1/feeds?cursor=abc&offset=5", "https://www.zhihu.com/question/1"),
        (question_answers_url("1", "updated"), None),
        (question_answers_url("1", "created"), None),
        (collection_entries_url("2"), "https://www.zhihu.com/collection/2"),
        (user_listing_url("a-b", "answers"), "https://www.zhihu.com/people/a-b/answers"),
        (user_listing_url("a-b", "questions"), "https://www.zhihu.com/people/a-b/asks"),
        (user_listing_url("a-b", "articles"), "https://www.zhihu.com/people/a-b/posts"),
        (user_listing_url("a-b", "collections"), "https://www.zhihu.com/people/a-b/collections"),
        (user_listing_url("a-b", "followees"), "https://www.zhihu.com/people/a-b/following"),
        (user_listing_url("a-b", "followers"), "https://www.zhihu.com/people/a-b/followers"),
        (f"{API}/questions/1", None),
        (f"{API}/questions/1/followers", None),
        (f"{API}/me", None),
        ("https://www.zhihu.com/people/a-b/answers", None),
        ("https://example.com/api/v4/questions/1/feeds", None),
    ],
)
def test_a_listing_of_the_api_is_shown_by_a_page(url, page):
    assert showing_page(url) == page


def test_every_list_of_a_user_is_shown_by_a_tab():
    assert all(showing_page(user_listing_url("x", listing)) for listing in USER_LISTINGS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("questions/1/feeds?cursor=a&limit=5&offset=5", "questions/1/feeds?include=x&offset=5&limit=20&cursor=a", True),
        ("questions/1/feeds", "questions/1/feeds?offset=0&order=default&limit=20", True),
        ("questions/1/feeds?cursor=a&offset=5", "questions/1/feeds?cursor=b&offset=5", False),
        ("questions/1/feeds?offset=5", "questions/1/feeds?offset=10", False),
        ("questions/1/feeds?order=updated", "questions/1/feeds", False),
        ("questions/1/feeds", "questions/2/feeds", False),
        ("members/a/answers", "members/a/articles", False),
    ],
)
def test_replies_that_begin_at_the_same_record_have_one_place(one, other, same):
    assert (place_in_listing(f"{API}/{one}") == place_in_listing(f"{API}/{other}")) is same


@pytest.mark.parametrize("url", [f"{API}/questions/1", f"{API}/me", "https://www.zhihu.com/question/1", "nonsense"])
def test_what_is_no_listing_has_no_place(url):
    assert place_in_listing(url) is None
