"""People as the API and the page state tell them."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import RecordError
from zhihu_crawler.items import Author, AuthorKind, Badge, Education, Employment, Gender, TopicRef, User
from zhihu_crawler.parsers.values import brief
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zhihu_crawler.parsers.record import Record
    from zhihu_crawler.parsers.result import Source

NO_ONE = "0"
"""The id that Zhihu gives to whoever is not named."""
ANONYMOUS_NAMES = frozenset({"匿名用户"})
_NOT_TOLD = "用户"
"""Whoever asked a question of the hot list is called so, with ``NO_ONE`` for an id (replies of 2021 to 2026)."""
DEACTIVATED_NAMES = frozenset({"知乎用户", "已注销", "[已注销]", "「已注销」", "已重置", "[已重置]"})
_GENDERS = {1: Gender.MALE, 0: Gender.FEMALE, -1: Gender.UNKNOWN}
_IP_PREFIX = re.compile(r"^IP\s*属地[:：]?\s*")


def author_kind(name: str | None, *, id_: str | None, url_token: str | None, is_organization: bool) -> AuthorKind:
    """Tell what stands behind a name: the same rule for every layout.

    A name of ``DEACTIVATED_NAMES`` with a token is a person who never chose another name.
    """
    if name in DEACTIVATED_NAMES and not url_token:
        return AuthorKind.DEACTIVATED
    if not url_token and (id_ == NO_ONE or name in ANONYMOUS_NAMES):
        return AuthorKind.ANONYMOUS
    return AuthorKind.ORGANIZATION if is_organization else AuthorKind.USER


def read_author(record: Record | None) -> Author | None:
    """Read who wrote something, ``None`` where the reply does not say (an empty object)."""
    if record is None:
        return None
    id_, token, name = record.id("id"), record.word("url_token"), record.word("name")
    if token is None and id_ in (None, NO_ONE) and name == _NOT_TOLD:
        return None
    kind = author_kind(name, id_=id_, url_token=token, is_organization=_is_organization(record) is True)
    if kind is AuthorKind.ANONYMOUS:
        return Author(kind=kind, name=name)
    if id_ is None and token is None and name is None:
        return None
    known = kind is not AuthorKind.DEACTIVATED
    return Author(
        kind=kind,
        id=None if id_ == NO_ONE else id_,
        url_token=token,
        name=name,
        headline=record.text("headline"),
        gender=read_gender(record) if known else None,
        avatar_url=record.word("avatar_url"),
        follower_count=record.count("follower_count", "followers_count"),
        badges=read_badges(record),
    )


def read_gender(record: Record) -> Gender | None:
    """1 is male, 0 female, -1 not told (zhihu-oauth, and stored profiles)."""
    value = record.get("gender")
    if value is None:
        return None
    gender = _GENDERS.get(value) if isinstance(value, int) and not isinstance(value, bool) else None
    if gender is None:
        record.note("gender", f"{brief(value)} is none of 1, 0, -1")
    return gender


def read_badges(record: Record) -> tuple[Badge, ...] | None:
    """Read ``badge``; pages of 2026 leave it empty and tell the same in ``badge_v2.detail_badges``."""
    badges = record.subs("badge")
    detail = record.sub("badge_v2")
    if not badges and detail:
        found = detail.subs("detail_badges")
        if found or badges is None:
            return tuple(_badge_v2(badge) for badge in found or ())
    return None if badges is None else tuple(_badge(badge) for badge in badges)


def _badge(record: Record) -> Badge:
    topics = tuple(_topic_refs(record.subs("topics")))
    return Badge(type=record.word("type") or "unknown", description=record.word("description"), topics=topics)


def _badge_v2(record: Record) -> Badge:
    detail = record.word("detail_type") or ""
    kind = "identity" if detail.startswith("identity") else detail or record.word("type") or "unknown"
    return Badge(type=kind, description=record.word("description"), topics=tuple(_topic_refs(record.subs("sources"))))


def _topic_refs(records: list[Record] | None) -> Iterator[TopicRef]:
    for record in records or ():
        if name := record.word("name"):
            yield TopicRef(id=record.id("id"), name=name)


def read_topic_refs(record: Record, field: str = "topics") -> tuple[TopicRef, ...] | None:
    """Read the topics that a question, article or column names."""
    records = record.subs(field)
    return None if records is None else tuple(_topic_refs(records))


def read_ip_location(record: Record) -> str | None:
    """``IP 属地北京`` and plain ``北京`` alike."""
    text = record.word("ip_info")
    return _IP_PREFIX.sub("", text).strip() or None if text else None


def read_user(record: Record, source: Source) -> User:
    """Read a profile, or the part of one that a list shows.

    Raises:
        RecordError: no id and no token, or nobody (anonymous).
    """
    id_, token = record.id("id"), record.word("url_token")
    if id_ == NO_ONE:
        id_ = None
    if id_ is None and token is None:
        raise RecordError(f"{record.label} ({record.word('name')!r}) has no id and no url_token: not a profile")
    name = record.word("name")
    badges = read_badges(record)
    return User(
        id=id_,
        url=canonical_url("user", token or id_ or ""),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=not record.has("following_count"),
        url_token=token,
        name=name,
        badges=badges,
        is_verified=None if badges is None else any(badge.type == "identity" for badge in badges),
        is_organization=_is_organization(record),
        **_profile(record),
        **_counts(record),
    )


def _counts(record: Record) -> dict[str, Any]:
    return {name: record.count(name, *aliases) for name, aliases in _COUNTS.items()}


def _is_organization(record: Record) -> bool | None:
    """``is_org``, else ``user_type``: lists of followers give only one of the two."""
    flag = record.flag("is_org")
    kind = record.word("user_type")
    return flag if flag is not None or kind is None else kind == "organization"


_COUNTS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    (field.name for field in fields(User) if field.name.endswith("_count")), ()
) | {"follower_count": ("followers_count",), "included_answers_count": ("marked_answers_count",)}  # as 2017 had it
"""Counter of ours: other names that Zhihu has for it."""


def _profile(record: Record) -> dict[str, Any]:
    status = record.subs("account_status")
    vip = record.sub("vip_info")
    return {
        "headline": record.text("headline"),
        "description": record.text("description"),
        "gender": read_gender(record),
        "avatar_url": record.word("avatar_url"),
        "cover_url": record.word("cover_url"),
        "locations": record.names("locations", "location"),
        "business": record.name_of("business"),
        "employments": _employments(record),
        "educations": _educations(record),
        "is_vip": vip.flag("is_vip") if vip else None,
        "is_banned": record.flag("is_baned", "is_banned"),
        "account_status": None if status is None else tuple(name for one in status if (name := one.word("name"))),
        "ip_location": read_ip_location(record),
        "weibo_url": record.word("sina_weibo_url"),
        "weibo_name": record.word("sina_weibo_name"),
    }


def _employments(record: Record) -> tuple[Employment, ...] | None:
    found = record.subs("employments")
    if found is None:
        return None
    jobs = (Employment(company=one.name_of("company"), job=one.name_of("job")) for one in found)
    return tuple(job for job in jobs if job.company or job.job)


def _educations(record: Record) -> tuple[Education, ...] | None:
    found = record.subs("educations")
    if found is None:
        return None
    schools = (Education(school=one.name_of("school"), major=one.name_of("major")) for one in found)
    return tuple(school for school in schools if school.school or school.major)
