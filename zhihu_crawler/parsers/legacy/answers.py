"""Answer blocks: the same on question, answer, collection, profile and topic pages, and in Ajax replies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from parsel import Selector

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Precision, QuestionRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import read_author
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, target_of, text
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from zhihu_crawler.parsers.result import Source

BLOCKS = "[data-atoken]"
"""An answer, however its element is called (``.zm-item-answer``; ``.entry-body`` on topic pages)."""
_EDITED = ("编辑", "修改")
_CONTENT = ".zm-item-rich-text textarea.content, .zm-item-rich-text .zm-editable-content, textarea.content"
_DATE_LINK = re.compile(r"<a\b[^>]*\banswer-date-link\b[^>]*>[^<]*</a>")
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
    around = _around(block)
    link = date_link(around)
    question = question or _question_of(link)
    content = content_of(block)
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
        excerpt=summary_of(block),
        voteup_count=fields.read("voteup_count", values.read_count, votes_of(block)),
        comment_count=fields.read("comment_count", values.read_count, text(around, "a.toggle-comment")),
        favorite_count=fields.read("favorite_count", values.read_count, text(around, _FAVORITES)),
        collapse_reason=text(block, ".answer-status p"),
        **times_of(block, link, fields, source),
        **_flags(block, around, fields),
    )


def _around(block: Selector) -> Selector:
    """On pages of topics the foot of an answer (comments, date) stands beside its block, not within it."""
    if block.css(".toggle-comment"):
        return block
    above = block.xpath("ancestor::*[contains(concat(' ', @class, ' '), ' feed-item ')][1]")
    return above[0] if above and len(above[0].css(BLOCKS)) == 1 else block


def date_link(around: Selector) -> Selector | None:
    """The link with the date ends the text in lists, where the text stands escaped in a ``textarea``."""
    for link in around.css("a.answer-date-link"):
        return link
    for folded in around.css("textarea.content"):
        if found := _DATE_LINK.search(cast("HtmlElement", folded.root).text_content()):
            return Selector(text=found[0], type="html").css("a")[0]
    return None


def question_ref(link: Selector) -> QuestionRef | None:
    """Read the question that a link names."""
    target = target_of(link.attrib.get("href"))
    if target is None:
        return None
    id_ = target.id if target.kind == "question" else target.question_id
    title = values.squeeze(cast("HtmlElement", link.root).text_content())
    return QuestionRef(id=id_, title=title) if id_ else None


def _question_of(date_link: Selector | None) -> QuestionRef | None:
    target = target_of(date_link.attrib.get("href")) if date_link is not None else None
    return QuestionRef(id=target.question_id) if target and target.question_id else None


def votes_of(block: Selector) -> str | None:
    """The exact number where there is one; the button shows "16K". Own answers have no button."""
    exact = attribute(
        block, ".zm-item-vote-info[data-votecount], .zm-item-vote-count[data-votecount]", "data-votecount"
    )
    return exact if exact is not None else text(block, ".zm-votebar .count")


def content_of(block: Selector) -> str | None:
    """The whole text, cleaned."""
    return inner_html(block, _CONTENT)


def summary_of(block: Selector) -> str | None:
    """The beginning of a text, as the page shows it folded."""
    found = block.css(".zh-summary")
    if not found:
        return None
    words = cast("HtmlElement", found[0].root).text_content()
    return values.squeeze(words.replace("显示全部", ""))


def times_of(block: Selector, link: Selector | None, fields: Fields, source: Source) -> dict[str, Any]:
    """``data-created`` is exact; the link tells days: of the last edit, and in its tip of the publication."""
    label = cast("HtmlElement", link.root).text_content() if link is not None else ""
    tip = link.attrib.get("data-tip", "") if link is not None else ""
    edited = any(word in label for word in _EDITED)
    created = fields.read("created", values.read_time, block.attrib.get("data-created"))
    found: dict[str, Any] = {"created": created, "created_precision": Precision.SECOND if created else None}
    published = next((words for words in (tip, label) if "发布" in words), None)
    for name, words in (("updated", label if edited else None), ("created", None if created else published)):
        read = fields.read(name, lambda told: values.read_date_label(told, source.captured_at), words)
        if read:
            found |= {name: read[0], f"{name}_precision": read[1]}
    return found


def _flags(block: Selector, around: Selector, fields: Fields) -> dict[str, Any]:
    """Until mid-2015 only the foot told that copying is forbidden."""
    names = {"is_collapsed": "data-collapsed", "is_copyable": "data-copyable", "is_deleted": "data-deleted"}
    found = {name: fields.read(name, _flag, block.attrib.get(attr)) for name, attr in names.items()}
    if found["is_copyable"] is None and "禁止转载" in (text(around, ".zm-meta-panel span.copyright") or ""):
        found["is_copyable"] = False
    return found


def _flag(value: str | None) -> bool | None:
    """Attributes say 0 and 1; topic pages say False and True."""
    return values.read_bool({"False": "0", "True": "1"}.get(value, value) if value else None)
