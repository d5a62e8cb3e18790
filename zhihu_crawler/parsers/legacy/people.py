"""Profiles: the head, the ``/about`` page, and cards of people."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Education, Employment, Gender, User
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import person_token
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, own_text, page_target, picture, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_TABS: Mapping[str, str] = {
    "asks": "question_count",
    "answers": "answer_count",
    "posts": "articles_count",
    "collections": "favorite_count",
    "logs": "logs_count",
}
"""Tab of a profile: the counter that it shows."""
CARDS = ".zm-profile-card, .zm-person-item"
"""A person in a list; the second among the followers of a topic (zhihu-py3)."""
_NAMING = "a.zg-link, a.zm-item-link-avatar, .zm-person-item h2 a"
_RELATIONS: Mapping[str, re.Pattern[str]] = {
    "vote_to_count": re.compile(r"我赞同[他她]\s*(\d[\d,]*)\s*次"),
    "thank_to_count": re.compile(r"(?:我|，)感谢[他她]\s*(\d[\d,]*)\s*次"),
    "vote_from_count": re.compile(r"[他她]赞同我\s*(\d[\d,]*)\s*次"),
    "thank_from_count": re.compile(r"(?:[他她]|，)感谢我\s*(\d[\d,]*)\s*次"),
}
_CARD_COUNTS: Mapping[str, str] = {
    "关注者": "follower_count",
    "提问": "question_count",
    "回答": "answer_count",
    "赞同": "voteup_count",
    "感谢": "thanked_count",
}


def read_profile(page: Selector, source: Source, problems: list[PageError]) -> User | None:
    """Read the user whose page this is, ``None`` where the page has no profile's head."""
    head = next(iter(page.css(".zm-profile-header")), None)
    banned = bool(page.css(".ProfileBan-title"))
    token = _token(page, head) or (_asked_for(source) if banned else None)
    if head is None and not (banned and token):
        return None
    fields = Fields(f"user {token}", problems)
    return User(
        id=_hash(page),
        url=canonical_url("user", token) if token else None,
        crawled_at=source.crawled_at,
        layout=source.layout,
        url_token=token,
        is_banned=True if banned else None,
        **(_head(head, fields) | _details(page, fields) | _side(page, fields) if head is not None else {}),
    )


def _asked_for(source: Source) -> str | None:
    """The page of a suspended account may not name it; its address does."""
    target = read_url(source.url)
    return target.id if target and target.kind == "user" else None


def _token(page: Selector, head: Selector | None) -> str | None:
    named = page_target(page)
    if named and named.kind == "user":
        return named.id
    links = head.css(".title-section a.name, .profile-navbar a.item") if head is not None else []
    return next((token for link in links if (token := person_token(link))), None)


def _hash(page: Selector) -> str | None:
    """32 hexadecimal digits: on the follow button, else in the page's own data."""
    if hash_ := attribute(page, ".zm-profile-header-op-btns button[data-id]", "data-id"):
        return hash_
    try:
        current = json.loads(text(page, 'script[data-name="current_people"]') or "null")
        seed = json.loads(attribute(page, ".zh-general-list[data-init]", "data-init") or "null")
    except ValueError:
        return None
    if isinstance(current, list) and len(current) > 3 and isinstance(current[3], str):
        return current[3] or None
    params = seed.get("params") if isinstance(seed, dict) else None
    return params.get("hash_id") or None if isinstance(params, dict) else None


def _head(head: Selector, fields: Fields) -> dict[str, Any]:
    location, business = (attribute(head, f".{name}.item", "title") for name in ("location", "business"))
    return {
        "name": text(head, ".title-section .name"),
        "headline": attribute(head, ".title-section .bio, .bio", "title"),
        "description": inner_html(head, ".description textarea, .description .content"),
        "gender": _gender(head),
        "avatar_url": picture(head, "img.Avatar--l, img.avatar-l, img.zm-profile-header-img, img"),
        "locations": (location,) if location else None,
        "business": business,
        "employments": _pair(head, "employment", "position", Employment, ("company", "job")),
        "educations": _pair(head, "education", "education-extra", Education, ("school", "major")),
        "weibo_url": attribute(head, "a.zm-profile-header-user-weibo", "href"),
        "voteup_count": fields.read(
            "voteup_count", values.read_count, text(head, ".zm-profile-header-user-agree strong")
        ),
        "thanked_count": fields.read(
            "thanked_count", values.read_count, text(head, ".zm-profile-header-user-thanks strong")
        ),
    } | {name: fields.read(name, values.read_count, text(tab, ".num")) for name, tab in _tabs(head)}


def _pair(head: Selector, first: str, second: str, kind: Any, names: tuple[str, str]) -> tuple[Any, ...] | None:
    found = [attribute(head, f".{name}.item", "title") or None for name in (first, second)]
    return (kind(**dict(zip(names, found, strict=True))),) if any(found) else None


def _tabs(head: Selector) -> Iterator[tuple[str, Selector]]:
    for tab in head.css(".profile-navbar a.item"):
        name = _TABS.get(tab.attrib.get("href", "").rpartition("/")[2])
        if name:
            yield name, tab


def _gender(head: Selector) -> Gender | None:
    if head.css(".gender .icon-profile-male, i.icon-profile-male"):
        return Gender.MALE
    return Gender.FEMALE if head.css(".gender .icon-profile-female, i.icon-profile-female") else None


def _details(page: Selector, fields: Fields) -> dict[str, Any]:
    """The page ``/about`` lists every job, school and place, and four counters."""
    found: dict[str, Any] = {}
    for icon, name in (("vote", "voteup"), ("thank", "thanked"), ("fav", "favorited"), ("share", "shared")):
        label = page.css(f".zm-profile-details-reputation .zm-profile-icon-{icon} + span strong")
        if label:
            found[f"{name}_count"] = fields.read(f"{name}_count", values.read_count, label.xpath("string()").get())
    for module in page.css(".zm-profile-details .zm-profile-module"):
        pairs = [
            (item.attrib.get("data-title") or None, item.attrib.get("data-sub-title") or None)
            for item in module.css("li[data-title]")
        ]
        if pairs and module.css(".zm-profile-icon-company"):
            found["employments"] = tuple(Employment(company=one, job=two) for one, two in pairs)
        elif pairs and module.css(".zm-profile-icon-edu"):
            found["educations"] = tuple(Education(school=one, major=two) for one, two in pairs)
        elif pairs and module.css(".zm-profile-icon-location"):
            found["locations"] = tuple(one for one, _ in pairs if one)
    return found


def _side(page: Selector, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for link in page.css(".zm-profile-side-following a.item"):
        name = {"followees": "following_count", "followers": "follower_count"}.get(
            link.attrib.get("href", "").rpartition("/")[2]
        )
        if name:
            found[name] = fields.read(name, values.read_count, text(link, "strong"))
    for label in page.css(".zm-profile-side-section-title strong"):
        words = label.xpath("string()").get() or ""
        for mark, name in (("话题", "following_topic_count"), ("专栏", "following_columns_count")):
            if mark in words:
                found[name] = fields.read(name, values.read_count, words)
    for label in page.css(".zm-profile-side-section .zg-gray-normal"):
        if "个人主页被" in (label.xpath("string()").get() or ""):
            found["visit_count"] = fields.read("visit_count", values.read_count, text(label, "strong"))
    return found | _relations(page, fields)


def _relations(page: Selector, fields: Fields) -> dict[str, Any]:
    """``我赞同他 29 次，感谢他 30 次``, ``他赞同我 1 次``: between the owner and whoever was logged in."""
    told = " ".join(page.css(".vote-thanks-relation ::text").getall())
    counts = ((name, pattern.search(told)) for name, pattern in _RELATIONS.items())
    return {name: fields.read(name, values.read_count, found[1]) for name, found in counts if found}


def read_card(card: Selector, source: Source, problems: list[PageError]) -> User:
    """Read a card of a list of people: followees, followers, voters.

    Raises:
        RecordError: the card names nobody.
    """
    link = next((link for link in card.css(_NAMING) if person_token(link)), None)
    token = person_token(link) if link is not None else None
    if token is None:
        raise RecordError(
            f"a card of {source.url or 'this file'} names nobody: the account is closed, or the page is cut"
        )
    return User(
        id=attribute(card, "button[data-id]", "data-id"),
        url=canonical_url("user", token),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        url_token=token,
        name=text(card, "a.zg-link, h2 a") or attribute(card, "a.zm-item-link-avatar", "title"),
        headline=text(card, ".bio, .zg-big-gray"),
        avatar_url=picture(card, "img"),
        **_card_counts(card, Fields(f"user {token}", problems)),
    )


def top_answerers(page: Selector, source: Source) -> Iterator[User]:
    """Read who stands beside a topic as its best answerers."""
    for card in page.css(".zm-topic-side-person-item"):
        link = next((one for one in card.css(".zm-topic-side-person-item-content a") if person_token(one)), None)
        token = person_token(link) if link is not None else None
        if link is None or token is None:
            continue
        yield User(
            url=canonical_url("user", token),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            url_token=token,
            name=own_text(link),
            headline=attribute(card, ".zm-topic-side-bio", "title") or text(card, ".zm-topic-side-bio"),
            avatar_url=picture(card, "img"),
        )


def _card_counts(card: Selector, fields: Fields) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for label in card.css(".details a, .status li"):
        words = values.squeeze(label.xpath("string()").get()) or ""
        name = next((name for mark, name in _CARD_COUNTS.items() if words.endswith(mark)), None)
        if name:
            counts[name] = fields.read(name, values.read_count, words)
    return counts
