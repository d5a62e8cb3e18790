"""Lists: collections, what they hold, and how completely a listing was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # the annotations are evaluated for the JSON Schemas
from enum import StrEnum
from typing import Literal

from zhihu_crawler.items._base import Item, Precision
from zhihu_crawler.items.people import Author  # noqa: TC001  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection(Item):
    """A collection (收藏夹)."""

    kind: Literal["collection"] = "collection"
    id: str
    """Collection id, as in its address."""
    title: str | None = None
    """Name."""
    description: str | None = None
    """What its owner says of it."""
    creator: Author | None = None
    """Owner."""
    follower_count: int | None = None
    """Followers."""
    item_count: int | None = None
    """Things in it, of every kind."""
    answer_count: int | None = None
    """Answers in it."""
    comment_count: int | None = None
    """Comments on it."""
    like_count: int | None = None
    """Likes."""
    view_count: int | None = None
    """Views."""
    is_public: bool | None = None
    """Can be read by others."""
    is_default: bool | None = None
    """The collection that every account starts with."""
    created: datetime | None = None
    """When it was made (UTC)."""
    created_precision: Precision | None = None
    """How exactly the page tells ``created``: pages give the day, in China's time zone."""
    updated: datetime | None = None
    """When something was last added (UTC)."""
    updated_precision: Precision | None = None
    """How exactly the page tells ``updated``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionEntry(Item):
    """One thing in a collection: what, when added, in what order."""

    kind: Literal["collection_entry"] = "collection_entry"
    id: str
    """``"<collection id>/<content kind>:<content id>"``."""
    collection_id: str
    """The collection."""
    content_kind: str
    """``answer``, ``article``, or what else Zhihu says (``pin``, ``zvideo``)."""
    content_id: str
    """Id of the thing."""
    question_id: str | None = None
    """For an answer: its question."""
    title: str | None = None
    """Title of the question or the article."""
    added: datetime | None = None
    """When it was put in (UTC)."""
    position: int | None = None
    """Place in the whole collection, from 0, newest first; ``None`` where only the page is known."""
    page: int | None = None
    """Number of the page, from 1, on pages that are numbered (2015 and 2016)."""
    page_position: int | None = None
    """Place on its page, from 0."""
    is_deleted: bool | None = None
    """The site says that the thing is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone(Item):
    """The site said that a thing that was asked for is gone: deleted, or never there.

    It tells nothing of the thing but that, so it stands beside it and never in its place: whoever keeps things marks
    one that is known as deleted, and makes none of one that is not.
    """

    kind: Literal["tombstone"] = "tombstone"
    id: str
    """``"<kind>:<id>"`` of the thing, its ``key``; of a user the token that was asked for."""
    gone_kind: str
    """``question``, ``answer``, ``user``, ``collection``."""
    gone_id: str
    """Id of the thing, of a user the token."""
    signal: str
    """By what the site said so: ``code-4041``, ``404`` or ``410``."""


class Stop(StrEnum):
    """Why the reading of a listing ended."""

    END = "end"
    """The site said that this was the last page."""
    EMPTY = "empty"
    """A page held nothing, which the site means as the end however it words it."""
    REPEAT = "repeat"
    """The next page's address had been read already."""
    LIMIT = "limit"
    """The crawl's own limit was reached."""
    LOGIN = "login"
    """The site wants a log-in for more: incomplete, not finished."""
    LAST_PAGE = "last-page"
    """Only this page was read (a saved page, or one that names no next)."""
    FOREIGN = "foreign"
    """The next page's address leads off Zhihu, or cannot be read."""
    ERROR = "error"
    """A page of it failed; ``detail`` says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Item):
    """How completely a listing was read: what was got, what the site said there was, why it ended."""

    kind: Literal["listing"] = "listing"
    id: str
    """``"<owner kind>:<owner id>:<name>"``."""
    owner_kind: str
    """``question``, ``user``, ``collection``."""
    owner_id: str
    """Whose listing."""
    name: str
    """``answers``, ``entries``, ``followers`` and so on."""
    got: int
    """Different records read."""
    total: int | None = None
    """What the site says there are; the two may disagree, and both are told."""
    unreadable: int = 0
    """Records that could not be read, each named in the log."""
    other: int = 0
    """Cards of another kind that the site mixes in (advertisements, recommendations)."""
    pages: int = 0
    """Pages read."""
    stopped: Stop
    """Why it ended."""
    detail: str | None = None
    """More on why, where there is more to say."""
    complete: bool
    """True when the end was reached and nothing that the site counted is missing."""
