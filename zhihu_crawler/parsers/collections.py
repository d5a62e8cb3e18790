"""Collections, and what they hold, as the API and the page state tell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhihu_crawler.errors import RecordError
from zhihu_crawler.items import Collection, CollectionEntry
from zhihu_crawler.parsers.people import read_author
from zhihu_crawler.parsers.values import exact, plain_text
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from zhihu_crawler.parsers.record import Record
    from zhihu_crawler.parsers.result import Source


def read_collection(record: Record, source: Source) -> Collection:
    """Read a collection."""
    id_ = record.require_id("id")
    return Collection(
        id=id_,
        url=canonical_url("collection", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=not record.has("is_public"),
        title=record.text("title"),
        description=record.text("description"),
        creator=read_author(record.sub("creator")),
        follower_count=record.count("follower_count", "followers_count"),
        item_count=record.count("item_count"),
        answer_count=record.count("answer_count"),
        comment_count=record.count("comment_count"),
        like_count=record.count("like_count"),
        view_count=record.count("view_count"),
        is_public=record.flag("is_public"),
        is_default=record.flag("is_default"),
        **exact(created=record.time("created_time", "created"), updated=record.time("updated_time", "updated")),
    )


def content_of(record: Record) -> Record | None:
    """Return what an entry holds. ``/collections/<id>/contents`` of 2017 gave the things without a wrapper."""
    wrapped = isinstance(record.get("content"), Mapping) or not record.has("type")
    return record.sub("content") if wrapped else record


def read_entry(record: Record, source: Source, collection_id: str, place: int, offset: int | None) -> CollectionEntry:
    """Read ``{content: {type, id, ...}, created}``, the ``place``-th of its page, which begins at ``offset``.

    Raises:
        RecordError: there is no content, or it has no id.
    """
    content = content_of(record)
    if content is None:
        raise RecordError(f"{record.label} of collection {collection_id} has no content: the site withheld it")
    kind, content_id = content.word("type") or "unknown", content.require_id("id", "token")
    question = content.sub("question")
    question_id = question.id("id") if question else None
    title = question.text("title") if question else content.text("title", "excerpt_title")
    return CollectionEntry(
        id=f"{collection_id}/{kind}:{content_id}",
        url=canonical_url(kind, content_id, question_id=question_id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        collection_id=collection_id,
        content_kind=kind,
        content_id=content_id,
        question_id=question_id,
        title=plain_text(title),
        added=None if content is record else record.time("created", "created_time"),
        position=None if offset is None else offset + place,
        page_position=place,
        is_deleted=content.flag("is_deleted"),
    )
