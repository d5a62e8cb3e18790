"""Every index with the query that it is for. An index costs each write, so there are no others."""

from __future__ import annotations

from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING, IndexModel

from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.texts import VERSIONS


class Index(NamedTuple):
    """An index of a collection: its name, its keys, and the question that it answers."""

    name: str
    keys: tuple[tuple[str, int], ...]
    question: str
    where: dict[str, object] | None = None

    def model(self) -> IndexModel:
        """Return it as pymongo's own."""
        partial = {} if self.where is None else {"partialFilterExpression": self.where}
        return IndexModel(list(self.keys), name=self.name, **partial)


_SEEN = Index("last_seen", (("last_seen", DESCENDING),), "what was seen last, and what since a day")
_STALE = Index(
    "stale", (("partial", ASCENDING), ("crawled_at", ASCENDING)), "what was read in full longest ago, or never"
)
_MOVING = Index(
    "texts_to_move",
    (("meta.hash", ASCENDING),),
    "whose earlier text waits to be moved to versions",
    {"meta.earlier": {"$exists": True}},
)
_OWN: dict[str, tuple[Index, ...]] = {
    "question": (Index("topic", (("topics.id", ASCENDING),), "questions under a topic"),),
    "answer": (
        Index(
            "question_best",
            (("question.id", ASCENDING), ("voteup_count", DESCENDING)),
            "answers to a question, best first",
        ),
        Index("author", (("author.id", ASCENDING), ("created", DESCENDING)), "answers of a person, newest first"),
    ),
    "article": (
        Index("author", (("author.id", ASCENDING), ("created", DESCENDING)), "articles of a person, newest first"),
        Index("column", (("column.id", ASCENDING),), "articles in a column"),
    ),
    "user": (Index("tokens", (("tokens", ASCENDING),), "who has, or had, a token"),),
    "collection": (Index("creator", (("creator.id", ASCENDING),), "collections of a person"),),
    "collection_entry": (
        Index(
            "collection_order",
            (("collection_id", ASCENDING), ("position", ASCENDING)),
            "what a collection holds, in order",
        ),
        Index("content", (("content_id", ASCENDING), ("content_kind", ASCENDING)), "which collections hold a thing"),
    ),
    "follow": (
        Index("follower", (("follower", ASCENDING), ("position", ASCENDING)), "whom a person follows, in order"),
        Index("followee", (("followee", ASCENDING), ("position", ASCENDING)), "who follows a person, in order"),
    ),
    "listing": (Index("incomplete", (("complete", ASCENDING), ("last_seen", DESCENDING)), "listings that fell short"),),
}
_RE_READ = ("question", "answer", "article", "user", "collection", "column", "topic")


def indexes() -> dict[str, list[Index]]:
    """Return the indexes of every collection of ours by its name."""
    made = {
        PLURALS[kind]: [
            *_OWN.get(kind, ()),
            _SEEN,
            *([_STALE] if kind in _RE_READ else []),
            *([_MOVING] if kind in TEXTS else []),
        ]
        for kind in PLURALS
    }
    made[VERSIONS] = [Index("of", (("id", ASCENDING), ("kind", ASCENDING)), "all texts that a thing had")]
    return made
