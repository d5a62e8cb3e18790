"""Answer blocks: the same on question, answer, collection, profile and topic pages, and in Ajax replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Precision, QuestionRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import read_author
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, target_of, text
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.html import HtmlElement
    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

BLOCKS = "[data-atoken]"
"""An answer, however its element is called (``.zm-item-answer``; ``.entry-body`` on topic pages)."""
_EDITED = ("编辑", "修改")
_CONTENT = ".zm-item-rich-text textarea.content, .zm-item-rich-text .zm-editable-content, textarea.content"
_FAVORITES = 'a[data-za-a="click_answer_collected_count"], a[data-za-l="sidebar_answer_collected_count"]'


def read_answer(
    block: Selector, source: Source, problems: list[PageError], question: QuestionRef | None = None
) -> Answer:
    """Read one answer block.

    Args:
        block: the element with ``data-atoken``.
        source: where it was read.
        problems: where odd fields are noted.
        question: what it answers, where the page tells it outside the block.

    Raises:
        RecordError: the block has no id.
    """
    id_ = (block.attrib.get("data-atoken") or "").strip()
    if not id_.isdigit():
        raise RecordError(f"an answer of {source.url or 'this file'} has the id {id_!r}: the page is damaged")
    fields = Fields(f"answer {id_}", problems)
    link = block.css("a.answer-date-link")
    question = question or _question_of(link)
    summary = _summary(block)
    created = fields.read("created", values.read_time, block.attrib.get("data-created"))
    updated, precision = _updated(link, fields, source)
    content = _content(block)
    return Answer(
        id=id_,
        aid=block.attrib.get("data-aid"),
        url=canonical_url("answer", id_, question_id=question.id if question else None),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=content is None,
        question=question,
        author=read_author(next(iter(block.css(".zm-item-answer-author-info")), None)),
        content=content,
        excerpt=summary,
        created=created,
        created_precision=Precision.SECOND if created else None,
        updated=updated,
        updated_precision=precision,
        voteup_count=fields.read("voteup_count", values.read_count, _votes(block)),
        comment_count=fields.read("comment_count", values.read_count, text(block, "a.toggle-comment")),
        favorite_count=fields.read("favorite_count", values.read_count, text(block, _FAVORITES)),
        is_collapsed=fields.read("is_collapsed", _flag, block.attrib.get("data-collapsed")),
        collapse_reason=text(block, ".answer-status p"),
        is_copyable=fields.read("is_copyable", _flag, block.attrib.get("data-copyable")),
        is_deleted=fields.read("is_deleted", _flag, block.attrib.get("data-deleted")),
    )


def question_ref(link: Selector) -> QuestionRef | None:
    """Read the question that a link names."""
    target = target_of(link.attrib.get("href"))
    if target is None:
        return None
    id_ = target.id if target.kind == "question" else target.question_id
    title = values.squeeze(cast("HtmlElement", link.root).text_content())
    return QuestionRef(id=id_, title=title) if id_ else None


def _question_of(date_link: list[Selector]) -> QuestionRef | None:
    target = target_of(date_link[0].attrib.get("href")) if date_link else None
    return QuestionRef(id=target.question_id) if target and target.question_id else None


def _votes(block: Selector) -> str | None:
    """The exact number where there is one; the button shows "16K". Own answers have no button."""
    exact = attribute(
        block, ".zm-item-vote-info[data-votecount], .zm-item-vote-count[data-votecount]", "data-votecount"
    )
    return exact if exact is not None else text(block, ".zm-votebar .count")


def _content(block: Selector) -> str | None:
    return inner_html(block, _CONTENT)


def _summary(block: Selector) -> str | None:
    found = block.css(".zh-summary")
    if not found:
        return None
    words = cast("HtmlElement", found[0].root).text_content()
    return values.squeeze(words.replace("显示全部", ""))


def _updated(link: list[Selector], fields: Fields, source: Source) -> tuple[datetime | None, Precision | None]:
    """An answer that was never edited only says when it was published, which ``data-created`` tells better."""
    label = cast("HtmlElement", link[0].root).text_content() if link else None
    if label is None or not any(word in label for word in _EDITED):
        return None, None
    found = fields.read("updated", lambda words: values.read_date_label(words, source.captured_at), label)
    return found or (None, None)


def _flag(value: str | None) -> bool | None:
    """Attributes say 0 and 1; topic pages say False and True."""
    return values.read_bool({"False": "0", "True": "1"}.get(value, value) if value else None)
