from __future__ import annotations

from typing import Any

import pytest

from tests.parsers.legacy.pages import HOME, answer, page, profile, read
from zhihu_crawler.items import Answer, Article, Collection, Item

LINK = '<h2><a class="question_link" href="/question/{0}">题{0}</a></h2>'


def items(body: bytes, kind: type[Item], url: str = HOME) -> list[Any]:
    return [item for item in read(body, url).items if isinstance(item, kind)]


def section(inner: str) -> str:
    return f'<div class="zm-profile-section-item">{inner}</div>'


def test_an_answer_belongs_to_the_question_above_it():
    body = profile(section(LINK.format(5) + answer(2)) + section(LINK.format(6) + answer(3)))
    assert [(one.id, one.question.id) for one in items(body, Answer)] == [("2", "5"), ("3", "6")]


@pytest.mark.parametrize(
    "body",
    [
        section(LINK.format(5) + answer(2)) + section(answer(3)),
        section(LINK.format(5) + answer(2) + answer(3)),
        LINK.format(5) + answer(2) + f"<div><div>{answer(3)}</div></div>",
    ],
    ids=["the next section", "the same section", "deeper"],
)
def test_an_answer_without_a_title_of_its_own_takes_no_other_answers(body: str):
    assert [one.question for one in items(profile(body), Answer)][1:] == [None]


def test_the_column_above_an_article_of_a_home_page_is_no_question():
    body = (
        '<div class="feed-item"><div class="source"><a class="question_link" data-tip="c$t$tangshi" href="http://zhuanlan.'
        f'zhihu.com/tangshi">唐诗</a></div>{answer(2)}</div>'
    )
    assert [one.question for one in items(page(body), Answer, "")] == [None]


POST = '<div class="zm-item-post"><meta itemprop="post-url-token" content="{0}"></div>'
TITLE = '<a class="post-link" href="http://zhuanlan.zhihu.com/c/{0}">文{0}</a>'


def test_an_article_without_a_title_of_its_own_takes_no_other_articles():
    body = section(TITLE.format(7) + POST.format(7)) + section(POST.format(8)) + section(POST.format(9))
    assert [(one.id, one.title) for one in items(profile(body), Article)] == [("7", "文7"), ("8", None), ("9", None)]


VOTES = '<div class="zm-profile-vote-num">{}</div><div class="zm-profile-vote-type">{}</div>'


@pytest.mark.parametrize(("votes", "count"), [(VOTES.format("1K", "赞同"), 1000), (VOTES.format(7, "浏览"), None)])
def test_votes_of_a_named_answer_are_told_from_visits(votes: str, count: int | None):
    link = '<a class="question_link" href="/question/5/answer/2">题</a>'
    [one] = items(profile(section(votes + link)), Answer)
    assert (one.voteup_count, one.partial, one.author.url_token) == (count, True, "li-bai")


def fav(id_: int, bio: str) -> str:
    return f'<div><a class="zm-profile-fav-item-title" href="/collection/{id_}">夹{id_}</a></div>{bio}'


BIO = '<div class="zm-profile-fav-bio">{} 条内容 • {} 人关注</div>'


@pytest.mark.parametrize("around", ["{}{}", "<div>{}</div><div>{}</div>", "<ul><li>{}</li><li>{}</li></ul>"])
def test_each_collection_has_the_line_below_its_own_title(around: str):
    body = around.format(fav(8, BIO.format(1, 2)), fav(9, BIO.format(3, 4)))
    told = [
        (one.id, one.item_count, one.follower_count) for one in items(profile(body), Collection, f"{HOME}/collections")
    ]
    assert told == [("8", 1, 2), ("9", 3, 4)]


@pytest.mark.parametrize("around", ["<div>{}</div><div>{}</div>", "<ul><li>{}</li><li>{}</li></ul>"])
def test_a_collection_without_such_a_line_takes_no_other_collections(around: str):
    body = around.format(fav(8, ""), fav(9, BIO.format(3, 4)))
    assert [one.item_count for one in items(profile(body), Collection, f"{HOME}/collections")] == [None, 3]
