from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples import answer, author
from zhihu_crawler.items import Answer, Article, Column, ColumnRef, Precision, Question, QuestionRef, Topic, TopicRef
from zhihu_crawler.parsers import content
from zhihu_crawler.parsers.record import Record

if TYPE_CHECKING:
    from zhihu_crawler.parsers.result import Source


@pytest.fixture
def read(source: Source):
    def read(kind: str, **fields: Any) -> Any:
        record = Record({"id": "1"} | fields, f"{kind} 1", [])
        item = getattr(content, f"read_{kind}")(record, source)
        assert record.problems == []
        return item

    return read


def test_a_question_is_read_field_by_field(read):
    found = read(
        "question",
        title="为什么？",
        detail="<p>请教</p>",
        excerpt="请教",
        question_type="normal",
        topics=[{"id": "7", "name": "诗"}],
        author=author(),
        created=1_700_000_000,
        updated_time=1_700_000_060,
        answer_count=0,
        follower_count=1,
        visit_count=2,
        comment_count=3,
        voteup_count=4,
        status={"is_close": True},
        redirection={"to": {"id": 5}},
        is_deleted=False,
    )
    assert isinstance(found, Question)
    assert (found.id, found.url, found.partial) == ("1", "https://www.zhihu.com/question/1", False)
    assert (found.title, found.detail, found.excerpt) == ("为什么？", "<p>请教</p>", "请教")
    assert found.topics == (TopicRef(id="7", name="诗"),)
    counts = (found.answer_count, found.follower_count, found.visit_count, found.comment_count, found.voteup_count)
    assert counts == (0, 1, 2, 3, 4)
    assert found.status is not None
    assert (found.status.is_close, found.status.is_locked) == (True, None)
    assert (found.redirected_to, found.is_deleted, found.question_type) == ("5", False, "normal")
    assert found.created is not None
    assert found.updated is not None
    assert (found.updated - found.created).total_seconds() == 60


def test_a_question_that_an_answer_names_is_partial(read):
    found = read("question", title="为什么？")
    assert (found.partial, found.detail, found.answer_count, found.topics) == (True, None, None, None)


def test_marks_of_the_search_are_no_part_of_a_title(read):
    assert read("question", title="<em>为什么</em>&lt;b&gt;？").title == "为什么<b>？"


def test_an_answer_has_the_address_with_its_question_where_that_is_known(read):
    assert read("answer", question={"id": 9}).url == "https://www.zhihu.com/question/9/answer/1"
    assert read("answer").url == "https://www.zhihu.com/answer/1"
    assert read("answer", question={"id": 9, "title": "?"}).question == QuestionRef(id="9", title="?")


def test_an_answer_without_its_text_is_partial(read):
    assert read("answer").partial
    assert not read("answer", content="").partial
    assert read("answer", content="").content == ""


def test_times_of_the_api_are_exact_to_the_second(read):
    found = read("answer", created_time=1_700_000_000)
    assert (found.created_precision, found.updated, found.updated_precision) == (Precision.SECOND, None, None)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"voteup_count": 1, "comment_count": 2, "thanks_count": 3, "favlists_count": 4}, (1, 2, 3, 4)),
        (
            {"reaction": {"statistics": {"up_vote_count": 1, "comment_count": 2, "like_count": 3, "favorites": 4}}},
            (1, 2, 3, 4),
        ),
        ({"voteup_count": 0, "reaction": {"statistics": {"up_vote_count": 9}}}, (0, None, None, None)),
        ({"reaction": {}}, (None, None, None, None)),
        ({"reaction": {"statistics": None}}, (None, None, None, None)),
        ({}, (None, None, None, None)),
    ],
)
def test_counts_stand_on_the_answer_or_in_its_statistics(read, fields: dict[str, Any], counts: tuple[int | None, ...]):
    found = read("answer", **fields)
    assert (found.voteup_count, found.comment_count, found.thanks_count, found.favorite_count) == counts


@pytest.mark.parametrize(
    ("fields", "truncated"),
    [
        ({}, None),
        ({"content_need_truncated": False}, False),
        ({"content_need_truncated": True}, True),
        ({"content_need_truncated": False, "force_login_when_click_read_more": True}, True),
        ({"content_need_truncated": False, "force_login_when_click_read_more": False}, False),
    ],
)
def test_a_text_that_was_cut_short_says_so(read, fields: dict[str, Any], truncated: bool | None):
    assert read("answer", **fields).content_truncated is truncated
    assert read("article", **fields).content_truncated is truncated


@pytest.mark.parametrize(
    ("fields", "paid"),
    [({}, None), ({"paid_info": {}}, False), ({"paid_info": None}, None), ({"paid_info": {"type": "x"}}, True)],
)
def test_a_paid_answer_is_told(read, fields: dict[str, Any], paid: bool | None):
    assert read("answer", **fields).is_paid is paid


def test_texts_are_cleaned_and_texts_that_are_empty_stay_empty(read):
    dirty = '<p>诗</p><noscript><img src="a.jpg"></noscript><img src="data:x" data-original="https://pic/a_r.jpg">'
    assert "noscript" not in read("answer", content=dirty).content
    assert "https://pic/a_r.jpg" in read("article", content=dirty).content
    assert read("question", detail="").detail == ""


def test_an_article_names_its_column_or_that_of_its_first_contribution(read):
    column = {"id": "poems", "title": "诗刊"}
    ref = ColumnRef(id="poems", title="诗刊")
    assert read("article", column=column).column == ref
    assert read("article", contributions=[{}, {"column": column}]).column == ref
    assert read("article").column is None


def test_an_article_is_read(read):
    found = read("article", title="诗", content="<p>酒</p>", title_image="", image_url="x", state="published")
    assert isinstance(found, Article)
    assert (found.url, found.image_url, found.state) == ("https://zhuanlan.zhihu.com/p/1", "x", "published")


def test_a_column_is_named_by_its_slug(read):
    found = read("column", id="poems", title="诗刊", followers=3, articles_count=0)
    assert isinstance(found, Column)
    assert (found.id, found.url) == ("poems", "https://zhuanlan.zhihu.com/poems")
    assert (found.follower_count, found.articles_count, found.partial) == (3, 0, False)


def test_a_topic_is_partial_without_its_counts(read):
    assert read("topic", name="诗").partial
    found = read("topic", name="诗", followers_count=3, questions_count=0)
    assert isinstance(found, Topic)
    assert (found.partial, found.followers_count, found.questions_count) == (False, 3, 0)


@pytest.mark.parametrize("kind", ["question", "answer", "article", "column", "topic"])
def test_an_object_with_nothing_but_its_id_has_none_in_every_other_field(read, kind: str):
    found = read(kind)
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    known = {"kind", "id", "url", "crawled_at", "layout", "partial"}
    assert {name: value for name, value in told.items() if name not in known and value is not None} == {}


def test_an_answer_is_the_same_in_the_spelling_of_the_api_and_of_the_state(source: Source):
    raw = answer(is_collapsed=False, thanks_count=5)
    camel = {
        **{key: raw[key] for key in ("id", "type", "question", "author", "content")},
        "createdTime": raw["created_time"],
        "updatedTime": raw["updated_time"],
        "voteupCount": raw["voteup_count"],
        "commentCount": raw["comment_count"],
        "isCollapsed": False,
        "thanksCount": 5,
    }
    found = [content.read_answer(Record(one, "answer 2", []), source) for one in (raw, camel)]
    assert found[0] == found[1]
    assert isinstance(found[0], Answer)
