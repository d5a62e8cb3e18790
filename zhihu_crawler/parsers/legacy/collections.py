"""The page of a collection: its head, and the entries of one of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Article, Author, AuthorKind, Collection, CollectionEntry, Item, QuestionRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy._common import person_token
from zhihu_crawler.parsers.legacy.answers import BLOCKS, question_ref, read_answer
from zhihu_crawler.parsers.legacy.lists import next_page
from zhihu_crawler.parsers.legacy.posts import POSTS, read_post
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, page_target, picture, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import canonical_url, query_int, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector


def parse_collection_page(page: Selector, source: Source) -> Parsed:
    """Read a collection's head and the entries of one of its pages."""
    parsed = Parsed()
    named = page_target(page) or read_url(source.url)
    id_ = named.id if named and named.kind == "collection" else ""
    if not id_:
        raise RecordError(f"the collection page {source.url or ''} does not say which collection it is of")
    parsed.items.append(_collection(page, id_, source, parsed.problems))
    number = _page_number(page, source)
    before = len(parsed.items)
    shelf = _Shelf(id_, number, source, parsed.problems)
    received, bad = each(enumerate(_entries(page)), lambda pair: _entry(pair[0], *pair[1], shelf), parsed)
    entries = [item for item in parsed.items[before:] if isinstance(item, CollectionEntry)]
    parsed.listings.append(
        ListingPage(
            owner_kind="collection",
            owner_id=id_,
            name="entries",
            received=received,
            unreadable=bad,
            next_url=next_page(page, source, canonical_url("collection", id_)),
            is_end=next_page(page, source, "") is None,
            keys=tuple(entry.key for entry in entries),
        )
    )
    return parsed


def _collection(page: Selector, id_: str, source: Source, problems: list[PageError]) -> Collection:
    fields = Fields(f"collection {id_}", problems)
    followers = text(page, 'a[href$="/followers"][href*="/collection/"]')
    return Collection(
        id=id_,
        url=canonical_url("collection", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=text(page, "#zh-fav-head-title"),
        description=inner_html(page, "#zh-fav-head-description"),
        creator=_creator(page),
        follower_count=fields.read("follower_count", values.read_count, followers),
        comment_count=fields.read(
            "comment_count", values.read_count, text(page, "#zh-list-meta-wrap a.toggle-comment")
        ),
        **_last_active(page, fields, source),
    )


def _last_active(page: Selector, fields: Fields, source: Source) -> dict[str, Any]:
    """最近活动于, by the day."""
    label = page.xpath('//span[@class="time"][contains(preceding-sibling::text()[1], "最近活动")]/text()').get()
    read = fields.read("updated", lambda told: values.read_date_label(told, source.captured_at), label)
    return {"updated": read[0], "updated_precision": read[1]} if read else {}


def _creator(page: Selector) -> Author | None:
    link = next(
        iter(page.css("#zh-single-answer-author-info .zm-list-content-title a, .zm-list-content-title a")), None
    )
    token = person_token(link) if link is not None else None
    if link is None or token is None:
        return None
    return Author(
        kind=AuthorKind.USER,
        id=attribute(page, "#zh-single-answer-author-info button[data-id]", "data-id"),
        url_token=token,
        name=values.squeeze(link.xpath("string()").get()),
        headline=text(page, "#zh-single-answer-author-info > .zg-gray-normal"),
        avatar_url=picture(page, "img.zm-list-avatar-medium"),
    )


def _page_number(page: Selector, source: Source) -> int | None:
    """The address tells it; a saved page tells it in its pager, and one without a pager is the only one."""
    number = query_int(source.url, "page")
    if number is None:
        shown = (label.xpath("string()").get() or "" for label in page.css(".zm-invite-pager span.zg-gray-normal"))
        number = next((int(label) for label in shown if label.strip().isdigit()), None)
    return number if number is not None or page.css(".zm-invite-pager") else 1


def _entries(page: Selector) -> Iterator[tuple[Selector, QuestionRef | None]]:
    """Only the first answer of a question stands below its title: the title is carried on to the next ones."""
    question = None
    for item in page.css("#zh-list-answer-wrap .zm-item, #zh-list-collection-wrap .zm-item"):
        for link in item.css("h2.zm-item-title a"):
            question = question_ref(link.root) or question
        blocks = item.css(f"{BLOCKS}, {POSTS}")
        for block in blocks:
            yield block, question
        if not blocks:
            yield item, question


class _Shelf(NamedTuple):
    """Where entries stand: the collection, the number of its page, and where that was read."""

    collection: str
    page: int | None
    source: Source
    problems: list[PageError]


def _entry(place: int, block: Selector, question: QuestionRef | None, shelf: _Shelf) -> Iterator[Item]:
    content: Answer | Article
    if block.css("[itemprop=post-url-token]"):
        content = read_post(block, shelf.source, shelf.problems)
        yield _placed(place, content, None, content.title, shelf)
    elif block.attrib.get("data-atoken"):
        content = read_answer(block, shelf.source, shelf.problems, question)
        title = question.title if question else None
        yield _placed(place, content, question.id if question else None, title, shelf)
    else:
        raise RecordError(f"entry {place} of collection {shelf.collection} holds nothing: it was removed")
    yield content


def _placed(
    place: int, content: Answer | Article, question_id: str | None, title: str | None, shelf: _Shelf
) -> CollectionEntry:
    return CollectionEntry(
        id=f"{shelf.collection}/{content.kind}:{content.id}",
        url=content.url,
        crawled_at=shelf.source.crawled_at,
        layout=shelf.source.layout,
        collection_id=shelf.collection,
        content_kind=content.kind,
        content_id=content.id,
        question_id=question_id,
        title=title,
        position=place if shelf.page == 1 else None,
        page=shelf.page,
        page_position=place,
        is_deleted=content.is_deleted if isinstance(content, Answer) else None,
    )
