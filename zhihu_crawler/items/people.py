"""People: who wrote something, whole profiles, who follows whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from zhihu_crawler.items._base import Item, TopicRef


class AuthorKind(StrEnum):
    """What kind of author stands behind a text."""

    USER = "user"
    """A person with a profile."""
    ORGANIZATION = "organization"
    """机构号."""
    ANONYMOUS = "anonymous"
    """匿名用户: chose not to be named. Two anonymous texts need not have one author."""
    DEACTIVATED = "deactivated"
    """知乎用户 without a token, 已注销, 已重置: closed, suspended or hidden from this reader."""


class Gender(StrEnum):
    """As the profile tells it."""

    MALE = "male"
    """1."""
    FEMALE = "female"
    """0."""
    UNKNOWN = "unknown"
    """The site says that the user has not said (-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A mark beside a name."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    type: str
    """``identity`` (verified), ``best_answerer`` and others, in Zhihu's words."""
    description: str | None = None
    """What it says to a reader."""
    topics: tuple[TopicRef, ...] = ()
    """Topics that it was given for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """One job of a profile."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    company: str | None = None
    """Company or organisation."""
    job: str | None = None
    """Position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Education:
    """One school of a profile."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    school: str | None = None
    """School."""
    major: str | None = None
    """Field of study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote or made something, as told beside it.

    An anonymous author has no identity at all; of a deactivated one at most the id is left, and no profile.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    kind: AuthorKind
    """Person, organisation, anonymous or deactivated."""
    id: str | None = None
    """32 hexadecimal digits; ``None`` for an anonymous author (Zhihu's "0")."""
    url_token: str | None = None
    """The name in the profile's address."""
    name: str | None = None
    """Shown name."""
    headline: str | None = None
    """One line about themselves."""
    gender: Gender | None = None
    """Never told of an anonymous author."""
    avatar_url: str | None = None
    """Address of the picture."""
    follower_count: int | None = None
    """Followers."""
    badges: tuple[Badge, ...] | None = None
    """Marks beside the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Item):
    """A person or an organisation."""

    kind: Literal["user"] = "user"
    id: str | None = None
    """32 hexadecimal digits; older pages do not always show it."""
    url_token: str | None = None
    """The name in the profile's address; ``None`` where only the id was told."""
    name: str | None = None
    """Shown name."""
    headline: str | None = None
    """One line about themselves (older pages call it bio)."""
    description: str | None = None
    """Longer introduction; may hold HTML."""
    gender: Gender | None = None
    """As the profile tells it."""
    avatar_url: str | None = None
    """Address of the picture; ``zhihu_crawler.urls.avatar_url`` gives it at any size."""
    cover_url: str | None = None
    """Address of the picture behind the profile's head."""
    locations: tuple[str, ...] | None = None
    """Places of residence."""
    business: str | None = None
    """Line of business."""
    employments: tuple[Employment, ...] | None = None
    """Jobs."""
    educations: tuple[Education, ...] | None = None
    """Schools."""
    badges: tuple[Badge, ...] | None = None
    """Marks beside the name."""
    is_verified: bool | None = None
    """Has an ``identity`` badge."""
    is_organization: bool | None = None
    """机构号."""
    is_vip: bool | None = None
    """Paying member (盐选)."""
    is_banned: bool | None = None
    """The site says that the account is suspended."""
    account_status: tuple[str, ...] | None = None
    """Names of the account's states (``hang``, ``ban``, ...), in Zhihu's words."""
    ip_location: str | None = None
    """IP 属地, without that prefix."""
    weibo_url: str | None = None
    """Sina Weibo address."""
    weibo_name: str | None = None
    """Sina Weibo name."""
    follower_count: int | None = None
    """Followers."""
    following_count: int | None = None
    """Users followed (followees)."""
    answer_count: int | None = None
    """Answers written."""
    question_count: int | None = None
    """Questions asked."""
    articles_count: int | None = None
    """Articles written (older pages: posts)."""
    columns_count: int | None = None
    """Columns owned."""
    pins_count: int | None = None
    """Short posts (想法)."""
    zvideo_count: int | None = None
    """Videos."""
    favorite_count: int | None = None
    """Collections (收藏夹) owned."""
    favorited_count: int | None = None
    """Times that others put something of theirs into a collection."""
    voteup_count: int | None = None
    """Agreements (赞同) received."""
    thanked_count: int | None = None
    """Thanks (感谢, now 喜欢) received."""
    shared_count: int | None = None
    """Times that something of theirs was shared."""
    reactions_count: int | None = None
    """Reactions received."""
    visit_count: int | None = None
    """Visits to the profile, on pages of 2015 and 2016 that the owner saved."""
    logs_count: int | None = None
    """Public edits (公共编辑) made."""
    following_topic_count: int | None = None
    """Topics followed."""
    following_columns_count: int | None = None
    """Columns followed."""
    following_question_count: int | None = None
    """Questions followed."""
    following_favlists_count: int | None = None
    """Collections followed."""
    hosted_live_count: int | None = None
    """Zhihu Lives held."""
    participated_live_count: int | None = None
    """Zhihu Lives attended."""
    included_answers_count: int | None = None
    """Answers that the editors picked."""
    included_articles_count: int | None = None
    """Articles that the editors picked."""
    independent_articles_count: int | None = None
    """Articles outside any column."""
    commercial_question_count: int | None = None
    """Paid questions."""
    available_medals_count: int | None = None
    """Medals."""
    vote_to_count: int | None = None
    """Agreements that the reader's account gave this user."""
    vote_from_count: int | None = None
    """Agreements that this user gave the reader's account."""
    thank_to_count: int | None = None
    """Thanks that the reader's account gave this user."""
    thank_from_count: int | None = None
    """Thanks that this user gave the reader's account."""

    @property
    def key(self) -> str:
        """By token, else by id. A profile that shows both can be found by either."""
        return f"user:{self.url_token or self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Item):
    """One edge of the follow graph."""

    kind: Literal["follow"] = "follow"
    id: str
    """``"<follower>><followee>"``, each by token, else by id."""
    follower_token: str | None = None
    """Who follows."""
    follower_id: str | None = None
    """Who follows, 32 hexadecimal digits."""
    followee_token: str | None = None
    """Who is followed."""
    followee_id: str | None = None
    """Who is followed, 32 hexadecimal digits."""
    position: int | None = None
    """Place in the listing it was read from, from 0: newest first, as the site orders it."""
