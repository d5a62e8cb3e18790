from __future__ import annotations

import json

import pytest
from scrapy import Request

from zhihu_crawler.browser.asking import ALONE, FETCH, SCROLL, WANTED, in_browser, scrolled
from zhihu_crawler.browser.response import BrowserResponse, make_response
from zhihu_crawler.browser.visit import Reply
from zhihu_crawler.endpoints import place_in_listing, question_answers_url, user_listing_url

PAGE = "https://www.zhihu.com/question/1"
FEED = question_answers_url("1")


def test_a_page_is_asked_for_as_it_is():
    again = in_browser(scrolled(Request(PAGE, meta={"a": 1}), "answers", 20))
    assert (again.url, again.meta[FETCH], again.meta["a"], again.dont_filter) == (PAGE, "browser", 1, True)
    assert again.meta[SCROLL] == {"kind": "question", "name": "answers", "most": 20}
    assert WANTED not in again.meta


@pytest.mark.parametrize(
    ("walk", "most"),
    [({"limit": None, "got": 7}, None), ({"limit": 20, "got": 7}, 13), ({"limit": 5, "got": 7}, 0), (None, 0)],
)
def test_a_listing_is_asked_for_by_the_page_that_shows_it_as_far_as_it_is_wanted(walk, most):
    again = in_browser(Request(FEED, cb_kwargs={"walk": walk} if walk else {}))
    assert (again.url, again.meta[WANTED]) == (PAGE, FEED)
    assert again.meta[SCROLL] == {"kind": "question", "name": "answers", "most": most}


def test_a_list_of_a_user_is_shown_by_the_profile():
    again = in_browser(Request(user_listing_url("x", "followees")))
    assert again.url == "https://www.zhihu.com/people/x/following"
    assert again.meta[SCROLL] == {"kind": "user", "name": "followees", "most": 0}


def test_what_no_page_shows_and_what_is_beyond_its_end_is_opened_by_its_own_address():
    created = question_answers_url("1", "created")
    assert in_browser(Request(created)).url == created
    assert in_browser(Request(FEED, meta={ALONE: True})).url == FEED


def test_a_redirect_is_gone_through_again_from_its_beginning():
    meta = {"redirect_urls": [PAGE], "redirect_times": 1, "redirect_reasons": [302]}
    again = in_browser(Request("https://www.zhihu.com/account/unhuman?type=S6E3V1", meta=meta))
    assert again.url == PAGE
    assert not {"redirect_urls", "redirect_times", "redirect_reasons"} & set(again.meta)


def test_what_a_request_says_can_be_kept_in_any_queue():
    json.dumps(in_browser(Request(FEED)).meta)


def replies(*offsets):
    urls = [f"{FEED.partition('?')[0]}?offset={offset}" for offset in offsets]
    return {place_in_listing(url): Reply(url, 200, (("content-type", "application/json"),), b"{}") for url in urls}


def test_a_reply_that_the_page_fetched_is_given_once():
    response = BrowserResponse(PAGE, replies=replies(0, 20), is_full=True)
    asked = Request(FEED)
    later = response.reply_to(asked)
    assert (later.url, later.body, later.request, later.is_full) == (FEED, b"{}", asked, True)
    assert later.headers["Content-Type"] == b"application/json"
    assert response.reply_to(asked) is None
    assert later.reply_to(Request(f"{FEED.partition('?')[0]}?offset=20")) is not None


@pytest.mark.parametrize("request_", [Request(PAGE), Request(FEED, method="POST"), Request(FEED + "&cursor=x")])
def test_nothing_is_given_for_what_was_not_asked(request_):
    assert BrowserResponse(PAGE, replies=replies(0)).reply_to(request_) is None


def test_a_response_that_is_replaced_keeps_what_its_page_fetched():
    response = make_response(Reply(PAGE, 200, (), b""), Request(PAGE), replies=replies(0))
    assert response.replace(status=201).reply_to(Request(FEED)) is not None
    assert "browser" in response.flags
