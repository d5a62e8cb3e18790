from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.samples import answer, author
from zhihu_crawler.errors import RecordError
from zhihu_crawler.parsers.collections import read_collection, read_entry
from zhihu_crawler.parsers.record import Record

if TYPE_CHECKING:
    from zhihu_crawler.items import Collection, CollectionEntry
    from zhihu_crawler.parsers.result import Source

ARTICLE = {"type": "article", "id": 7, "title": "诗与酒"}


def a_collection(source: Source, **fields: Any) -> Collection:
    return read_collection(Record({"id": 9, "type": "collection"} | fields, "collection 9", []), source)


def an_entry(source: Source, raw: dict[str, Any], place: int = 0, offset: int | None = 0) -> CollectionEntry:
    return read_entry(Record(raw, "record 0", []), source, "9", place, offset)


def test_a_collection_is_read(source: Source):
    found = a_collection(source, title="诗", creator=author(), item_count=0, is_public=True, updated_time=1_700_000_000)
    assert (found.id, found.url, found.title) == ("9", "https://www.zhihu.com/collection/9", "诗")
    assert (found.item_count, found.answer_count, found.is_public, found.partial) == (0, None, True, False)
    assert found.creator is not None
    assert found.creator.url_token == "li-bai"
    assert found.updated is not None
    assert found.created is None


def test_a_collection_that_is_only_mentioned_is_partial(source: Source):
    assert a_collection(source, title="诗").partial


@pytest.mark.parametrize(
    ("content", "url"),
    [
        (answer(), "https://www.zhihu.com/question/1/answer/2"),
        (answer(question=None), "https://www.zhihu.com/answer/2"),
        (ARTICLE, "https://zhuanlan.zhihu.com/p/7"),
        ({"type": "pin", "id": "5"}, "https://www.zhihu.com/pin/5"),
    ],
)
def test_an_entry_has_the_address_of_its_thing(source: Source, content: dict[str, Any], url: str):
    assert an_entry(source, {"content": content}).url == url


@pytest.mark.parametrize(("place", "offset", "position"), [(0, 0, 0), (3, 20, 23), (3, None, None)])
def test_the_place_in_the_whole_is_known_only_with_that_of_the_page(
    source: Source, place: int, offset: int | None, position: int | None
):
    entry = an_entry(source, {"content": ARTICLE}, place, offset)
    assert (entry.position, entry.page_position) == (position, place)


def test_an_entry_of_2017_is_the_thing_itself_and_does_not_say_when_it_was_added(source: Source):
    entry = an_entry(source, answer())
    assert (entry.id, entry.added) == ("9/answer:2", None)


def test_the_title_is_the_questions_or_the_things_own(source: Source):
    assert an_entry(source, {"content": answer()}).title == "为什么？"
    assert an_entry(source, {"content": ARTICLE}).title == "诗与酒"


def test_a_thing_that_was_deleted_is_an_entry_that_says_so(source: Source):
    entry = an_entry(source, {"content": {"type": "answer", "id": 2, "is_deleted": True}})
    assert (entry.content_id, entry.is_deleted) == ("2", True)


@pytest.mark.parametrize("raw", [{}, {"content": None}, {"content": {}}, {"content": {"type": "answer"}}])
def test_an_entry_without_its_thing_is_unreadable(source: Source, raw: dict[str, Any]):
    with pytest.raises(RecordError):
        an_entry(source, raw)
