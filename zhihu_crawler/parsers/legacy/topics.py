"""The page of a topic, and the topic plaza."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.items import Topic
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import page_target
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, inner_html, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.errors import PageError
    from zhihu_crawler.parsers.result import Source


def topics_of(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Topic]:
    """Read the topic whose page this is, or the topics of the topic plaza."""
    yield from _own_topic(page, source, problems)
    for card in page.css(".item .blk"):
        link = (attribute(card, 'a[href^="/topic/"]', "href") or "").rpartition("/")[2]
        if link.isdigit():
            yield Topic(
                id=link,
                url=canonical_url("topic", link),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=text(card, "strong"),
                excerpt=text(card, "p"),
                avatar_url=absolute(attribute(card, "img", "src")),
            )


def _own_topic(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Topic]:
    named = page_target(page) or read_url(source.url)
    named = named if named and named.kind == "topic" else None
    id_ = (attribute(page, ".zm-topic-side-followers-info a", "href") or "").split("/")[2:3]
    if page.css("#zh-topic-title") and (id_ or named):
        topic = id_[0] if id_ else named.id if named else ""
        fields = Fields(f"topic {topic}", problems)
        yield Topic(
            id=topic,
            url=canonical_url("topic", topic),
            crawled_at=source.crawled_at,
            layout=source.layout,
            name=text(page, "#zh-topic-title h1"),
            introduction=inner_html(page, "#zh-topic-desc .zm-editable-content"),
            avatar_url=absolute(attribute(page, "#zh-avartar-edit-form img, .topic-avatar img", "src")),
            followers_count=fields.read(
                "followers_count", values.read_count, text(page, ".zm-topic-side-followers-info strong")
            ),
            questions_count=_meta(page, "questionCount", fields),
            best_answers_count=_meta(page, "topAnswerCount", fields),
        )


def topics_followed(page: Selector, source: Source) -> Iterator[Topic]:
    """Read the topics beside a profile: those that its owner follows, as pictures with their names."""
    for link in page.css(".zm-profile-side-topics a.link, .zm-profile-section-main > a[href^='/topic/']"):
        id_ = link.attrib.get("href", "").rpartition("/")[2]
        name = text(link, "strong") or attribute(link, "img[alt]", "alt") or attribute(link, "img[title]", "title")
        if id_.isdigit() and name:
            yield Topic(
                id=id_,
                url=canonical_url("topic", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=name,
                avatar_url=absolute(attribute(link, "img", "src")),
            )


def _meta(page: Selector, name: str, fields: Fields) -> int | None:
    selector = f'#zh-topic-top-page-list > meta[itemprop="{name}"]'
    count: int | None = fields.read(name, values.read_count, attribute(page, selector, "content"))
    return count
