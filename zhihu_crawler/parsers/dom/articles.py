"""Articles and columns as a modern page shows them, and what it only mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Article, Column, ColumnRef, Item, Question
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.dom._common import (
    comments_label,
    counts_of,
    embedded,
    first_count,
    ip_of,
    meta,
    page_named,
    read_author,
    read_votes,
    times_of,
    topic_refs,
    topics_named,
    votes_label,
)
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, inner_html, own_text, picture, target_of, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_NO_CARD = "[not(ancestor-or-self::*[contains(@class, 'ContentItem')])]"
_QUESTION_COUNTS = {"个回答": "answer_count", "个关注": "follower_count"}


def read_article_page(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the article whose page this is."""
    block = next(iter(page.css(".Post-content, .Post-Main, .PostIndex")), None)
    if block is None:
        return
    id_ = _article_id(page, source)
    fields = Fields(f"article {id_}", problems)
    topics, column = tuple(topic_refs(block)), _column(page)
    times = times_of(block, fields, source)
    yield Article(
        id=id_,
        url=canonical_url("article", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=text(page, "h1.Post-Title, .PostIndex-title"),
        content=inner_html(block, ".Post-RichText, .Post-RichTextContainer .RichText, .PostIndex-content .RichText"),
        author=read_author(block, fields),
        column=column,
        topics=topics or None,
        **times,
        voteup_count=fields.read("voteup_count", read_votes, votes_label(page)),
        comment_count=first_count(fields, "comment_count", comments_label(page)),
        image_url=picture(page, ".TitleImage img, img.TitleImage-imagePure"),
        ip_location=ip_of(block),
    )
    yield from topics_named(topics, source)
    if column:
        yield _column_named(column, source)


def _article_id(page: Selector, source: Source) -> str:
    told = next((embedded(holder, "data-zop") for holder in page.css(".Post-content[data-zop]")), {})
    named = page_named(page, source)
    id_ = str(told.get("itemId") or (named.id if named and named.kind == "article" else ""))
    if not id_.isdigit():
        raise RecordError(f"the article page {source.url} does not say which article it is of: it is damaged")
    return id_


def _column_named(ref: ColumnRef, source: Source) -> Column:
    return Column(
        id=ref.id,
        url=canonical_url("column", ref.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        title=ref.title,
    )


def _column(page: Selector) -> ColumnRef | None:
    link = next(iter(page.css("a.ColumnLink, .ColumnPageHeader-TitleColumn")), None)
    target = target_of(link.attrib.get("href")) if link is not None else None
    return ColumnRef(id=target.id, title=own_text(link)) if link is not None and target else None


def read_column_page(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the column whose page this is (stored pages of 2019 and 2021)."""
    title = text(page, ".ColumnHeader-Title")
    if title is None:
        yield from _column_of_2021(page, source, problems)
        return
    about = target_of((attribute(page, 'a[href$="/about"]', "href") or "").removesuffix("/about"))
    named = about if about and about.kind == "column" else read_url(source.url)
    if named is None or named.kind != "column":
        raise RecordError(f"the column's page {source.url} does not say which column it is of")
    fields = Fields(f"column {named.id}", problems)
    yield Column(
        id=named.id,
        url=canonical_url("column", named.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=title,
        intro=text(page, ".ColumnHeader-Desc"),
        follower_count=fields.read("follower_count", values.read_count, text(page, ".ColumnHeader-inner .Voters")),
        image_url=picture(page, "img.ColumnHeader-Image"),
    )


def _column_of_2021(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Column]:
    """Its head has no names of its own: the bar above it names the column, search engines are told the rest."""
    ref, named = _column(page), page_named(page, source)
    if ref is None or named is None or named.kind != "column" or page.css(".Post-content, .Post-Main"):
        return
    fields = Fields(f"column {ref.id}", problems)
    head = page.xpath(f"//*[contains(., '篇内容')]{_NO_CARD}/text()[contains(., '篇内容')]/..")
    writer = page.xpath(f"//*[contains(concat(' ', @class, ' '), ' AuthorInfo ')]{_NO_CARD}/..")
    yield Column(
        id=ref.id,
        url=canonical_url("column", ref.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=ref.title,
        intro=attribute(page, 'meta[property="og:description"]', "content"),
        author=read_author(writer[0], fields) if writer else None,
        articles_count=fields.read("articles_count", values.read_count, own_text(head[0]) if head else None),
        image_url=absolute(attribute(page, 'meta[property="og:image"]', "content")),
    )


def read_cards(page: Selector, source: Source, problems: list[PageError], known: set[str]) -> Iterator[Item]:
    """Read what the page only mentions: cards of articles and questions, the hot list."""
    for block in page.css(".ArticleItem[data-zop]"):
        told = embedded(block, "data-zop")
        id_, fields = str(told.get("itemId") or ""), Fields(f"article {told.get('itemId')}", problems)
        times = times_of(block, fields, source)
        if id_.isdigit() and f"article:{id_}" not in known:
            yield Article(
                id=id_,
                url=canonical_url("article", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                title=told.get("title") or text(block, ".ContentItem-title"),
                author=read_author(block, fields),
                voteup_count=fields.read("voteup_count", read_votes, votes_label(block)),
                comment_count=first_count(fields, "comment_count", meta(block, "commentCount"), comments_label(block)),
                excerpt=text(block, ".RichContent-inner .RichText") or text(block, ".RichContent-inner"),
                image_url=meta(block, "image"),
                **times,
            )
    yield from _question_cards(page, source, problems, known)


def _question_cards(page: Selector, source: Source, problems: list[PageError], known: set[str]) -> Iterator[Question]:
    for block in page.css(".HotItem, .QuestionItem, .List-item:has(.QuestionItem-title)"):
        link = next((a for a in block.css("a[href*='/question/']") if target_of(a.attrib.get("href"))), None)
        target = target_of(link.attrib.get("href")) if link is not None else None
        if link is None or target is None or target.kind != "question" or f"question:{target.id}" in known:
            continue
        known.add(f"question:{target.id}")
        yield Question(
            id=target.id,
            url=canonical_url("question", target.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=text(block, ".HotItem-title") or link.attrib.get("title") or own_text(link),
            excerpt=text(block, ".HotItem-excerpt"),
            **counts_of(block, _QUESTION_COUNTS, Fields(f"question {target.id}", problems)),
        )
