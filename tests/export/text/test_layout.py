from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.samples import USER_ID, make_item
from zhihu_crawler.export.text.layout import html_page, markdown_page, text_page
from zhihu_crawler.export.text.page import Page, page_of
from zhihu_crawler.items import Author, AuthorKind, Precision, QuestionRef, TopicRef

LI_BAI = Author(kind=AuthorKind.USER, id=USER_ID, url_token="li-bai", name="李白")


def answer(**fields: Any) -> Page:
    known: dict[str, Any] = {
        "question": QuestionRef(id="1", title="为什么？"),
        "author": LI_BAI,
        "content": "<p>因为 <b>是</b>。</p>",
        "voteup_count": 3,
    }
    page = page_of(make_item("answer", "2", **known | fields))
    assert page
    return page


def test_markdown_is_laid_out_as_users_of_zhihu_python_know_it():
    assert markdown_page(answer()) == (
        "# 为什么？\n\n"
        "### 作者: [李白](https://www.zhihu.com/people/li-bai) 赞同: 3\n\n"
        "因为 **是**。\n\n"
        "#### 原链接: <https://www.zhihu.com/question/1/answer/2>\n"
    )


def test_plain_text_is_laid_out_so_too():
    assert text_page(answer()) == (
        "为什么？\n\n作者: 李白  赞同: 3\n\n因为 是。\n\n原链接: https://www.zhihu.com/question/1/answer/2\n"
    )


def test_html_is_laid_out_so_too():
    html = html_page(answer())
    assert '<h1><a href="https://www.zhihu.com/question/1/answer/2">为什么？</a></h1>' in html
    assert '<p>作者: <a href="https://www.zhihu.com/people/li-bai">李白</a> 赞同: 3</p>' in html
    assert "<p>因为 <strong>是</strong>。</p>" in html
    assert "<title>为什么？ - 李白的回答</title>" in html


def test_a_title_and_a_name_cannot_be_markup():
    page = answer(
        question=QuestionRef(id="1", title="<script>x</script> # *a*\n# b"),
        author=Author(kind=AuthorKind.USER, name="</p><b>x"),
    )
    assert "<script>x" not in html_page(page)
    assert "<b>x" not in html_page(page)
    assert markdown_page(page).splitlines()[0] == r"# \<script>x\</script> # \*a\* # b"


@pytest.mark.parametrize(
    ("author", "name", "url"),
    [
        (LI_BAI, "李白", "https://www.zhihu.com/people/li-bai"),
        (Author(kind=AuthorKind.ORGANIZATION, url_token="o", name="O"), "O", "https://www.zhihu.com/people/o"),
        (Author(kind=AuthorKind.USER, url_token="t"), "t", "https://www.zhihu.com/people/t"),
        (Author(kind=AuthorKind.ANONYMOUS, name="匿名用户"), "匿名用户", None),
        (Author(kind=AuthorKind.ANONYMOUS), "匿名用户", None),
        (Author(kind=AuthorKind.DEACTIVATED, id=USER_ID, name="知乎用户"), "知乎用户", None),
        (Author(kind=AuthorKind.DEACTIVATED), "知乎用户（已注销）", None),
        (None, "未知", None),
    ],
)
def test_authors_are_named_as_what_they_are(author: Author | None, name: str, url: str | None):
    page = answer(author=author)
    assert (page.author, page.author_url) == (name, url)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"voteup_count": None}, "赞同: 未知"),
        ({"voteup_count": 0}, "赞同: 0"),
        ({"comment_count": 0}, "评论 0"),
        ({"created": datetime(2026, 3, 1, 20, 5, tzinfo=UTC)}, "写于 2026-03-02 04:05"),
        ({"created": datetime(2026, 2, 28, 16, tzinfo=UTC), "created_precision": Precision.DAY}, "写于 2026-03-01"),
        ({"is_deleted": True}, "已被删除"),
        ({"content_truncated": True}, "没有给出全文"),
        ({"question": None}, "# 回答 2"),
        ({"question": QuestionRef(id="7")}, "# 问题 7"),
    ],
)
def test_what_is_known_is_told(fields: dict[str, Any], told: str):
    assert told in markdown_page(answer(**fields))


def test_an_edit_at_the_same_time_is_no_edit():
    time = datetime(2026, 3, 1, tzinfo=UTC)
    assert "编辑于" not in markdown_page(answer(created=time, updated=time))
    assert "编辑于" in markdown_page(answer(created=time, updated=time.replace(hour=1)))


def test_a_question_has_its_text_its_topics_and_its_counts():
    question = make_item(
        "question",
        title="为什么？",
        detail="<p>详</p>",
        topics=(TopicRef(id="1", name="诗"),),
        answer_count=2,
        visit_count=0,
    )
    page = page_of(question)
    assert page
    assert "话题 诗 · 回答 2 · 浏览 0" in markdown_page(page)
    assert page.by == "问题"


def test_an_article_has_its_own_title():
    page = page_of(make_item("article", "5", title="文", content="x", author=LI_BAI, voteup_count=1))
    assert page
    assert markdown_page(page).startswith("# 文\n\n### 作者: [李白]")
    assert page.url == "https://zhuanlan.zhihu.com/p/5"
    assert page.by == "李白的文章"


@pytest.mark.parametrize(
    "item",
    [
        make_item("answer"),
        make_item("question", title="x"),
        make_item("article"),
        make_item("user"),
        make_item("topic"),
    ],
)
def test_what_was_only_mentioned_has_no_page(item: Any):
    assert page_of(item) is None


def test_an_empty_text_is_a_page_all_the_same():
    assert page_of(make_item("question", title="x", detail=""))
    assert page_of(make_item("answer", content=""))
