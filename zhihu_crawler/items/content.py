"""What people write: questions, answers, articles, columns; and the topics they stand under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # the annotations are evaluated for the JSON Schemas
from typing import Any, ClassVar, Literal

from zhihu_crawler.items._base import ColumnRef, Item, Precision, QuestionRef, TopicRef
from zhihu_crawler.items.people import Author  # noqa: TC001  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStatus:
    """What the site's staff or readers did to a question."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    is_locked: bool | None = None
    """No longer editable."""
    is_close: bool | None = None
    """Closed to new answers."""
    is_evaluate: bool | None = None
    """Marked as asking for an evaluation."""
    is_suggest: bool | None = None
    """Marked for improvement (建议修改)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Item):
    """A question."""

    kind: Literal["question"] = "question"
    id: str
    """Question id, as in its address."""
    title: str | None = None
    """Title, plain text."""
    detail: str | None = None
    """The question's text, cleaned HTML. Empty when the asker wrote none."""
    excerpt: str | None = None
    """Its beginning, as the site shows it folded."""
    question_type: str | None = None
    """``normal`` and others, in Zhihu's words."""
    topics: tuple[TopicRef, ...] | None = None
    """Topics, in the page's order."""
    author: Author | None = None
    """Who asked."""
    created: datetime | None = None
    """When it was asked (UTC)."""
    updated: datetime | None = None
    """When it was last edited (UTC)."""
    answer_count: int | None = None
    """Answers that the site counts; fewer may be shown (collapsed, deleted)."""
    collapsed_answer_count: int | None = None
    """Answers that the site folds away."""
    follower_count: int | None = None
    """Followers."""
    visit_count: int | None = None
    """Visits (被浏览)."""
    comment_count: int | None = None
    """Comments on the question itself."""
    voteup_count: int | None = None
    """"好问题" votes."""
    status: QuestionStatus | None = None
    """Flags of the question."""
    redirected_to: str | None = None
    """Id of the question that this one was merged into."""
    is_deleted: bool | None = None
    """The site says that it is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Item):
    """An answer."""

    kind: Literal["answer"] = "answer"
    id: str
    """Answer id, as in its address (older pages: ``data-atoken``)."""
    aid: str | None = None
    """The internal id that pages of 2015 and 2016 held beside it (``data-aid``)."""
    question: QuestionRef | None = None
    """What it answers."""
    author: Author | None = None
    """Who wrote it."""
    content: str | None = None
    """Full text, cleaned HTML."""
    content_truncated: bool | None = None
    """True when the site withheld a part of the text (log-in or payment wanted)."""
    excerpt: str | None = None
    """Its beginning, as the site shows it folded."""
    created: datetime | None = None
    """When it was written (UTC)."""
    created_precision: Precision | None = None
    """How exactly the page tells ``created``."""
    updated: datetime | None = None
    """When it was last edited (UTC)."""
    updated_precision: Precision | None = None
    """How exactly the page tells ``updated``: pages of 2015 and 2016 give the day, in China's time zone."""
    voteup_count: int | None = None
    """Agreements (赞同)."""
    comment_count: int | None = None
    """Comments."""
    thanks_count: int | None = None
    """Thanks (感谢, now 喜欢)."""
    favorite_count: int | None = None
    """Collections that hold it (收藏)."""
    is_collapsed: bool | None = None
    """Folded away by the site."""
    collapse_reason: str | None = None
    """Why."""
    is_copyable: bool | None = None
    """The author allows copying."""
    is_sticky: bool | None = None
    """Pinned to the top of the question."""
    is_paid: bool | None = None
    """Part of the text is for paying members."""
    is_deleted: bool | None = None
    """The site says that it is deleted."""
    comment_permission: str | None = None
    """Who may comment, in Zhihu's words."""
    reshipment_settings: str | None = None
    """Whether it may be reprinted, in Zhihu's words."""
    ip_location: str | None = None
    """IP 属地, without that prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Item):
    """An article of 知乎专栏 (older pages: post)."""

    kind: Literal["article"] = "article"
    id: str
    """Article id, as in ``/p/<id>``."""
    title: str | None = None
    """Title, plain text."""
    content: str | None = None
    """Full text, cleaned HTML."""
    content_truncated: bool | None = None
    """True when the site withheld a part of the text."""
    excerpt: str | None = None
    """Its beginning."""
    author: Author | None = None
    """Who wrote it."""
    column: ColumnRef | None = None
    """Column that it stands in."""
    topics: tuple[TopicRef, ...] | None = None
    """Topics."""
    created: datetime | None = None
    """When it was published (UTC)."""
    created_precision: Precision | None = None
    """How exactly the page tells ``created``."""
    updated: datetime | None = None
    """When it was last edited (UTC)."""
    updated_precision: Precision | None = None
    """How exactly the page tells ``updated``."""
    voteup_count: int | None = None
    """Agreements (older pages: likes)."""
    comment_count: int | None = None
    """Comments."""
    favorite_count: int | None = None
    """Collections that hold it."""
    image_url: str | None = None
    """Picture above the title."""
    state: str | None = None
    """``published`` and others, in Zhihu's words."""
    comment_permission: str | None = None
    """Who may comment, in Zhihu's words."""
    ip_location: str | None = None
    """IP 属地, without that prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Item):
    """A column (专栏), as a page refers to it or as its own page tells it."""

    kind: Literal["column"] = "column"
    id: str
    """Slug, as in its address."""
    title: str | None = None
    """Title."""
    intro: str | None = None
    """One line about it."""
    description: str | None = None
    """Longer introduction."""
    author: Author | None = None
    """Owner."""
    topics: tuple[TopicRef, ...] | None = None
    """Topics."""
    articles_count: int | None = None
    """Articles in it (older pages: posts)."""
    follower_count: int | None = None
    """Followers."""
    created: datetime | None = None
    """When it was founded (UTC)."""
    updated: datetime | None = None
    """When it last changed (UTC)."""
    image_url: str | None = None
    """Picture."""
    comment_permission: str | None = None
    """Who may comment, in Zhihu's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Item):
    """A topic (话题)."""

    kind: Literal["topic"] = "topic"
    id: str
    """Topic id, as in its address."""
    name: str | None = None
    """Name."""
    introduction: str | None = None
    """What it is about, HTML."""
    excerpt: str | None = None
    """The same, plain and cut."""
    avatar_url: str | None = None
    """Picture."""
    followers_count: int | None = None
    """Followers."""
    questions_count: int | None = None
    """Questions under it."""
    unanswered_count: int | None = None
    """Questions under it without an answer."""
    best_answers_count: int | None = None
    """Answers in 精华; the site stops counting at 999."""
    best_answerers_count: int | None = None
    """People marked as good at it."""
    father_count: int | None = None
    """Topics above it."""
