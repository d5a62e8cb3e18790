from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from zhihu_crawler.errors import FieldError, GoneError, RecordError
from zhihu_crawler.items import Layout, Topic
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each


def topic(id_: str, source: Source) -> Topic:
    return Topic(id=id_, url=None, crawled_at=source.crawled_at, layout=source.layout)


def test_a_source_is_read_as_another_layout_without_being_changed(source):
    dom = source.on(Layout.DOM)
    assert (dom.layout, dom.url, dom.crawled_at) == (Layout.DOM, source.url, source.crawled_at)
    assert source.layout is Layout.STATE


def test_a_source_is_frozen(source):
    with pytest.raises(FrozenInstanceError):
        source.url = "https://www.zhihu.com/question/2"


def test_one_odd_record_does_not_cost_its_neighbours(source):
    def read(record):
        if record == "odd":
            raise RecordError("odd has no id")
        return [topic(record, source)]

    parsed = Parsed()
    assert each(["1", "odd", "2"], read, parsed) == (3, 1)
    assert [item.id for item in parsed.items] == ["1", "2"]
    assert [str(problem) for problem in parsed.problems] == ["odd has no id"]


def test_a_record_that_breaks_half_way_gives_nothing(source):
    def read(record):
        yield topic(record, source)
        if record == "half":
            raise FieldError("half is cut")

    parsed = Parsed()
    assert each(["half", "whole"], read, parsed) == (2, 1)
    assert [item.id for item in parsed.items] == ["whole"]


def test_a_record_may_give_several_items_or_none(source):
    parsed = Parsed()
    assert each([2, 0], lambda count: [topic(str(number), source) for number in range(count)], parsed) == (2, 0)
    assert [item.id for item in parsed.items] == ["0", "1"]


def test_an_error_of_ours_is_not_hidden_as_an_odd_record():
    def read(_record):
        raise KeyError("a slip in the parser")

    with pytest.raises(KeyError):
        each(["1"], read, Parsed())


def test_what_parts_of_a_page_gave_is_put_together_in_order(source):
    page = ListingPage(owner_kind="question", owner_id="1", name="answers", received=1)
    first = Parsed([topic("1", source)], [], [GoneError("a")])
    first.add(Parsed([topic("2", source)], [page], [RecordError("b")]))
    assert [item.id for item in first.items] == ["1", "2"]
    assert first.listings == [page]
    assert [str(problem) for problem in first.problems] == ["a", "b"]


def test_a_listing_is_found_by_its_name():
    answers = ListingPage(owner_kind="question", owner_id="1", name="answers", received=0)
    parsed = Parsed(listings=[answers])
    assert parsed.listing("answers") is answers
    assert parsed.listing("followers") is None


def test_what_a_page_does_not_say_of_its_listing_is_none():
    page = ListingPage(owner_kind="question", owner_id=None, name="answers", received=0)
    assert (page.total, page.next_url, page.is_end) == (None, None, None)
    assert (page.unreadable, page.other, page.needs_login, page.keys) == (0, 0, False, ())
