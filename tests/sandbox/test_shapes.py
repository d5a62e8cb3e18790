"""The sandbox against real pages: the same keys, no more and no fewer, wherever one is stored."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = pytest.mark.captures
ONLY_SOMETIMES = {"endorsements", "settings"}
"""Keys that stored answers of one page have and have not."""


def state_of(html):
    found = re.search(r'<script[^>]*id="js-initialData"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])["initialState"]


@pytest.fixture
def stored(captures):
    def read(file):
        text = (captures / file).read_text(encoding="utf-8")
        return json.loads(text) if file.endswith(".json") else state_of(text)

    return read


@pytest.fixture
def made(pages, api):
    def make(path):
        return state_of(pages.page("www.zhihu.com", path, {})[1]) if path[0] == "/" else api.reply(path, {})[1]

    return make


def at(value, where):
    """Follow a dotted path; ``*`` is the first there."""
    for step in where.split(".") if where else ():
        if isinstance(value, list):
            value = value[0 if step == "*" else int(step)]
        else:
            value = next(iter(value.values())) if step == "*" else value[step]
    return value


QUESTION = ("/question/24000001", "question/modern2025-stealth-web2json.html")
PROFILE = ("/people/shili-t-2/answers", "people/modern2023-jiayu-tiambloom.html")
ARTICLE = ("/p/9400001000001", "article/modern-p-dualboot-nathan.html")
COLLECTION = ("/collection/440000001", "collection/modern2026-collection-454292599-vaultstream.excerpt.html")
FOLLOWERS = ("/people/shili-t-2/followers", "people-list/react2018-followers-sammy-decoded.html")
FEED = ("questions/24000001/feeds", "api-v4/v4-2023-question-feeds-597272501-tiambloom.json")


@pytest.mark.parametrize(
    ("ours", "theirs", "where"),
    [
        (*QUESTION, ""),
        (*QUESTION, "entities"),
        (*QUESTION, "entities.questions.*"),
        (*QUESTION, "entities.questions.*.author"),
        (*QUESTION, "entities.questions.*.topics.*"),
        (*QUESTION, "entities.questions.*.status"),
        (*QUESTION, "entities.answers.*"),
        (*QUESTION, "entities.answers.*.author"),
        (*QUESTION, "entities.answers.*.reaction.statistics"),
        (*QUESTION, "question"),
        (*QUESTION, "question.answers.*"),
        (*QUESTION, "question.answers.*.ids.*"),
        (*PROFILE, "entities.users.*"),
        (*PROFILE, "people"),
        (*PROFILE, "people.profileStatus.*"),
        (*ARTICLE, "entities.articles.*"),
        (*COLLECTION, "entities.favlists.*"),
        (*COLLECTION, "entities.favlists.*.creator"),
        (*COLLECTION, "entities.collections.*"),
        (*FEED, ""),
        (*FEED, "paging"),
        (*FEED, "session"),
        (*FEED, "data.*"),
        ("answers/1040000010000000008", "api-v4/v4-2026-answer-2012482281965631134-vaultstream.json", ""),
        ("answers/1040000010000000008", "api-v4/v4-2026-answer-2012482281965631134-vaultstream.json", "question"),
        ("collections/440000001", "api-v4/v4-2026-collection-454292599-vaultstream.json", ""),
        ("collections/440000001", "api-v4/v4-2026-collection-454292599-vaultstream.json", "collection"),
        ("collections/440000001/items", "api-v4/v4-2022-collection-items-zhihuhelp.json", "paging"),
        ("collections/440000001/items", "api-v4/v4-2022-collection-items-zhihuhelp.json", "data.*"),
        ("people/shili-t-1/collections", "api-v4/v4-2020-people-collections-jianshu.json", "paging"),
        ("members/shili-e-1/followees", "api-v4/v4-2019-followees-empty-page-jdxj.json", "paging"),
    ],
)
def test_an_object_has_the_keys_that_it_has_on_the_site(made, stored, ours, theirs, where):
    assert set(at(made(ours), where)) - ONLY_SOMETIMES == set(at(stored(theirs), where)) - ONLY_SOMETIMES


@pytest.mark.parametrize(
    ("ours", "theirs", "where"),
    [
        (*FEED, "data.*.target"),
        (*FEED, "data.*.target.author"),
        (*FOLLOWERS, "people.followersByUser.*"),
        (*FOLLOWERS, "entities.users.*"),
        (*ARTICLE, "entities.columns.*"),
        ("members/shili-t-1", "api-v4/v4-2026-people-deephub-vaultstream.json", ""),
        ("members/shili-t-1/followees", "api-v4/v4-2018-followees-brenda.json", "data.*"),
        ("members/shili-t-1/questions", "api-v4/v4-2018-member-questions-brenda.json", "data.*"),
        ("topics/19550001", "api-v4/v4-2018-topic-brenda.json", ""),
    ],
)
def test_an_object_has_at_least_the_keys_of_an_older_or_shorter_reply(made, stored, ours, theirs, where):
    assert set(at(made(ours), where)) >= set(at(stored(theirs), where)) - ONLY_SOMETIMES


def test_values_are_of_the_types_that_they_have_on_the_site(made, stored):
    for where in ("entities.questions.*", "entities.answers.*", "entities.answers.*.author", "question.answers.*"):
        real, ours = at(stored(QUESTION[1]), where), at(made(QUESTION[0]), where)
        wrong = {key for key in real if real[key] is not None and type(real[key]) is not type(ours.get(key))}
        assert wrong - ONLY_SOMETIMES == set(), where
