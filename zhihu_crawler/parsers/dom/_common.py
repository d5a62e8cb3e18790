"""What the blocks of a modern page have in common: microdata, embedded JSON, authors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.items import Author, AuthorKind, Badge, Precision, Topic, TopicRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.markup import Fields, attribute, own_text, page_target, picture, target_of, text
from zhihu_crawler.parsers.people import author_kind
from zhihu_crawler.urls import Target, canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_IP = re.compile(r"IP\s*属地[:：]?\s*(\S+)")


def page_named(page: Selector, source: Source) -> Target | None:
    """Say what a page is of: its head names it, to search engines or to the site's own app; else its address does."""
    heads = page.css('link[rel="canonical"]::attr(href), meta[property="og:url"]::attr(content)').getall()
    named = next((target for href in heads if (target := target_of(href))), None)
    return named or page_target(page) or read_url(source.url)


def meta(block: Selector, name: str) -> str | None:
    """A ``meta`` of the block itself, not of an author or a question within it; "" (React's empty value) is none."""
    own = './div[not(@itemprop) and not(contains(@class, "AuthorInfo"))]'
    for found in block.xpath(f'./meta[@itemprop="{name}"] | {own}/meta[@itemprop="{name}"]'):
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
        headline=_headline(info),
        badges=tuple(Badge(type="unknown", description=words) for words in _tips(info)) or None,
        avatar_url=info.css('meta[itemprop="image"]::attr(content)').get() or picture(info, "img"),
        follower_count=fields.read("author.follower_count", values.read_count, followers),
    )


def _headline(info: Selector) -> str | None:
    """Where marks stand beside a name, what is below it repeats them."""
    if info.css("a[data-tooltip]"):
        return None
    return text(info, ".AuthorInfo-badgeText") or text(info, ".AuthorInfo-badge.RichText")  # the second in early 2017


def _tips(info: Selector) -> list[str]:
    """What the marks beside a name say; of which type they are, the page does not tell."""
    found = info.css(".AuthorInfo-name a[data-tooltip]::attr(data-tooltip)").getall()
    return list(dict.fromkeys(words for words in found if words))


def topic_refs(block: Selector) -> Iterator[TopicRef]:
    """Read topic links."""
    for link in block.css("a.TopicLink"):
        if name := own_text(link):
            target = target_of(link.attrib.get("href"))
            yield TopicRef(id=target.id if target else None, name=name)


def number_beside(block: Selector, label: str) -> str | None:
    """The number of a board by the label above it: 关注者, 被浏览. The title holds it exactly."""
    for item in block.css(".NumberBoard-itemInner, .NumberBoard-item"):
        if text(item, ".NumberBoard-itemName, .NumberBoard-name") == label:
            value = ".NumberBoard-itemValue, .NumberBoard-value"  # the shorter names in early 2017
            return attribute(item, value, "title") or text(item, value)
    return None


def topics_named(refs: Iterable[TopicRef], source: Source) -> Iterator[Topic]:
    """Make topics of what a page names."""
    for ref in refs:
        if ref.id:
            yield Topic(
                id=ref.id,
                url=canonical_url("topic", ref.id),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=ref.name,
            )


def first_count(fields: Fields, name: str, *labels: str | None) -> int | None:
    """Read the first label that is there."""
    count: int | None = fields.read(name, values.read_count, next((label for label in labels if label), None))
    return count


def read_votes(label: str | None) -> int | None:
    """The button of an answer without votes says only 赞同."""
    return 0 if label is not None and label.strip() == "赞同" else values.read_count(label)


def votes_label(block: Selector) -> str | None:
    """What the button of the votes says: to readers of screens, who were told no number in early 2017, or to all."""
    said = attribute(block, ".VoteButton", "aria-label") or ""
    return said if any(map(str.isdigit, said)) else text(block, ".VoteButton")


def comments_label(block: Selector) -> str | None:
    """What the button of the comments says."""
    labels = (own_text(button) or "" for button in block.css(".ContentItem-actions button, .BottomActions-CommentBtn"))
    return next((label for label in labels if label.endswith("条评论") or label == "添加评论"), None)


def ip_of(block: Selector) -> str | None:
    """The place that stands beside the date since 2022."""
    found = _IP.search(text(block, ".ContentItem-time") or "")
    return found[1] if found else None


def times_of(block: Selector, fields: Fields, source: Source) -> dict[str, Any]:
    """Microdata gives seconds; the tip and the label beside the text give minutes."""
    found: dict[str, Any] = {}
    tip = attribute(block, ".ContentItem-time [data-tooltip]", "data-tooltip")
    label = text(block, ".ContentItem-time")
    for name, stamp, words, mark in (
        ("created", meta(block, "dateCreated") or meta(block, "datePublished"), tip or label, "发布"),
        ("updated", meta(block, "dateModified"), label, "编辑"),
    ):
        if stamp:
            moment = fields.read(name, values.read_time, stamp)
            found |= {name: moment, f"{name}_precision": Precision.SECOND if moment else None}
        elif words and mark in words:
            read = fields.read(name, lambda told: values.read_date_label(told, source.captured_at), words)
            found |= {name: read[0], f"{name}_precision": read[1]} if read else {}
    return found


def counts_of(block: Selector, marks: Mapping[str, str], fields: Fields) -> dict[str, Any]:
    """Read the labels below a card's title: ``3 个回答``, ``12 关注者``."""
    found: dict[str, Any] = {}
    for label in block.css(".ContentItem-status .ContentItem-statusItem"):
        words = own_text(label) or ""
        for mark, name in marks.items():
            if words.endswith(mark) and name not in found:
                found[name] = fields.read(name, values.read_count, words)
    return found
