"""What an item is as a document, and what a document is as an item.

A document of a kind lies in the collection of its plural (``PLURALS``) and holds every field of the item that was ever
seen, under the item's own name (not ``kind``, which the collection says); times are BSON dates. An object in an item
(``author``, ``question``) is an object in the document. What was never seen is absent, not null; the one null that is
stored is what an anonymous author takes back. ``crawled_at``, ``layout`` and ``partial`` tell of the newest page that
showed the thing in full, or of the newest mention where none did. Beside these stands what the store keeps itself:

``_id``         ``identity()``: the item's id; of a user see there
``first_seen``  the oldest and
``last_seen``   the newest page that showed or mentioned it
``deleted_at``  the oldest page that said it was deleted; ``is_deleted`` says whether the newest still does
``revision``    how many different texts it was seen with (0: its text was never seen whole)
``changed_at``  when the newest of these texts was first seen
``history``     the newest 100 readings of its counters, oldest first: ``{"at": Date, "voteup_count": 3, ...}``
``body_file``   where the text was too long for a document: ``{"file": _id in GridFS "bodies", "bytes": length}``
``meta``        what the merging of writes needs: ``seen`` (when each field was read), ``hash`` and ``texts``
``tokens``      users alone: every url_token that this person was seen with
``follower``    follows alone: ``_id`` of the user who follows, and
``followee``    of the one who is followed
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from zhihu_crawler.errors import RefusedError
from zhihu_crawler.items import KINDS, Author, AuthorKind, Follow, Item, User

Document = dict[str, Any]
BOOKKEEPING = frozenset(
    {
        *("_id", "first_seen", "last_seen", "deleted_at", "revision", "changed_at"),
        *("history", "body_file", "meta", "tokens", "follower", "followee"),
    }
)
"""Names in a document that are no fields of the item."""
TEXTS: dict[str, str] = {
    "question": "detail",
    "answer": "content",
    "article": "content",
    "user": "description",
    "column": "description",
    "topic": "introduction",
    "collection": "description",
}
"""The text of a kind, whose earlier versions are kept."""
COUNTERS: dict[str, tuple[str, ...]] = {
    "question": ("answer_count", "follower_count", "visit_count", "comment_count", "voteup_count"),
    "answer": ("voteup_count", "comment_count", "thanks_count", "favorite_count"),
    "article": ("voteup_count", "comment_count", "favorite_count"),
    "user": (
        *("follower_count", "following_count", "answer_count", "articles_count"),
        *("voteup_count", "thanked_count", "favorited_count"),
    ),
    "column": ("articles_count", "follower_count"),
    "topic": ("followers_count", "questions_count"),
    "collection": ("item_count", "follower_count", "comment_count", "like_count"),
    "listing": ("got", "total"),
}
"""The counters of a kind whose course over time is kept."""
HISTORY = 100
"""Readings of the counters that a document keeps: the newest."""
TOKEN = "token:"  # noqa: S105  # a user's name in an address
"""What the ``_id`` of a user begins with whose id no page has shown yet."""


def identity(item: Item) -> str:
    """Return the ``_id`` of an item's document.

    It is the item's id. A user is known by the id of 32 hexadecimal digits, which never changes; one of whom only the
    token is known is ``token:<token>`` until a page shows both. An edge of the follow graph joins two by ``>``.

    Raises:
        RefusedError: it has no identity at all.
    """
    if isinstance(item, User):
        return person(item.id, item.url_token)
    if isinstance(item, Follow):
        follower = person(item.follower_id, item.follower_token)
        return f"{follower}>{person(item.followee_id, item.followee_token)}"
    if not item.id:
        raise RefusedError(f"{item.key} has no id")
    return item.id


def person(id_: str | None, token: str | None) -> str:
    """Return the ``_id`` of a user who is known by id, token or both.

    Raises:
        RefusedError: by neither.
    """
    if id_:
        return id_
    if token:
        return TOKEN + token
    raise RefusedError("a user without id and without token cannot be told from others")


def values_of(item: Item) -> Document:
    """Return what an item says, as BSON can hold it: without ``kind`` and without what was not seen."""
    values: Document = _plain(item)
    return {name: value for name, value in values.items() if name != "kind" and value != {}}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    told = {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(value, Author) and value.kind is AuthorKind.ANONYMOUS:  # whose name was taken back
        return {name: _plain(one) for name, one in told.items()}
    return {name: _plain(one) for name, one in told.items() if one is not None}


@cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def to_item(kind: str, document: Document) -> Item:
    """Return a document as the item that all pages together give.

    The body of one with ``body_file`` is ``None`` here. The document needs the fields of bookkeeping no more than an
    item does, but ``crawled_at`` and ``layout`` (and ``id``, except of a user) must be among those that were fetched.

    Raises:
        pydantic.ValidationError: a value that the item's class does not allow; somebody else wrote it.
    """
    told = {"id": None, "url": None}
    told |= {name: value for name, value in document.items() if name not in BOOKKEEPING}
    item: Item = _adapter(kind).validate_python(told)
    return item


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])
