from __future__ import annotations

import json
import re

import pytest
from parsel import Selector

from zhihu_crawler.sandbox.camel import camel
from zhihu_crawler.sandbox.ids import read_question, read_user
from zhihu_crawler.sandbox.profile import LIST_OF_TAB
from zhihu_crawler.sandbox.state import SEEDS

WWW, ZHUANLAN = "www.zhihu.com", "zhuanlan.zhihu.com"
SOUND = [
    (WWW, "/question/24000001"),
    (WWW, "/question/20000001"),
    (WWW, "/question/1900000000024000001"),
    (WWW, "/question/24000001/answer/1040000010000000001"),
    (WWW, "/people/shili-t-1"),
    (WWW, "/org/shili-org-1"),
    (WWW, "/collection/440000001"),
    (WWW, "/column/shilizl-3-1"),
    (ZHUANLAN, "/shilizl-3-1"),
    (ZHUANLAN, "/p/612345678"),
    *((WWW, f"/people/shili-t-1/{tab}") for tab in LIST_OF_TAB if tab),
]


def read(pages, path, host=WWW, **query):
    status, html, location = pages.page(host, path, query)
    assert (status, location) == (200, None)
    return Selector(html)


def state_of(page):
    text = page.css("script#js-initialData[type='text/json']::text").get()
    return json.loads(text)["initialState"] if text else None


def metas(page, scope):
    found = page.css(f"{scope} > meta")
    return {meta.attrib["itemprop"]: meta.attrib.get("content") for meta in found}


@pytest.mark.parametrize(("host", "path"), SOUND)
def test_every_page_has_a_state_unless_it_is_switched_off(pages, host, path):
    assert state_of(read(pages, path, host))["entities"]
    assert state_of(read(pages, path, host, state="off")) is None


@pytest.mark.parametrize("path", ["/question/24160001", "/people/shili-q16-1", "/collection/441600001"])
def test_some_ids_have_pages_without_a_state(pages, path):
    assert state_of(read(pages, path)) is None


def test_a_state_is_written_as_the_site_writes_it(pages):
    _, html, _ = pages.page(WWW, "/question/24000001", {})
    raw = re.search(r'id="js-initialData" type="text/json">(.*?)</script>', html, re.DOTALL)[1]
    assert "<" not in raw
    assert "/" not in raw
    assert "\\u003Cp" in raw


def test_a_question_page_holds_the_first_five_answers_and_where_they_go_on(pages, world):
    state = state_of(read(pages, "/question/24000001"))
    listing = world.answers(read_question("24000001"))
    first = [listing.key(place) for place in range(5)]
    seed = state["question"]["answers"]["24000001"]
    assert list(state["entities"]["answers"]) == first
    assert [card["target"] for card in seed["ids"]] == first
    assert seed["next"].startswith("https://www.zhihu.com/api/v4/questions/24000001/feeds?cursor=")


def test_the_next_of_a_page_gives_the_sixth_answer(pages, api, world):
    from tests.sandbox.walker import split_next

    seed = state_of(read(pages, "/question/24000001"))["question"]["answers"]["24000001"]
    _, feed = api.reply(*split_next(seed["next"]))
    assert feed["data"][0]["target"]["id"] == world.answers(read_question("24000001")).key(5)


def test_a_question_page_says_the_same_in_microdata(pages, world):
    question = world.question("24000001")
    told = metas(read(pages, "/question/24000001", state="off"), "div.QuestionPage")
    assert told["name"] == question["title"]
    assert told["keywords"] == ",".join(topic["name"] for topic in question["topics"])
    assert [told[key] for key in ("answerCount", "commentCount", "zhihu:visitsCount", "zhihu:followerCount")] == [
        str(question[key]) for key in ("answer_count", "comment_count", "visit_count", "follower_count")
    ]


def test_an_answers_block_says_the_same_in_microdata(pages, world):
    page = read(pages, "/question/24000001", state="off")
    made = [world.answers(read_question("24000001")).make(place) for place in range(5)]
    blocks = page.css("div.ContentItem.AnswerItem")
    assert [block.attrib["name"] for block in blocks] == [answer["id"] for answer in made]
    assert [json.loads(block.attrib["data-zop"])["authorName"] for block in blocks] == [
        answer["author"]["name"] for answer in made
    ]
    assert [block.css("meta[itemprop=upvoteCount]").attrib["content"] for block in blocks] == [
        str(answer["voteup_count"]) for answer in made
    ]


def test_an_anonymous_answer_has_no_link_to_its_author(pages):
    blocks = read(pages, "/question/24000001").css("div.AnswerItem")
    assert blocks[1].css(".AuthorInfo-name ::text").get() == "匿名用户"
    assert not blocks[1].css(".AuthorInfo-name a")
    assert blocks[0].css(".AuthorInfo-name a.UserLink-link")


def test_an_answer_page_holds_other_answers_too(pages):
    state = state_of(read(pages, "/question/24000001/answer/1040000010000000001"))
    assert "1040000010000000001" in state["entities"]["answers"]
    assert len(state["entities"]["answers"]) == 3


@pytest.mark.parametrize("tab", [tab for tab, name in LIST_OF_TAB.items() if name])
def test_a_tab_names_twenty_of_its_list_in_their_places(pages, world, tab):
    name = LIST_OF_TAB[tab]
    listing = world.user_list(read_user("shili-q00-1"), name)
    state = state_of(read(pages, f"/people/shili-q00-1/{tab}", page="2"))
    seed = state["people"][SEEDS[name]]["shili-q00-1"]
    assert seed["ids"] == [listing.key(at) if 20 <= at < 40 else None for at in range(60)]
    assert seed["totals"] == 60


def test_a_tab_past_its_end_is_empty(pages):
    state = state_of(read(pages, "/people/shili-t-1/answers", page="9"))
    assert state["entities"]["answers"] == {}


def test_a_list_of_a_million_is_not_padded_to_its_end(pages):
    state = state_of(read(pages, "/people/shili-m-1/followers"))
    seed = state["people"]["followersByUser"]["shili-m-1"]
    assert (len(seed["ids"]), seed["totals"]) == (20_000, 1_000_000)


def test_a_profile_says_the_same_in_microdata(pages, world):
    user = world.user("shili-t-1")
    page = read(pages, "/people/shili-t-1", state="off")
    assert metas(page, "div[itemprop=people]")["zhihu:followerCount"] == str(user["follower_count"])
    assert page.css(".ProfileHeader-name::text").get() == user["name"]
    assert page.css(".Tabs-link[href$='/answers'] .Tabs-meta::text").get() == "45"


def test_a_collection_page_has_a_head_but_no_entries(pages, world):
    page = read(pages, "/collection/440000001")
    state = state_of(page)
    assert state["entities"]["favlists"]["440000001"]["itemCount"] == 60
    assert state["entities"]["answers"] == {}
    assert page.css(".CollectionDetailPageHeader-title::text").get() == world.collection("440000001")["title"]
    assert page.css(".CollectionDetailPageItem--placeholder")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (WWW, "/question/34000001"),
        (WWW, "/question/24000001/answer/1"),
        (WWW, "/answer/1"),
        (WWW, "/people/shili-gone-1"),
        (WWW, "/people/shili-t-1/unknown"),
        (WWW, "/collection/540000001"),
        (WWW, "/shilizl-3-1"),
        (ZHUANLAN, "/p/1"),
        (ZHUANLAN, "/shilizl-x-1"),
    ],
)
def test_what_is_not_there_is_a_wasteland(pages, host, path):
    status, html, _ = pages.page(host, path, {})
    assert status == 404
    assert "你似乎来到了没有知识存在的荒原" in html


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/", "https://www.zhihu.com/signin?next=%2F"),
        ("/answer/1040000010000000001", "https://www.zhihu.com/question/24000001/answer/1040000010000000001"),
        (
            "/question/22000001/answer/1040000010000000001",
            "https://www.zhihu.com/question/24000001/answer/1040000010000000001",
        ),
    ],
)
def test_some_paths_lead_elsewhere(pages, path, location):
    assert pages.page(WWW, path, {}) == (302, "", location)


@pytest.mark.parametrize(("path", "app"), [("/signin", "main"), ("/account/unhuman", "unhuman")])
def test_a_wall_has_a_state_too_but_no_entity(pages, path, app):
    page = read(pages, path)
    assert json.loads(page.css("#js-initialData::text").get())["subAppName"] == app
    assert not any(state_of(page)["entities"].values())


@pytest.mark.parametrize(
    ("name", "camelled"), [("id", "id"), ("avatar_url_template", "avatarUrlTemplate"), ("badge_v2", "badgeV2")]
)
def test_keys_become_camel_case(name, camelled):
    assert camel(name) == camelled
