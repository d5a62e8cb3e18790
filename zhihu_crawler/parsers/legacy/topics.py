"""The page of a topic, and the topic plaza."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.items import Topic
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, own_text, page_target, picture, target_of, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parsel import Selector

    from zhihu_crawler.errors import PageError
    from zhihu_crawler.parsers.result import Source


def topics_of(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Topic]:
    """Read the topic whose page this is, or the topics of the topic plaza."""
    yield from _own_topic(page, source, problems)
    yield from _relatives(page, source)
    yield from _hot_topics(page, source, problems)
    for card in page.css(".item .blk"):
        id_ = _topic_of(card.css("a"))
        if id_ is not None:
            yield Topic(
                id=id_,
                url=canonical_url("topic", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=text(card, "strong"),
                excerpt=text(card, "p"),
                avatar_url=picture(card, "img"),
            )


def _topic_of(links: Iterable[Selector]) -> str | None:
    """The first of some links that leads to a topic."""
    targets = (target_of(link.attrib.get("href")) for link in links)
    return next((target.id for target in targets if target and target.kind == "topic"), None)


def _relatives(page: Selector, source: Source) -> Iterator[Topic]:
    """Topics above and below the page's own."""
    for link in page.css(".parent-topic a.zm-item-tag, .child-topic a.zm-item-tag"):
        id_, name = _topic_of([link]), own_text(link)
        if id_ and name:
            yield Topic(
                id=id_,
                url=canonical_url("topic", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=name,
            )


def _hot_topics(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Topic]:
    """Beside the topic plaza: topics of the day with their followers."""
    for card in page.css(".hot-topics li"):
        if (id_ := _topic_of(card.css("a"))) is None:
            continue
        followers = text(card, ".meta span")
        yield Topic(
            id=id_,
            url=canonical_url("topic", id_),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            name=text(card, ".content a"),
            avatar_url=picture(card, "img"),
            followers_count=Fields(f"topic {id_}", problems).read("followers_count", values.read_count, followers),
        )


def _own_topic(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Topic]:
    named = page_target(page) or read_url(source.url)
    named = named if named and named.kind == "topic" else None
    topic = _topic_of(page.css(".zm-topic-side-followers-info a")) or (named.id if named else None)
    if page.css("#zh-topic-title") and topic:
        fields = Fields(f"topic {topic}", problems)
        yield Topic(
            id=topic,
            url=canonical_url("topic", topic),
            crawled_at=source.crawled_at,
            layout=source.layout,
            name=text(page, "#zh-topic-title h1"),
            introduction=inner_html(page, "#zh-topic-desc .zm-editable-content"),
            avatar_url=picture(page, "#zh-avartar-edit-form img, .topic-avatar img"),
            followers_count=fields.read(
                "followers_count", values.read_count, text(page, ".zm-topic-side-followers-info strong")
            ),
            questions_count=_meta(page, "questionCount", fields),
            best_answers_count=_meta(page, "topAnswerCount", fields),
        )


def topics_followed(page: Selector, source: Source) -> Iterator[Topic]:
    """Read the topics beside a profile: those that its owner follows, as pictures with their names."""
    for link in page.css(".zm-profile-side-topics a.link, .zm-profile-section-main > a"):
        id_ = _topic_of([link])
        name = text(link, "strong") or attribute(link, "img[alt]", "alt") or attribute(link, "img[title]", "title")
        if id_ and name:
            yield Topic(
                id=id_,
                url=canonical_url("topic", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=name,
                avatar_url=picture(link, "img"),
            )


def _meta(page: Selector, name: str, fields: Fields) -> int | None:
    selector = f'#zh-topic-top-page-list > meta[itemprop="{name}"]'
    count: int | None = fields.read(name, values.read_count, attribute(page, selector, "content"))
    return count
