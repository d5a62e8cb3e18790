"""Articles and columns as pages of 2015 and 2016 show them: in activities, in collections, on profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Article, Author, AuthorKind, Column, ColumnRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import COLUMN, link_above, person_token
from zhihu_crawler.parsers.legacy.answers import content_of, date_link, summary_of, times_of, votes_of
from zhihu_crawler.parsers.markup import Fields, Parts, attribute, own_text, picture, target_of, text
from zhihu_crawler.parsers.richtext import words
from zhihu_crawler.parsers.values import exact
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element
    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

POSTS = ".zm-item-post, .post-body"
"""An article, called a post then; the second on home pages."""
_FEED_ITEM = "ancestor::*[contains(concat(' ', @class, ' '), ' feed-item ')][1]"
_COUNTS = (("人关注", "follower_count"), ("篇文章", "articles_count"))


def read_post(block: Selector, source: Source, problems: list[PageError]) -> Article:
    """Read one ``.zm-item-post``; its title stands above it.

    Raises:
        RecordError: the block has no id.
    """
    title = link_above(block.root, "post-link")
    id_ = _id(block, title, source)
    fields = Fields(f"article {id_}", problems)
    parts = Parts(block.root)
    content = content_of(parts)
    times = times_of(block, date_link(parts), fields, source)
    if times["created"] is None and (stamp := _published(block)):
        times |= exact(created=fields.read("created", values.read_time, stamp))
    return Article(
        id=id_,
        url=canonical_url("article", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=content is None,
        title=values.squeeze(words(title)) if title is not None else None,
        content=content,
        excerpt=summary_of(parts),
        author=_writer(block) or _author_named(block),
        column=_column_ref(block),
        **times,
        voteup_count=fields.read("voteup_count", values.read_count, votes_of(parts)),
        comment_count=fields.read("comment_count", values.read_count, text(_around(block), ".toggle-comment")),
    )


def _id(block: Selector, title: Element | None, source: Source) -> str:
    link = title.get("href") if title is not None else None
    named = target_of(attribute(block, 'link[itemprop="url"]', "href") or link)
    id_ = attribute(block, 'meta[itemprop="post-url-token"]', "content") or (named.id if named else "")
    if not id_.isdigit():
        raise RecordError(f"an article of {source.url or 'this file'} has the id {id_!r}: the page is damaged")
    return id_


def _around(block: Selector) -> Selector:
    """On home pages who published an article, and its foot, stand beside its block."""
    above = block.xpath(_FEED_ITEM)
    return above[0] if above else block


def _published(block: Selector) -> str | None:
    """When a home page's entry is the publication itself, its time is the article's."""
    above = _around(block)
    is_new = (above.attrib.get("data-feedtype") or "").endswith("_CREATE")
    return attribute(above, ".source .time[data-timestamp]", "data-timestamp") if is_new else None


def _author_named(block: Selector) -> Author | None:
    """The block names its author; whose link of that name stands above it is the author's."""
    name = attribute(block, "[data-author-name]", "data-author-name")
    if not name:
        return None
    links = (link for link in _around(block).css(".source a") if own_text(link) == name)
    token = next((token for link in links if (token := person_token(link))), None)
    return Author(kind=AuthorKind.USER, url_token=token, name=name)


def _writer(block: Selector) -> Author | None:
    """``<a class="name">name</a>，headline`` in 2015, ``a.author-link`` and ``span.bio`` in 2016."""
    info = next(iter(block.css(".author-info")), None)
    link = next((link for link in info.css("a") if own_text(link)), None) if info is not None else None
    if info is None or link is None:
        return None
    told = attribute(info, "span.bio[title], strong[title]", "title")
    beside = values.squeeze("".join(link.xpath("following-sibling::text()").getall()))
    return Author(
        kind=AuthorKind.USER,
        url_token=person_token(link),
        name=own_text(link),
        headline=told or (beside.lstrip("，, ") or None if beside else None),
        avatar_url=picture(info, "img"),
    )


def _column_ref(block: Selector) -> ColumnRef | None:
    links = block.xpath("ancestor::*[contains(@class, 'zm-profile-section-item')][1]").css("a.column_link")
    links = links or _around(block).css(f'.source a[data-tip^="{COLUMN}"]')
    slug = _slug(links[0]) if links else None
    return ColumnRef(id=slug, title=own_text(links[0])) if slug else None


def posts_of(page: Selector, source: Source, known: set[str]) -> Iterator[Article]:
    """Read the articles that a profile only names."""
    for link in page.css("a.post-link, .column .post a, .zm-profile-section-item h2 a"):
        target = target_of(link.attrib.get("href"))
        if target is None or target.kind != "article" or f"article:{target.id}" in known:
            continue
        known.add(f"article:{target.id}")
        yield Article(
            id=target.id,
            url=canonical_url("article", target.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=own_text(link),
        )


def columns_of(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Column]:
    """Read the columns that a profile owns, follows or names."""
    known: set[str] = set()
    for link in page.css('a[data-tip^="c$t$"], .column a'):
        slug = _slug(link)
        name = own_text(link) or attribute(link, "img[alt]", "alt") or attribute(link, "img[title]", "title")
        if slug is None or slug in known or not name:
            continue
        known.add(slug)
        yield Column(
            id=slug,
            url=canonical_url("column", slug),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=name,
            image_url=picture(link, "img"),
            **_counts(link, Fields(f"column {slug}", problems)),
        )


def _counts(link: Selector, fields: Fields) -> dict[str, Any]:
    """A profile's own columns tell followers and articles beside the name."""
    around = link.xpath("ancestor::*[contains(concat(' ', @class, ' '), ' column ')][1]")
    labels = [own_text(label) or "" for label in around.css("a, span")]
    found: dict[str, Any] = {}
    for mark, name in _COUNTS:
        if label := next((label for label in labels if mark in label and len(label) < 20), None):
            found[name] = fields.read(name, values.read_count, label)
    return found


def _slug(link: Selector) -> str | None:
    tip = link.attrib.get("data-tip", "")
    if tip.startswith(COLUMN):
        return tip.removeprefix(COLUMN) or None
    found = target_of(link.attrib.get("href"))
    return found.id if found and found.kind == "column" else None
