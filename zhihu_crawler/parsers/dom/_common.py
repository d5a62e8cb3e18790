"""What the blocks of a modern page have in common: microdata, embedded JSON, authors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhihu_crawler.items import Author, AuthorKind, TopicRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, own_text, target_of, text
from zhihu_crawler.parsers.people import author_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector


def meta(block: Selector, name: str) -> str | None:
    """A ``meta`` of the block itself, not of a block within it; "" (React's empty value) is none."""
    for found in block.xpath(f'./meta[@itemprop="{name}"] | ./div/meta[@itemprop="{name}"]'):
        if content := found.attrib.get("content"):
            return content
    return None


def embedded(block: Selector, name: str) -> dict[str, Any]:
    """The JSON of one of the block's own attributes (``data-zop``), empty where it is absent or broken."""
    try:
        found = json.loads(block.attrib.get(name, "null"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read_author(block: Selector, fields: Fields) -> Author | None:
    """Read ``.AuthorInfo``: its metas say most; the link tells whether there is a profile."""
    info = next(iter(block.css(".AuthorInfo")), None)
    if info is None:
        return None
    name = info.css('meta[itemprop="name"]::attr(content)').get() or text(info, ".AuthorInfo-name")
    link = attribute(info, "a.UserLink-link", "href")
    target = target_of(link)
    token = target.id if target and target.kind == "user" and target.id != "undefined" else None
    kind = author_kind(name, id_=None, url_token=token, is_organization="/org/" in (link or ""))
    if name is None and token is None:
        return None
    if kind is AuthorKind.ANONYMOUS or (token is None and kind is not AuthorKind.DEACTIVATED):
        return Author(kind=AuthorKind.ANONYMOUS, name=name)
    followers = info.css('meta[itemprop="zhihu:followerCount"]::attr(content)').get()
    by_id = token is not None and len(token) == 32 and token.isalnum()
    return Author(
        kind=kind,
        id=token if by_id else None,
        url_token=None if by_id else token,
        name=name,
        headline=text(info, ".AuthorInfo-badgeText") if not info.css("a[data-tooltip]") else None,
        avatar_url=info.css('meta[itemprop="image"]::attr(content)').get() or absolute(attribute(info, "img", "src")),
        follower_count=fields.read("author.follower_count", values.read_count, followers),
    )


def topic_refs(block: Selector) -> Iterator[TopicRef]:
    """Read topic links."""
    for link in block.css("a.TopicLink"):
        if name := own_text(link):
            target = target_of(link.attrib.get("href"))
            yield TopicRef(id=target.id if target else None, name=name)


def number_beside(block: Selector, label: str) -> str | None:
    """The number of a board by the label above it: 关注者, 被浏览. The title holds it exactly."""
    for item in block.css(".NumberBoard-itemInner, .NumberBoard-item"):
        if text(item, ".NumberBoard-itemName") == label:
            return attribute(item, ".NumberBoard-itemValue", "title") or text(item, ".NumberBoard-itemValue")
    return None
