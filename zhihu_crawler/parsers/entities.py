"""Any object of the API by its ``type``, alone, wrapped in a card, or somewhere in a reply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from zhihu_crawler.parsers import content
from zhihu_crawler.parsers.collections import read_collection
from zhihu_crawler.parsers.people import read_user
from zhihu_crawler.parsers.record import Record

if TYPE_CHECKING:
    from zhihu_crawler.errors import PageError
    from zhihu_crawler.items import Item
    from zhihu_crawler.parsers.result import Source

_WRAPPERS = ("target", "object", "content", "column", "collection", "topic")
_LEADING_TO_NOTHING = frozenset({"paging", "session", "highlight"})


def read_entity(record: Record, source: Source) -> Iterator[Item]:
    """Read an object by its ``type``, with what it refers to: its question, column or topics.

    Raises:
        RecordError: it has no id.
    """
    kind = record.word("type")
    if kind == "answer":
        yield content.read_answer(record, source)
        question = record.sub("question")
        if question and content.says_more_than_its_name(question):
            yield from _with_topics(content.read_question(question, source), question, source)
    elif kind == "question":
        yield from _with_topics(content.read_question(record, source), record, source)
    elif kind == "article":
        yield from _with_topics(content.read_article(record, source), record, source)
        if (column := content.column_of(record)) and column.has("id"):
            yield content.read_column(column, source)
    elif reader := _SIMPLE.get(kind or ""):
        yield reader(record, source)


_SIMPLE: Mapping[str, Callable[[Record, Source], Item]] = {
    "people": read_user,
    "organization": read_user,
    "collection": read_collection,
    "favlist": read_collection,
    "column": content.read_column,
    "topic": content.read_topic,
}
ENTITY_TYPES = frozenset({"answer", "question", "article", *_SIMPLE})


_TYPE_OF: Mapping[str, str] = {"user": "people"}
"""Our kind: the ``type`` of an object that does not say it; the others are called as the kind is."""
_TELLING: Mapping[str, tuple[str, ...]] = {
    "answer": ("author", "content", "excerpt", "question", "voteup_count", "created_time"),
    "user": ("name", "url_token"),
    "topic": ("name",),
}
"""What an object of a kind has at least one of; of the other kinds it is a title."""


def typed(record: Record, kind: str | None) -> Record:
    """A thing that was saved without its ``type`` is what its address says (``members/``, ``answers/`` by include).

    An object that has nothing of that kind but an id (an advertisement in a list of answers) stays what it is.
    """
    raw = record.raw
    if kind is None or "type" in raw or not ("id" in raw or "url_token" in raw):
        return record
    if not any(record.has(name) for name in _TELLING.get(kind, ("title",))):
        return record
    return Record({"type": _TYPE_OF.get(kind, kind), **raw}, record.label, record.problems)


def _with_topics(item: Item, record: Record, source: Source) -> Iterator[Item]:
    yield item
    for topic in record.subs("topics") or ():
        if topic.has("id"):
            yield content.read_topic(topic, source)


def find_entities(raw: object, problems: list[PageError], depth: int = 0) -> Iterator[Record]:
    """Find the topmost objects of a known type in a reply of an unknown shape (search, feeds, saved samples)."""
    if depth > 8:
        return
    if isinstance(raw, Mapping):
        kind = raw.get("type")
        if isinstance(kind, str) and kind in ENTITY_TYPES and ("id" in raw or "url_token" in raw):
            yield Record(raw, f"{kind} {raw.get('id')!s:.40}", problems)
            return
        children: Iterable[object] = (value for key, value in raw.items() if key not in _LEADING_TO_NOTHING)
    else:
        children = raw if isinstance(raw, list) else ()
    for child in children:
        yield from find_entities(child, problems, depth + 1)


def read_wrapped(record: Record, source: Source) -> Iterator[Item]:
    """Read a record itself, or what it wraps: a feed card's target, a search result's object, an entry's content."""
    inner = record
    for _ in _WRAPPERS:
        if inner.word("type") in ENTITY_TYPES:
            break
        wrapped = next((found for name in _WRAPPERS if (found := _wrapped(inner, name))), None)
        if wrapped is None:
            return
        inner = wrapped
    yield from read_entity(
        Record(inner.raw, f"{inner.word('type')} {inner.raw.get('id')!s:.40}", inner.problems), source
    )


def _wrapped(record: Record, name: str) -> Record | None:
    return record.sub(name) if isinstance(record.raw.get(name), Mapping) else None
