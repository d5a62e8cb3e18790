"""Pages that list things: collections, a profile's tabs, activities, topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Author, AuthorKind, Collection, CollectionEntry, Item, Question, QuestionRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.legacy._common import page_target, person_token
from zhihu_crawler.parsers.legacy.answers import BLOCKS, question_ref, read_answer
from zhihu_crawler.parsers.legacy.people import read_card
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, inner_html, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import canonical_url, query_int

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector


def parse_collection_page(page: Selector, source: Source) -> Parsed:
    """Read a collection's head and the entries of one of its pages."""
    parsed = Parsed()
    named = page_target(page)
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
    )


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
        avatar_url=absolute(attribute(page, "img.zm-list-avatar-medium", "src")),
    )


def _page_number(page: Selector, source: Source) -> int | None:
    """The address tells it; a saved page tells it in its pager, and one without a pager is the only one."""
    number = query_int(source.url, "page")
    if number is None:
        shown = text(page, ".zm-invite-pager span.zg-gray-normal")
        number = int(shown) if shown and shown.isdigit() else None
    return number if number is not None or page.css(".zm-invite-pager") else 1


def next_page(page: Selector, source: Source, otherwise: str) -> str | None:
    """Return the address behind 下一页, ``None`` on the last page and on one without a pager."""
    for link in page.css(".zm-invite-pager a"):
        if "下一页" in (link.xpath("string()").get() or ""):
            return urljoin(source.url or otherwise, link.attrib.get("href", ""))
    return None


def _entries(page: Selector) -> Iterator[tuple[Selector, QuestionRef | None]]:
    """Only the first answer of a question stands below its title: the title is carried on to the next ones."""
    question = None
    for item in page.css("#zh-list-answer-wrap .zm-item"):
        for link in item.css("h2.zm-item-title a"):
            question = question_ref(link) or question
        blocks = item.css(BLOCKS)
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
    collection, page, source, problems = shelf
    if not block.attrib.get("data-atoken"):
        raise RecordError(f"entry {place} of collection {collection} holds nothing: it was removed")
    answer = read_answer(block, source, problems, question)
    yield CollectionEntry(
        id=f"{collection}/answer:{answer.id}",
        url=answer.url,
        crawled_at=source.crawled_at,
        layout=source.layout,
        collection_id=collection,
        content_kind="answer",
        content_id=answer.id,
        question_id=question.id if question else None,
        title=question.title if question else None,
        position=place if page == 1 else None,
        page=page,
        page_position=place,
        is_deleted=answer.is_deleted,
    )
    yield answer


def parse_people_list(page: Selector, source: Source, owner: str, name: str) -> Parsed:
    """Read cards of people: followees or followers of the owner."""
    parsed = Parsed()

    def read(numbered: tuple[int, Selector]) -> Iterator[Item]:
        user = read_card(numbered[1], source, parsed.problems)
        yield user
        yield make_follow(user, name, owner, source, position=numbered[0])

    received, bad = each(enumerate(page.css(".zm-profile-card")), read, parsed)
    label = text(page, ".zm-profile-section-name")
    parsed.listings.append(
        ListingPage(
            owner_kind="user",
            owner_id=owner,
            name=name,
            received=received,
            unreadable=bad,
            total=Fields(f"{name} of {owner}", parsed.problems).read("total", values.read_count, _tail(label)),
            keys=tuple(item.key for item in parsed.items if item.kind == "follow"),
        )
    )
    return parsed


def _tail(label: str | None) -> str | None:
    """``某人 关注了 28 人``: the name may hold digits too."""
    return label.rpartition("关注")[2] if label else None


def questions_of(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Question]:
    """Read the questions that a profile lists: asked ones, and those of its activities."""
    for item in page.css(".zm-profile-section-item"):
        link = next(iter(item.css("a.question_link")), None)
        ref = question_ref(link) if link is not None else None
        if link is None or ref is None or item.css(BLOCKS):
            continue
        fields = Fields(f"question {ref.id}", problems)
        words = values.squeeze(" ".join(item.css(".meta::text").getall())) or ""
        counts = {name: part for part in words.split("•") for mark, name in _META.items() if mark in part}
        yield Question(
            id=ref.id,
            url=canonical_url("question", ref.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=ref.title,
            visit_count=fields.read("visit_count", values.read_count, text(item, ".zm-profile-vote-num")),
            **{name: fields.read(name, values.read_count, part) for name, part in counts.items()},
        )


_META = {"个回答": "answer_count", "人关注": "follower_count"}


def collections_of(page: Selector, source: Source) -> Iterator[Collection]:
    """Read the collections that a profile lists."""
    for link in page.css("a.zm-profile-fav-item-title"):
        id_ = link.attrib.get("href", "").rpartition("/")[2]
        if id_.isdigit():
            yield Collection(
                id=id_,
                url=canonical_url("collection", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                title=values.squeeze(link.xpath("string()").get()),
            )
