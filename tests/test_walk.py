from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.samples import AT
from zhihu_crawler.items import Layout, Stop
from zhihu_crawler.parsers.result import ListingPage
from zhihu_crawler.walk import Ledger, Step, Walk, falls_short, step

HERE = "https://www.zhihu.com/api/v4/questions/1/feeds?offset=0"
NEXT = "https://www.zhihu.com/api/v4/questions/1/feeds?offset=20"
WALK = Walk("question", "1", "answers")


def page(**fields: Any) -> ListingPage:
    known: dict[str, Any] = {"owner_kind": "question", "owner_id": "1", "name": "answers", "received": 20}
    return ListingPage(**known | {"next_url": NEXT, "is_end": False} | fields)


def after(found: ListingPage, fresh: int = 20, walk: Walk = WALK, ledger: Ledger | None = None) -> Step:
    return step(walk, found, fresh, HERE, Ledger() if ledger is None else ledger)


def test_a_page_that_names_a_next_one_goes_on_there():
    found = after(page(total=50))
    assert (found.next_url, found.stopped) == (NEXT, None)
    assert (found.walk.got, found.walk.pages, found.walk.total) == (20, 1, 50)


@pytest.mark.parametrize(
    ("fields", "fresh", "walk", "stopped"),
    [
        ({"is_end": True}, 20, WALK, Stop.END),
        ({"received": 0}, 0, WALK, Stop.EMPTY),
        ({"received": 0, "is_end": True}, 0, WALK, Stop.END),
        ({"received": 0, "total": 0}, 0, WALK, Stop.EMPTY),
        ({"next_url": None}, 20, WALK, Stop.LAST_PAGE),
        ({"next_url": ""}, 20, WALK, Stop.LAST_PAGE),
        ({"next_url": HERE}, 20, WALK, Stop.REPEAT),
        ({"next_url": "https://www.zhihu.com.evil.com/api/v4/questions/1/feeds"}, 20, WALK, Stop.FOREIGN),
        ({"next_url": "https://www.zhihu.com/api/v4/questions/2/feeds?offset=20"}, 20, WALK, Stop.FOREIGN),
        ({"next_url": "javascript:alert(1)"}, 20, WALK, Stop.FOREIGN),
        ({"needs_login": True}, 20, WALK, Stop.LOGIN),
        ({"needs_login": True, "is_end": True}, 20, WALK, Stop.LOGIN),
        ({"received": 0, "total": 9, "is_end": True}, 0, WALK, Stop.LOGIN),
        ({}, 20, Walk("question", "1", "answers", limit=20), Stop.LIMIT),
        ({"is_end": True}, 20, Walk("question", "1", "answers", limit=20), Stop.LIMIT),
        ({}, 0, Walk("question", "1", "answers", limit=0), Stop.LIMIT),
    ],
)
def test_every_way_in_which_a_listing_ends(fields: dict[str, Any], fresh: int, walk: Walk, stopped: Stop):
    found = after(page(**fields), fresh, walk)
    assert (found.stopped, found.next_url) == (stopped, None)


@pytest.mark.parametrize(
    ("got", "fields", "is_short"),
    [
        (0, {"is_end": True, "total": 20, "keys": ("a",) * 17}, True),
        (0, {"is_end": True, "total": 20, "keys": ("a",) * 18}, False),
        (100, {"received": 0, "total": 120}, True),
        (110, {"received": 0, "total": 120}, False),
        (100, {"is_end": False, "total": 900}, False),
        (100, {"received": 0, "other": 2, "total": 900}, False),
        (0, {"is_end": True, "total": None}, False),
        (0, {"is_end": True, "total": 0, "received": 0}, False),
    ],
)
def test_a_listing_falls_short_that_ends_with_much_missing(got: int, fields: dict[str, Any], is_short: bool):
    assert falls_short(Walk("question", "1", "answers", got=got), page(**fields)) is is_short


def test_a_page_of_other_cards_alone_is_not_the_end():
    assert after(page(received=0, other=5), 0).next_url == NEXT


def test_a_next_page_that_was_read_before_is_not_read_again():
    ledger = Ledger()
    assert after(page(), ledger=ledger).next_url == NEXT
    found = after(page(), ledger=ledger)
    assert found.stopped is Stop.REPEAT
    assert "again" in (found.detail or "")


def test_a_listing_that_brings_nothing_new_under_ever_new_addresses_ends_too():
    walk, ledger = WALK, Ledger()
    for number in range(100):
        found = step(walk, page(next_url=f"{NEXT}&cursor={number}"), 0 if number else 20, HERE, ledger)
        walk = found.walk
        if found.stopped:
            break
    assert (found.stopped, number) == (Stop.REPEAT, 5)
    assert "nothing new" in (found.detail or "")


def test_something_new_between_pages_that_bring_nothing_starts_the_count_again():
    walk, ledger = WALK, Ledger()
    for number in range(30):
        found = step(walk, page(next_url=f"{NEXT}&cursor={number}"), 1 if number % 4 == 0 else 0, HERE, ledger)
        walk = found.walk
        assert found.stopped is None


@pytest.mark.parametrize("host", ["http://api.zhihu.com", "http://172.16.0.9:8080", "http://www.zhihu.com"])
def test_next_on_another_of_the_sites_hosts_is_rebuilt(host: str):
    assert after(page(next_url=f"{host}/api/v4/questions/1/feeds?offset=20")).next_url == NEXT


def test_a_total_that_is_not_repeated_is_remembered_and_one_that_changes_is_believed():
    first = after(page(total=50)).walk
    assert after(page(), walk=first).walk.total == 50
    assert after(page(total=49), walk=first).walk.total == 49


@pytest.mark.parametrize(
    ("got", "unreadable", "total", "stopped", "complete"),
    [
        (10, 0, 10, Stop.END, True),
        (10, 0, None, Stop.END, True),
        (12, 0, 10, Stop.END, True),
        (9, 0, 10, Stop.END, False),
        (9, 1, 10, Stop.END, False),
        (0, 0, 0, Stop.EMPTY, True),
        (10, 0, 10, Stop.REPEAT, True),
        (10, 0, None, Stop.REPEAT, False),
        (10, 0, 10, Stop.LIMIT, True),
        (10, 0, 11, Stop.LIMIT, False),
        (10, 0, None, Stop.LIMIT, False),
        (10, 0, 10, Stop.LAST_PAGE, True),
        (10, 0, None, Stop.LAST_PAGE, False),
        (10, 0, 10, Stop.LOGIN, False),
        (10, 0, 10, Stop.FOREIGN, False),
        (10, 0, 10, Stop.ERROR, False),
    ],
)
def test_complete_means_that_nothing_counted_is_missing_or_that_the_site_named_the_end(
    got: int, unreadable: int, total: int | None, stopped: Stop, complete: bool
):
    walk = Walk("question", "1", "answers", got=got, unreadable=unreadable, total=total)
    listing = walk.report(stopped, at=AT, detail="why")
    assert listing.complete is complete
    assert (listing.got, listing.total, listing.unreadable, listing.detail) == (got, total, unreadable, "why")
    assert (listing.id, listing.layout) == ("question:1:answers", Layout.API)


def test_cards_and_unreadable_records_are_added_up():
    walk = after(page(other=2, unreadable=1)).walk
    walk = after(page(other=3, unreadable=4), 15, walk).walk
    assert (walk.got, walk.other, walk.unreadable, walk.pages) == (35, 5, 5, 2)


def test_a_walk_travels_as_plain_values():
    walk = Walk("collection", "1924054028658116132", "entries", limit=5, got=3, total=9)
    assert Walk.from_dict(orjson.loads(orjson.dumps(walk.to_dict()))) == walk


def test_a_ledger_knows_each_record_once():
    ledger = Ledger()
    assert [ledger.is_new(key) for key in ("answer:1", "answer:2", "answer:1", "article:1")] == [
        True,
        True,
        False,
        True,
    ]
