"""The hot list: questions as the site's front shows them, by areas of a card rather than by fields.

``{target: {title_area: {text}, excerpt_area: {text}, link: {url}, ...}, feed_specific: {answer_count}}`` in replies
of 2021 to 2026, in camelCase in the state of ``/hot`` and ``/billboard``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import RecordError
from zhihu_crawler.items import Question
from zhihu_crawler.parsers.values import plain_text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from zhihu_crawler.parsers.record import Record
    from zhihu_crawler.parsers.result import Source


def is_hot(record: Record) -> bool:
    """Say whether a record is a card of the hot list."""
    target = record.raw.get("target")
    return isinstance(target, dict) and ("title_area" in target or "titleArea" in target)


def read_hot(record: Record, source: Source) -> Question:
    """Read the question of a card.

    Raises:
        RecordError: it links to no question.
    """
    target = record.sub("target") or record
    link, title, excerpt = (target.sub(name) for name in ("link", "title_area", "excerpt_area"))
    named = read_url(link.word("url") or "") if link else None
    if named is None or named.kind != "question":
        raise RecordError(f"{record.label} is a card of the hot list that links to no question")
    told = record.sub("feed_specific")
    return Question(
        id=named.id,
        url=canonical_url("question", named.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        title=plain_text(title.text("text")) if title else None,
        excerpt=excerpt.text("text") if excerpt else None,
        answer_count=told.count("answer_count") if told else None,
    )
