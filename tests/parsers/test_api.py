from __future__ import annotations

from typing import Any

import pytest

from tests.samples import AT, USER_ID, answer, author
from zhihu_crawler.errors import LayoutUnknownError, RecordError, WrongPageError
from zhihu_crawler.items import Answer, Collection, CollectionEntry, Follow, Layout, User
from zhihu_crawler.parsers.api import parse_api
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source
from zhihu_crawler.urls import read_url

FEEDS = "https://www.zhihu.com/api/v4/questions/1/feeds?limit=20&offset=0"
ANSWERS = "https://www.zhihu.com/api/v4/questions/1/answers?limit=20&offset=40"
ENTRIES = "https://www.zhihu.com/api/v4/collections/9/items?offset=20&limit=20"
FOLLOWERS = "https://www.zhihu.com/api/v4/members/li-bai/followers?offset=20&limit=20"
FOLLOWEES = "https://www.zhihu.com/api/v4/members/li-bai/followees"


def parsed_of(data: object, url: str = "") -> Parsed:
    return parse_api(data, Source(url, AT, Layout.API), read_url(url) if url else None)


def page_of(data: object, url: str, name: str) -> ListingPage:
    page = parsed_of(data, url).listing(name)
    assert page is not None
    return page


def card(target: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "question_feed_card", "target_type": "answer", "target": target or answer()} | more


# One thing


def test_one_answer_is_read_with_its_question_only_when_that_says_more_than_its_name():
    url = "https://www.zhihu.com/api/v4/answers/2"
    assert [item.kind for item in parsed_of(answer(), url).items] == ["answer"]
    known = answer(question={"id": "1", "type": "question", "title": "?", "answer_count": 5})
    assert [item.kind for item in parsed_of(known, url).items] == ["answer", "question"]


@pytest.mark.parametrize("reply", [{"collection": {"id": 9, "type": "collection"}}, {"id": 9, "type": "collection"}])
def test_a_collection_is_read_bare_and_wrapped(reply: dict[str, Any]):
    [item] = parsed_of(reply, "https://www.zhihu.com/api/v4/collections/9").items
    assert isinstance(item, Collection)
    assert item.id == "9"


@pytest.mark.parametrize("name", ["li-bai", USER_ID])
def test_a_user_is_found_by_token_and_by_id(name: str):
    [item] = parsed_of(author(), f"https://www.zhihu.com/api/v4/members/{name}").items
    assert isinstance(item, User)


@pytest.mark.parametrize(
    ("url", "reply"),
    [
        ("https://www.zhihu.com/api/v4/answers/3", answer()),
        ("https://www.zhihu.com/api/v4/questions/2", answer()),
        ("https://www.zhihu.com/api/v4/members/du-fu", author()),
        ("https://www.zhihu.com/api/v4/collections/8", {"collection": {"id": 9, "type": "collection"}}),
    ],
)
def test_what_was_not_asked_for_is_refused(url: str, reply: dict[str, Any]):
    with pytest.raises(WrongPageError, match="asked for"):
        parsed_of(reply, url)


@pytest.mark.parametrize("reply", [{}, [], "text", 7, None, {"a": {"b": 1}}, {"type": "advert", "id": 1}])
def test_a_reply_that_holds_nothing_known_is_no_empty_one(reply: object):
    with pytest.raises(LayoutUnknownError, match="nothing known"):
        parsed_of(reply, "https://www.zhihu.com/api/v4/unheard/of")


# Lists


def test_feed_cards_give_their_answers_in_order():
    data = {"data": [card(answer(id="2")), card(answer(id="3"))], "paging": {"is_end": False, "next": "x"}}
    assert [item.id for item in parsed_of(data, FEEDS).items] == ["2", "3"]
    page = page_of(data, FEEDS, "answers")
    assert (page.owner_kind, page.owner_id, page.received, page.keys) == ("question", "1", 2, ("answer:2", "answer:3"))
    assert (page.is_end, page.next_url, page.total) == (False, "x", None)


def test_cards_of_other_kinds_are_counted_and_are_no_answers():
    data = {"data": [card(), {"type": "feed_advert", "ad": {}}, card({"id": "7", "type": "article"})], "paging": {}}
    page = page_of(data, FEEDS, "answers")
    assert (page.received, page.other, page.unreadable) == (1, 2, 0)


def test_an_unreadable_record_is_counted_named_and_costs_nobody_else():
    data = {"data": [answer(id="2"), answer(id=None), 7, answer(id="3")], "paging": {"totals": 4}}
    parsed = parsed_of(data, ANSWERS)
    assert [item.id for item in parsed.items] == ["2", "3"]
    assert [type(problem) for problem in parsed.problems] == [RecordError, RecordError]
    page = page_of(data, ANSWERS, "answers")
    assert (page.received, page.unreadable, page.total) == (4, 2, 4)


@pytest.mark.parametrize("paging", [None, {}, [], "x", {"totals": "many", "is_end": "x", "next": 7}])
def test_paging_of_any_shape_never_makes_up_an_end(paging: object):
    page = page_of({"data": [answer()], "paging": paging}, ANSWERS, "answers")
    assert (page.total, page.is_end, page.next_url, page.needs_login) == (None, None, None, False)


def test_an_exhausted_list_is_one_and_no_unknown_layout():
    page = page_of({"data": [], "paging": {"is_end": True, "totals": 0}}, FEEDS, "answers")
    assert (page.received, page.is_end, page.total) == (0, True, 0)


def test_a_login_ceiling_is_told():
    data = {"data": [], "paging": {"is_end": True, "need_force_login": True}}
    assert page_of(data, FEEDS, "answers").needs_login


def test_a_reply_saved_without_its_address_tells_it_in_its_paging():
    page = parsed_of({"data": [answer()], "paging": {"previous": ANSWERS}}).listing("answers")
    assert page is not None
    assert page.owner_id == "1"


# Collections and follows


def test_an_entry_says_what_is_in_the_collection_in_what_order_and_since_when():
    data = {"data": [{"created": "2026-02-28T20:00:00+08:00", "content": answer()}], "paging": {"totals": 21}}
    entry, held = parsed_of(data, ENTRIES).items
    assert isinstance(entry, CollectionEntry)
    assert (entry.id, entry.content_kind, entry.content_id, entry.question_id) == ("9/answer:2", "answer", "2", "1")
    assert (entry.position, entry.page_position, entry.title) == (20, 0, "为什么？")
    assert entry.added is not None
    assert entry.added.isoformat() == "2026-02-28T12:00:00+00:00"
    assert isinstance(held, Answer)


@pytest.mark.parametrize("kind", ["pin", "zvideo", "something-new"])
def test_an_entry_of_a_kind_that_is_not_read_is_still_an_entry(kind: str):
    data = {"data": [{"content": {"type": kind, "id": "5"}}], "paging": {}}
    [entry] = parsed_of(data, ENTRIES).items
    assert isinstance(entry, CollectionEntry)
    assert (entry.content_kind, entry.content_id) == (kind, "5")


@pytest.mark.parametrize("entry", [{}, {"content": None}, {"content": {}}, {"content": {"type": "answer"}}, None, 7])
def test_an_entry_without_its_thing_is_unreadable_and_counted(entry: object):
    page = page_of({"data": [entry, {"content": answer()}], "paging": {}}, ENTRIES, "entries")
    assert (page.received, page.unreadable) == (2, 1)


@pytest.mark.parametrize(
    ("url", "follower", "followee", "position"),
    [(FOLLOWERS, "du-fu", "li-bai", 20), (FOLLOWEES, "li-bai", "du-fu", 0)],
)
def test_a_card_of_a_follow_list_is_a_user_and_an_edge(url: str, follower: str, followee: str, position: int):
    user, follow = parsed_of({"data": [author(url_token="du-fu")], "paging": {}}, url).items
    assert isinstance(user, User)
    assert isinstance(follow, Follow)
    assert (follow.follower_token, follow.followee_token, follow.position) == (follower, followee, position)
    assert follow.id == f"{follower}>{followee}"


def test_somebody_without_a_name_in_a_follow_list_is_unreadable_and_no_edge_to_nobody():
    data = {"data": [{"id": "0", "url_token": "", "name": "匿名用户", "type": "people"}], "paging": {}}
    parsed = parsed_of(data, FOLLOWERS)
    assert parsed.items == []
    page = parsed.listing("followers")
    assert page is not None
    assert (page.received, page.unreadable) == (1, 1)


def test_ids_of_nineteen_digits_and_more_keep_every_one():
    parsed = parsed_of({"data": [answer(id=1924054028658116132), answer(id="9" * 40)]})
    assert [item.id for item in parsed.items] == ["1924054028658116132", "9" * 40]


def test_an_id_that_lost_its_digits_on_the_way_is_refused():
    parsed = parsed_of({"data": [answer(id=1.924054028658116e30)]})
    assert parsed.items == []
    assert isinstance(parsed.problems[0], RecordError)


# Lists of what is neither a thing's own nor a spider's


@pytest.mark.parametrize(
    ("url", "name", "record", "key"),
    [
        ("answers/2/voters", "voters", author(), "user:li-bai"),
        ("answers/2/upvoters", "voters", author(), "user:li-bai"),
        ("articles/7/likers", "voters", author(), "user:li-bai"),
        ("topics/5/best_answerers", "best_answerers", author(), "user:li-bai"),
        ("topics/5/followers", "followers", author(), "user:li-bai"),
        ("members/li-bai/following-questions", "followed_questions", {"id": 1, "type": "question"}, "question:1"),
        ("members/li-bai/following-topic-contributions", "followed_topics", {"topic": {"id": "5"}}, None),
        (
            "members/li-bai/following-topic-contributions",
            "followed_topics",
            {"topic": {"id": "5", "type": "topic"}, "contributions_count": 3},
            "topic:5",
        ),
        ("members/li-bai/following-columns", "followed_columns", {"id": "c", "type": "column"}, "column:c"),
        ("members/li-bai/following-favlists", "followed_collections", {"id": 9, "type": "favlist"}, "collection:9"),
        ("topics/5/best_answers", "answers", answer(), "answer:2"),
    ],
)
def test_who_and_what_is_followed_liked_and_praised_is_listed(url: str, name: str, record: object, key: str | None):
    data = {"data": [record], "paging": {"totals": 40, "is_end": False}}
    page = page_of(data, f"https://www.zhihu.com/api/v4/{url}?offset=20", name)
    assert (page.keys, page.total, page.is_end) == ((key,) if key else (), 40, False)


def test_what_says_no_type_in_a_list_is_of_its_kind_only_if_it_has_something_of_it():
    untyped = {name: value for name, value in answer(id="3").items() if name != "type"}
    data = {"data": [{"id": "ad-1", "ad": {"brand": "x"}}, untyped], "paging": {}}
    assert [item.id for item in parsed_of(data, ANSWERS).items] == ["3"]
    assert page_of(data, ANSWERS, "answers").other == 1


def test_an_organisation_is_a_user():
    data = author(type="organization", user_type="organization")
    [item] = parsed_of(data, "https://www.zhihu.com/api/v4/members/li-bai").items
    assert isinstance(item, User)
    assert item.is_organization


def test_answers_of_a_collection_are_its_entries():
    entry, held = parsed_of({"data": [answer()], "paging": {}}, "https://api.zhihu.com/collections/9/answers").items
    assert isinstance(entry, CollectionEntry)
    assert isinstance(held, Answer)
    assert entry.collection_id == "9"


@pytest.mark.parametrize("url", ["", "https://www.zhihu.com/api/v4/answers/2/comments"])
@pytest.mark.parametrize("written", [author(), {"role": "normal", "member": author()}])
def test_who_wrote_a_comment_is_read(url: str, written: dict[str, Any]):
    comment = {"id": 4, "type": "comment", "content": "<p>好。</p>", "author": written}
    assert [item.key for item in parsed_of({"data": [comment]}, url).items] == ["user:li-bai"]


def test_a_group_of_a_feed_gives_all_that_is_in_it():
    group = {"type": "feed_group", "list": [{"target": answer(id="2")}, {"target": answer(id="3")}]}
    assert [item.id for item in parsed_of({"data": [group]}).items] == ["2", "3"]


def test_an_advertisement_gives_nothing():
    advert = {"type": "feed_advert", "ad": {"brand": author()}}
    with pytest.raises(LayoutUnknownError):
        parsed_of({"data": [advert]})
