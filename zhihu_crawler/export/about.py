"""What a book is called, and by whom: the question, the collection, the column or the author that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from zhihu_crawler.export.formats._book import Book
from zhihu_crawler.export.sources import Wanted
from zhihu_crawler.export.text.page import name_of
from zhihu_crawler.items import Collection, Column, Question, User
from zhihu_crawler.storage.documents import to_item
from zhihu_crawler.urls import ZHIHU, canonical_url

if TYPE_CHECKING:
    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.sources import Source
    from zhihu_crawler.items import Item

_KINDS = {"author": "user"}
_CALLED = {"question": "知乎问题", "collection": "知乎收藏夹", "column": "知乎专栏", "user": "知乎用户"}


def book_of(plan: Plan, source: Source) -> Book:
    """Return what is known of the book that a plan makes; ``plan.title`` goes before what was crawled."""
    if plan.about is None:
        return Book(plan.title or "知乎文选", "", ZHIHU)
    name, id_ = plan.about
    kind = _KINDS.get(name, name)
    book = _told(_item(kind, id_, source), kind, id_)
    return Book(plan.title or book.title, book.author, book.url, book.html)


def _item(kind: str, id_: str, source: Source) -> Item | None:
    found = source.find(Wanted(kind), [id_])
    document = source.fetch(kind, [found[id_]]).get(found[id_]) if id_ in found else None
    if not document:
        return None
    source.complete(kind, document)
    try:
        return to_item(kind, document)
    except ValidationError:  # the book goes by its id then
        return None


def _told(item: Item | None, kind: str, id_: str) -> Book:
    url = item.url if item and item.url else canonical_url(kind, id_)
    if isinstance(item, Question) and item.title:
        return Book(item.title, "知乎", url)
    if isinstance(item, Collection) and item.title:
        return Book(item.title, name_of(item.creator) if item.creator else "", url, item.description or "")
    if isinstance(item, Column) and item.title:
        author = name_of(item.author) if item.author else ""
        return Book(item.title, author, url, item.description or item.intro or "")
    if isinstance(item, User) and item.name:
        return Book(f"{item.name}的文选", item.name, url, item.description or item.headline or "")
    return Book(f"{_CALLED[kind]} {id_}", "", url)
