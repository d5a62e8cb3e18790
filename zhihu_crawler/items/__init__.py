"""The records that a crawl yields. ``docs/data-dictionary.md`` lists every field."""

from __future__ import annotations

from zhihu_crawler.items._base import ColumnRef, Item, Layout, Precision, QuestionRef, TopicRef
from zhihu_crawler.items.content import Answer, Article, Column, Question, QuestionStatus, Topic
from zhihu_crawler.items.lists import Collection, CollectionEntry, Listing, Stop, Tombstone
from zhihu_crawler.items.people import (
    Author,
    AuthorKind,
    Badge,
    Education,
    Employment,
    Follow,
    Gender,
    User,
)

KINDS: dict[str, type[Item]] = {
    "question": Question,
    "answer": Answer,
    "user": User,
    "collection": Collection,
    "collection_entry": CollectionEntry,
    "article": Article,
    "column": Column,
    "topic": Topic,
    "follow": Follow,
    "listing": Listing,
    "tombstone": Tombstone,
}
"""Every kind of item by its name."""

PLURALS: dict[str, str] = {kind: "collection_entries" if kind == "collection_entry" else f"{kind}s" for kind in KINDS}
"""Name of the file, or of the store's collection, that holds a kind."""

__all__ = [
    "KINDS",
    "PLURALS",
    "Answer",
    "Article",
    "Author",
    "AuthorKind",
    "Badge",
    "Collection",
    "CollectionEntry",
    "Column",
    "ColumnRef",
    "Education",
    "Employment",
    "Follow",
    "Gender",
    "Item",
    "Layout",
    "Listing",
    "Precision",
    "Question",
    "QuestionRef",
    "QuestionStatus",
    "Stop",
    "Tombstone",
    "Topic",
    "TopicRef",
    "User",
]
