from __future__ import annotations

from typing import Any

import pytest

from tests.samples import AT, USER_ID
from zhihu_crawler.errors import DamagedPageError, RecordError, WrongPageError
from zhihu_crawler.items import Answer, Collection, Follow, Layout, Question, User
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source
from zhihu_crawler.parsers.state import parse_state
from zhihu_crawler.urls import read_url

QUESTION = "https://www.zhihu.com/question/1"
LI_BAI = {"id": USER_ID, "urlToken": "li-bai", "name": "李白", "userType": "people", "followingCount": 5}
DU_FU = {"id": USER_ID[::-1], "urlToken": "du-fu", "name": "杜甫", "userType": "people"}


def an_answer(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "type": "answer", "content": f"<p>{id_}</p>", "question": {"id": "1"}, "author": LI_BAI} | fields


def state(entities: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"initialState": {"common": {}, "entities": entities, **parts}}


def question_state(seed: dict[str, Any] | None = None, **answers: dict[str, Any]) -> dict[str, Any]:
    known = {"1": {"id": "1", "type": "question", "title": "为什么？", "answerCount": 7}}
    lists = {"answers": {"1": seed}} if seed is not None else {}
    return state({"questions": known, "answers": answers, "users": {}}, question=lists)


def parsed_of(data: dict[str, Any], url: str = "") -> Parsed:
    return parse_state(data, Source(url, AT, Layout.STATE), read_url(url) if url else None)


def listing_of(data: dict[str, Any], name: str, url: str = "") -> ListingPage:
    page = parsed_of(data, url).listing(name)
    assert page is not None
    return page


def test_camel_case_fields_are_the_apis_own():
    [item] = parsed_of(question_state(), QUESTION).items
    assert isinstance(item, Question)
    assert (item.id, item.title, item.answer_count, item.layout) == ("1", "为什么？", 7, Layout.STATE)


@pytest.mark.parametrize("outer", [True, False], ids=["initialState", "bare, as in 2017"])
def test_the_outer_object_may_be_there_or_not(outer: bool):
    data = question_state()
    assert len(parsed_of(data if outer else data["initialState"], QUESTION).items) == 1


@pytest.mark.parametrize(
    "data", [{}, {"initialState": {}}, {"initialState": None}, {"entities": []}, {"entities": "x"}]
)
def test_a_state_without_entities_is_damage(data: dict[str, Any]):
    with pytest.raises(DamagedPageError, match="no entities"):
        parsed_of(data)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.zhihu.com/question/2",
        "https://www.zhihu.com/question/1/answer/9",
        "https://www.zhihu.com/people/du-fu",
        "https://www.zhihu.com/collection/1",
        "https://zhuanlan.zhihu.com/p/1",
    ],
)
def test_a_page_of_something_else_is_refused(url: str):
    with pytest.raises(WrongPageError, match="holds no"):
        parsed_of(question_state(None, **{"2": an_answer("2")}), url)


@pytest.mark.parametrize("name", ["li-bai", USER_ID])
def test_a_profile_is_found_by_token_and_by_id(name: str):
    [user] = parsed_of(state({"users": {"li-bai": LI_BAI}}), f"https://www.zhihu.com/people/{name}").items
    assert isinstance(user, User)
    assert (user.id, user.url_token, user.partial) == (USER_ID, "li-bai", False)


def test_the_reader_who_is_logged_in_is_no_item():
    data = state({"users": {"0": {"id": "0", "name": "", "urlToken": ""}, "li-bai": LI_BAI}})
    assert [item.key for item in parsed_of(data).items] == ["user:li-bai"]


@pytest.mark.parametrize(
    "ids",
    [
        [3, 2],
        ["3", "2"],
        [{"type": "question_feed_card", "target": "3"}, {"type": "question_feed_card", "target": 2}],
    ],
    ids=["numbers of 2018", "texts", "cards of 2023"],
)
def test_answers_come_in_the_pages_order_however_it_names_them(ids: list[Any]):
    seed = {
        "ids": ids,
        "isDrained": False,
        "totals": 7,
        "next": "https://www.zhihu.com/api/v4/questions/1/feeds?cursor=a",
    }
    data = question_state(seed, **{"2": an_answer("2"), "3": an_answer("3"), "9": an_answer("9")})
    parsed = parsed_of(data, QUESTION)
    assert [item.id for item in parsed.items if isinstance(item, Answer)] == ["3", "2", "9"]
    page = parsed.listing("answers")
    assert page is not None
    assert page.keys == ("answer:3", "answer:2")
    assert (page.received, page.other, page.total, page.is_end) == (2, 0, 7, None)
    assert page.next_url is not None


def test_without_totals_the_questions_own_count_is_told():
    assert listing_of(question_state({"ids": []}), "answers").total == 7


@pytest.mark.parametrize("flag", ["needForceLogin", "antiSpider"])
def test_a_log_in_that_is_wanted_is_told(flag: str):
    assert listing_of(question_state({"ids": [], flag: True}), "answers").needs_login


def test_a_drained_list_has_ended():
    assert listing_of(question_state({"ids": [], "isDrained": True}), "answers").is_end is True


def test_ids_whose_record_is_not_on_the_page_are_counted_apart():
    page = listing_of(question_state({"ids": ["2", "404", {"type": "ad"}]}, **{"2": an_answer("2")}), "answers")
    assert (page.received, page.other) == (1, 2)


def test_followers_stand_at_their_places_in_a_list_full_of_gaps():
    seed = {"ids": [None, None, "du-fu", None], "totals": 4}
    data = state({"users": {"li-bai": LI_BAI, "du-fu": DU_FU}}, people={"followersByUser": {"li-bai": seed}})
    parsed = parsed_of(data, "https://www.zhihu.com/people/li-bai/followers")
    [follow] = [item for item in parsed.items if isinstance(item, Follow)]
    assert (follow.follower_token, follow.followee_token, follow.position) == ("du-fu", "li-bai", 2)
    page = parsed.listing("followers")
    assert page is not None
    assert (page.owner_id, page.received, page.other, page.total, page.keys) == ("li-bai", 1, 0, 4, (follow.key,))


def test_an_author_named_by_key_is_found_among_the_users():
    data = state({"answers": {"2": an_answer("2", author="li-bai")}, "users": {"li-bai": LI_BAI}})
    answer = next(item for item in parsed_of(data).items if isinstance(item, Answer))
    assert answer.author is not None
    assert answer.author.name == "李白"


def test_a_collection_is_a_favlist_here():
    data = state({"favlists": {"9": {"id": 9, "title": "诗", "type": "favlist", "isPublic": True}}})
    [item] = parsed_of(data, "https://www.zhihu.com/collection/9").items
    assert isinstance(item, Collection)
    assert (item.id, item.title, item.partial) == ("9", "诗", False)


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], {"id": True, "type": "answer"}, {"id": [1], "type": "answer"}], ids=repr
)
def test_an_odd_record_costs_itself_alone_and_is_named(odd: object):
    data = state({"answers": {"2": odd, "3": an_answer("3")}})
    parsed = parsed_of(data)
    assert [item.id for item in parsed.items] == ["3"]
    assert [type(problem) for problem in parsed.problems] == [RecordError]


@pytest.mark.parametrize("odd", [None, 7, "x", []], ids=repr)
def test_a_table_of_another_shape_costs_itself_alone(odd: object):
    data = state({"questions": odd, "answers": {"3": an_answer("3")}}, question=odd, people=odd)
    assert [item.id for item in parsed_of(data).items] == ["3"]


@pytest.mark.parametrize("seed", [None, 7, [], {}, {"ids": None}, {"ids": {}}, {"ids": "2"}], ids=repr)
def test_a_list_of_another_shape_is_no_list(seed: Any):
    data = question_state(None, **{"2": an_answer("2")})
    data["initialState"]["question"] = {"answers": {"1": seed}}
    parsed = parsed_of(data, QUESTION)
    assert parsed.listings == []
    assert len(parsed.items) == 2


@pytest.mark.parametrize(
    ("part", "key", "owner", "name", "total"),
    [
        ("question", "followers", "question", "followers", 9),
        ("answers", "voters", "answer", "voters", None),
        ("topic", "followers", "topic", "followers", None),
        ("topic", "bestAnswerers", "topic", "best_answerers", None),
    ],
)
def test_who_follows_or_praises_a_thing_is_listed_and_follows_no_person(
    part: str, key: str, owner: str, name: str, total: int | None
):
    known = {"1": {"id": "1", "type": "question", "title": "?", "answerCount": 7, "followerCount": 9}}
    lists = {part: {key: {"1": {"ids": ["li-bai"], "next": "x"}}}}
    parsed = parsed_of(state({"questions": known, "users": {"li-bai": LI_BAI}}, **lists))
    page = parsed.listing(name)
    assert page is not None
    assert (page.owner_kind, page.owner_id, page.keys, page.total) == (owner, "1", ("user:li-bai",), total)
    assert not any(isinstance(item, Follow) for item in parsed.items)


@pytest.mark.parametrize(
    ("key", "name", "table"),
    [
        ("followingQuestionsByUser", "followed_questions", "questions"),
        ("followingTopicsByUser", "followed_topics", "topics"),
        ("followingColumnsByUser", "followed_columns", "columns"),
        ("followingFavlistsByUser", "followed_collections", "favlists"),
    ],
)
def test_what_a_user_follows_is_listed(key: str, name: str, table: str):
    lists = {"people": {key: {"li-bai": {"ids": [3], "totals": 40}}}}
    page = listing_of(state({table: {"3": {"id": 3, "title": "?"}}}, **lists), name)
    assert (page.owner_id, page.received, page.total) == ("li-bai", 1, 40)


def test_answers_sorted_by_time_are_the_questions_answers():
    data = question_state(**{"2": an_answer("2")})
    data["initialState"]["question"] = {"updatedAnswers": {"1": {"ids": ["2"]}}}
    assert listing_of(data, "answers").keys == ("answer:2",)


@pytest.mark.parametrize("url", ["", QUESTION])
def test_whoever_was_logged_in_is_no_part_of_the_page(url: str):
    data = question_state(**{"2": an_answer("2")})
    data["initialState"]["entities"]["users"] = {"du-fu": DU_FU}
    data["initialState"]["currentUser"] = "du-fu"
    assert not any(isinstance(item, User) for item in parsed_of(data, url).items)


@pytest.mark.parametrize(
    ("url", "lists"), [("https://www.zhihu.com/people/du-fu", {}), ("", {"profileStatus": {"du-fu": {}}})]
)
def test_unless_the_page_is_their_own(url: str, lists: dict[str, Any]):
    data = state({"users": {"du-fu": DU_FU}}, currentUser="du-fu", people=lists)
    assert [item.key for item in parsed_of(data, url).items] == ["user:du-fu"]
