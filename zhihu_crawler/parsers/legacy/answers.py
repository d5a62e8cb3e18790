"""Answer blocks: the same on question, answer, collection, profile and topic pages, and in Ajax replies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml.etree import HTMLParser, fromstring

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Precision, QuestionRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import read_author
from zhihu_crawler.parsers.markup import Fields, Parts, html_within, target_of
from zhihu_crawler.parsers.richtext import words
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

BLOCKS = "[data-atoken]"
"""An answer, however its element is called (``.zm-item-answer``; ``.entry-body`` on topic pages)."""
_EDITED = ("编辑", "修改")
_DATE_LINK = re.compile(r"<a\b[^<>]{0,500}\banswer-date-link\b[^<>]{0,500}>[^<]{0,100}</a>")
_FAVORITES = ("click_answer_collected_count", "sidebar_answer_collected_count")


def read_answer(
    block: Selector, source: Source, problems: list[PageError], question: QuestionRef | None = None
) -> Answer:
    """Read one element with ``data-atoken``; its question is given where the page tells it outside of it.

    Raises:
        RecordError: the block has no id.
    """
    id_ = _id(block, source)
    fields = Fields(f"answer {id_}", problems)
    parts = Parts(block.root)
    around = _around(block, parts)
    link = date_link(around)
    question = question or _question_of(link)
    return Answer(
        id=id_,
        aid=block.attrib.get("data-aid"),
        url=canonical_url("answer", id_, question_id=question.id if question else None),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=(content := content_of(parts)) is None,
        question=question,
        author=read_author(parts.first("zm-item-answer-author-info")),
        content=content,
        excerpt=summary_of(parts),
        collapse_reason=_collapse_reason(parts),
        **times_of(block, link, fields, source),
        **_flags(block, around, fields),
        **_counts(parts, around, fields),
    )


def _counts(parts: Parts, around: Parts, fields: Fields) -> dict[str, Any]:
    labels = {
        "voteup_count": votes_of(parts),
        "comment_count": around.text("toggle-comment"),
        "favorite_count": _favorites(around),
    }
    return {name: fields.read(name, values.read_count, label) for name, label in labels.items()}


def _favorites(around: Parts) -> str | None:
    for link in around.root.iter("a"):
        if link.get("data-za-a") in _FAVORITES or link.get("data-za-l") in _FAVORITES:
            return words(link)
    return None


def _id(block: Selector, source: Source) -> str:
    id_ = (block.attrib.get("data-atoken") or "").strip()
    if not id_.isdigit():
        raise RecordError(f"an answer of {source.url or 'this file'} has the id {id_!r}: the page is damaged")
    return id_


def _around(block: Selector, parts: Parts) -> Parts:
    """On pages of topics the foot of an answer (comments, date) stands beside its block, not within it."""
    if parts.all("toggle-comment"):
        return parts
    above = block.xpath("ancestor::*[contains(concat(' ', @class, ' '), ' feed-item ')][1]")
    return Parts(above[0].root) if above and len(above[0].css(BLOCKS)) == 1 else parts


def date_link(around: Parts) -> Element | None:
    """The link with the date ends the text in lists, where the text stands escaped in a ``textarea``."""
    link = around.first("answer-date-link")
    if link is not None:
        return link
    for folded in around.all("content"):
        if folded.tag == "textarea" and (found := _DATE_LINK.search(words(folded))):
            return next(fromstring(found[0], HTMLParser()).iter("a"), None)
    return None


def question_ref(link: Element) -> QuestionRef | None:
    """Read the question that a link names."""
    target = target_of(link.get("href"))
    if target is None:
        return None
    id_ = target.id if target.kind == "question" else target.question_id
    title = values.squeeze(words(link))
    return QuestionRef(id=id_, title=title) if id_ else None


def _question_of(date_link: Element | None) -> QuestionRef | None:
    target = target_of(date_link.get("href")) if date_link is not None else None
    return QuestionRef(id=target.question_id) if target and target.question_id else None


def votes_of(parts: Parts) -> str | None:
    """The exact number where there is one; the button shows "16K". Own answers have no button."""
    exact = parts.attribute("data-votecount", "zm-item-vote-info", "zm-item-vote-count")
    if exact is not None:
        return exact
    bar = parts.first("zm-votebar")
    return Parts(bar).text("count") if bar is not None else None


def content_of(parts: Parts) -> str | None:
    """The whole text, cleaned: folded in a ``textarea`` in lists, else as it is shown."""
    folded = next((element for element in parts.all("content") if element.tag == "textarea"), None)
    if folded is not None:
        return html_within(folded)
    texts = parts.first("zm-item-rich-text")
    return html_within(Parts(texts).first("zm-editable-content")) if texts is not None else None


def summary_of(parts: Parts) -> str | None:
    """The beginning of a text, as the page shows it folded."""
    found = parts.first("zh-summary")
    return None if found is None else values.squeeze(words(found).replace("显示全部", ""))


def _collapse_reason(parts: Parts) -> str | None:
    status = parts.first("answer-status")
    reason = next(status.iter("p"), None) if status is not None else None
    return values.squeeze(words(reason)) if reason is not None else None


def times_of(block: Selector, link: Element | None, fields: Fields, source: Source) -> dict[str, Any]:
    """``data-created`` is exact; the link tells days: of the last edit, and in its tip of the publication."""
    label = words(link) if link is not None else ""
    tip = link.get("data-tip", "") if link is not None else ""
    edited = any(word in label for word in _EDITED)
    created = fields.read("created", values.read_time, block.attrib.get("data-created"))
    found: dict[str, Any] = {"created": created, "created_precision": Precision.SECOND if created else None}
    published = next((told for told in (tip, label) if "发布" in told), None)
    for name, day in (("updated", label if edited else None), ("created", None if created else published)):
        read = fields.read(name, lambda told: values.read_date_label(told, source.captured_at), day)
        if read:
            found |= {name: read[0], f"{name}_precision": read[1]}
    return found


def _flags(block: Selector, around: Parts, fields: Fields) -> dict[str, Any]:
    """Until mid-2015 only the foot told that copying is forbidden."""
    names = {"is_collapsed": "data-collapsed", "is_copyable": "data-copyable", "is_deleted": "data-deleted"}
    found = {name: fields.read(name, _flag, block.attrib.get(attr)) for name, attr in names.items()}
    if found["is_copyable"] is None and "禁止转载" in (around.text("copyright") or ""):
        found["is_copyable"] = False
    return found


def _flag(value: str | None) -> bool | None:
    """Attributes say 0 and 1; topic pages say False and True."""
    return values.read_bool({"False": "0", "True": "1"}.get(value, value) if value else None)
