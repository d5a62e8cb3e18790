"""Collections as a modern page shows them: their heads, what they hold, and the cards of a profile's tab."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Collection, CollectionEntry, Item, Precision
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.dom._common import counts_of, embedded, page_named, read_author
from zhihu_crawler.parsers.markup import Fields, attribute, own_text, target_of, text
from zhihu_crawler.urls import canonical_url, query_int

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_CARD_COUNTS = {"个内容": "item_count", "条内容": "item_count", "人关注": "follower_count", "个关注": "follower_count"}


def read_collection(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read a collection's head; its page holds none of its entries (stored page of 2026)."""
    title = text(page, ".CollectionDetailPageHeader-title")
    if title is None:
        return
    named = page_named(page, source)
    if named is None or named.kind != "collection":
        raise RecordError(f"the collection page {source.url} does not say which one it is of")
    fields = Fields(f"collection {named.id}", problems)
    hint = text(page, ".CollectionDetailPageHeader-hint") or ""
    items = text(page, ".CollectionsDetailPage-list .Card-headerText")
    followers = re.search(r"([\d,]+)\s*人关注", hint)
    made = fields.read("created", _day, hint)
    yield Collection(
        id=named.id,
        url=canonical_url("collection", named.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=title,
        description=text(page, ".CollectionDetailPageHeader-description"),
        creator=read_author(page, fields),
        follower_count=fields.read("follower_count", values.read_count, followers[1]) if followers else None,
        item_count=fields.read("item_count", values.read_count, items),
        created=made[0] if made else None,
        created_precision=made[1] if made else None,
    )
    yield from _entries(page, source, named.id)


def _day(hint: str) -> tuple[datetime, Precision] | None:
    """``2019-10-06 创建``, among other things."""
    return values.read_date_label(hint, None) if re.search(r"\d{4}-\d{2}-\d{2}", hint) else None


def _entries(page: Selector, source: Source, collection: str) -> Iterator[CollectionEntry]:
    """Read the order of what the page shows of it; the things themselves are read as anywhere else."""
    number = query_int(source.url, "page") or (None if page.css(".PaginationButton-prev") else 1)
    for place, block in enumerate(page.css(".ContentItem[data-zop]")):
        told = embedded(block, "data-zop")
        kind, id_ = told.get("type"), str(told.get("itemId") or "")
        if not isinstance(kind, str) or not id_.isdigit():
            continue
        link = target_of(attribute(block, ".ContentItem-title a", "href"))
        question = link.question_id if link else None
        yield CollectionEntry(
            id=f"{collection}/{kind}:{id_}",
            url=canonical_url(kind, id_, question_id=question),
            crawled_at=source.crawled_at,
            layout=source.layout,
            collection_id=collection,
            content_kind=kind,
            content_id=id_,
            question_id=question,
            title=told["title"] if isinstance(told.get("title"), str) else None,
            position=place if number == 1 else None,
            page=number,
            page_position=place,
        )


def read_collection_cards(
    page: Selector, source: Source, problems: list[PageError], known: set[str]
) -> Iterator[Collection]:
    """Read the collections that a profile's tab lists."""
    for card in page.css(".List-item"):
        link = next(iter(card.css('.ContentItem-title a[href*="/collection/"]')), None)
        named = target_of(link.attrib.get("href")) if link is not None else None
        if link is None or named is None or named.kind != "collection" or f"collection:{named.id}" in known:
            continue
        known.add(f"collection:{named.id}")
        yield Collection(
            id=named.id,
            url=canonical_url("collection", named.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=own_text(link),
            **counts_of(card, _CARD_COUNTS, Fields(f"collection {named.id}", problems)),
        )
