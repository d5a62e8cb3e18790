"""Profiles and lists of people as a modern page shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Education, Employment, Gender, Item, User
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.dom._common import counts_of, meta, number_beside, page_named
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, own_text, picture, target_of, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import canonical_url, query_int, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parsel import Selector

    from zhihu_crawler.urls import Target

_TABS: Mapping[str, str] = {
    "answers": "answer_count",
    "asks": "question_count",
    "posts": "articles_count",
    "columns": "columns_count",
    "pins": "pins_count",
    "collections": "favorite_count",
    "zvideos": "zvideo_count",
    "logs": "logs_count",
}
_LIGHT: Mapping[str, str] = {
    "topics": "following_topic_count",
    "columns": "following_columns_count",
    "questions": "following_question_count",
    "collections": "following_favlists_count",
}
_SIDE: Mapping[str, str] = {
    "voteup_count": r"获得\s*([\d,]+)\s*次赞同",
    "thanked_count": r"获得\s*([\d,]+)\s*次(?:感谢|喜欢)",
    "favorited_count": r"([\d,]+)\s*次收藏",
    "logs_count": r"参与\s*([\d,]+)\s*次公共编辑",
}
_CARD_COUNTS: Mapping[str, str] = {"回答": "answer_count", "文章": "articles_count", "关注者": "follower_count"}
_GENDERS = {"Male": Gender.MALE, "Female": Gender.FEMALE}
_PER_PAGE = 20
_IP = re.compile(r"^IP\s*属地\s*(\S+)$")


def read_profile(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the user whose page this is."""
    block = next(iter(page.css('[itemprop="people"]') or page.css("#ProfileHeader, .ProfileHeader")), None)
    if block is None:
        return
    named = read_url(meta(block, "url") or "") or page_named(page, source)
    if named is None or named.kind != "user":
        raise RecordError(f"the profile {source.url} does not say whose it is: it is damaged")
    fields = Fields(f"user {named.id}", problems)
    yield User(
        id=None,
        url=canonical_url("user", named.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        url_token=named.id,
        name=meta(block, "name") or _name(page),
        headline=text(page, ".ProfileHeader-headline"),
        gender=_GENDERS.get(meta(block, "gender") or ""),
        avatar_url=meta(block, "image") or picture(page, ".ProfileHeader-avatar img"),
        cover_url=attribute(page, ".UserCover-image", "data-src") or picture(page, ".UserCover-image img"),
        ip_location=_ip(page),
        is_organization=True if "/org/" in (meta(block, "url") or "") else None,
        **(_infos(page) | _details(page) | _counts(page, fields) | _exact_counts(block, fields)),
    )


def _exact_counts(block: Selector, fields: Fields) -> dict[str, Any]:
    counts = {name: meta(block, f"zhihu:{key}") for name, key in _METAS.items()}
    return {name: fields.read(name, values.read_count, value) for name, value in counts.items() if value}


def _infos(page: Selector) -> dict[str, Any]:
    """The lines below the name. Business, company and job are told apart only where all three are there."""
    found: dict[str, Any] = {}
    for item in page.css(".ProfileHeader-infoItem"):
        icons = " ".join(item.css("svg::attr(class)").getall())
        parts = [words for part in item.xpath("./text()").getall() if (words := values.squeeze(part))]
        if "ducation" in icons and parts:
            found["educations"] = (Education(school=parts[0], major=parts[1] if len(parts) > 1 else None),)
        elif len(parts) == 3:
            found |= {"business": parts[0], "employments": (Employment(company=parts[1], job=parts[2]),)}
    return found


def _details(page: Selector) -> dict[str, Any]:
    """What stands there once a reader has opened it (a page saved from a browser)."""
    found: dict[str, Any] = {}
    for item in page.css(".ProfileHeader-detailItem"):
        label, value = text(item, ".ProfileHeader-detailLabel"), text(item, ".ProfileHeader-detailValue")
        lines = [
            words for line in item.css(".ProfileHeader-detailValue .ProfileHeader-field") if (words := own_text(line))
        ]
        if label == "居住地" and value:
            found["locations"] = tuple(words.removeprefix("现居") for words in lines or [value])
        elif label == "所在行业" and value:
            found["business"] = value
        elif label == "个人简介" and value:
            found["description"] = inner_html(item, ".ProfileHeader-detailValue")
    return found


_METAS = {
    "voteup_count": "voteupCount",
    "thanked_count": "thankedCount",
    "follower_count": "followerCount",
    "answer_count": "answerCount",
    "articles_count": "articlesCount",
}


def _name(page: Selector) -> str | None:
    """The name's own text: icons of membership stand within it."""
    return values.squeeze("".join(page.css(".ProfileHeader-name::text").getall()))


def _ip(page: Selector) -> str | None:
    for label in page.css(".UserCover span, .ProfileHeader-main span"):
        if found := _IP.match(own_text(label) or ""):
            return found[1]
    return None


def _counts(page: Selector, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tab in page.css(".ProfileMain-tabs a.Tabs-link"):
        name = _TABS.get(tab.attrib.get("href", "").rpartition("/")[2])
        if name and (label := text(tab, ".Tabs-meta")):
            found[name] = fields.read(name, values.read_count, label)
    for link in page.css("a.Profile-lightItem"):
        name = _LIGHT.get(link.attrib.get("href", "").rpartition("/")[2])
        if name and (label := text(link, ".Profile-lightItemValue")):
            found[name] = fields.read(name, values.read_count, label)
    side = " ".join(own_text(part) or "" for part in page.css(".Profile-sideColumn"))
    for name, pattern in _SIDE.items():
        if told := re.search(pattern, side):
            found[name] = fields.read(name, values.read_count, told[1])
    for name, label in (("following_count", "关注了"), ("follower_count", "关注者")):
        found[name] = fields.read(name, values.read_count, number_beside(page, label))
    return found


def read_people_list(page: Selector, source: Source, owner: User, target: Target | None) -> Parsed:
    """Read the cards of a profile's tab of followees or followers."""
    parsed = Parsed()
    active = attribute(page, ".SubTabs-item.is-active", "href") or (f"/{target.listing}" if target else "")
    name = {"following": "followees", "followers": "followers"}.get(active.rpartition("/")[2])
    if name is None or owner.url_token is None:
        return parsed
    first, token = _first_place(page, source), owner.url_token

    def read(numbered: tuple[int, Selector]) -> Iterator[Item]:
        user = _card(numbered[1], source, parsed.problems)
        yield user
        yield make_follow(user, name, token, source, position=None if first is None else first + numbered[0])

    cards = [card for card in page.css(".List-item") if card.css(".UserItem-name, .UserItem-title")]
    received, bad = each(enumerate(cards), read, parsed)
    parsed.listings.append(
        ListingPage(
            owner_kind="user",
            owner_id=token,
            name=name,
            received=received,
            unreadable=bad,
            total=owner.following_count if name == "followees" else owner.follower_count,
            keys=tuple(item.key for item in parsed.items if item.kind == "follow"),
        )
    )
    return parsed


def _first_place(page: Selector, source: Source) -> int | None:
    """The address tells the page's number; without one, only a page without a way back is surely the first."""
    number = query_int(source.url, "page") or (None if page.css(".PaginationButton-prev") else 1)
    return None if number is None else (number - 1) * _PER_PAGE


def _card(card: Selector, source: Source, problems: list[PageError]) -> User:
    link = attribute(card, ".UserItem-title a.UserLink-link, a.UserLink-link", "href")
    target = target_of(link)
    if target is None or target.kind != "user":
        raise RecordError(f"a card of {source.url or 'this file'} names nobody: the account is closed")
    return User(
        id=None,
        url=canonical_url("user", target.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        url_token=target.id,
        name=text(card, ".UserItem-name, .UserItem-title"),
        headline=text(card, ".ContentItem-meta .RichText, .ContentItem-meta .ztext"),
        avatar_url=picture(card, "img"),
        is_organization=True if "/org/" in (link or "") else None,
        **counts_of(card, _CARD_COUNTS, Fields(f"user {target.id}", problems)),
    )
