"""Every folder ``fixtures/<kind>/<case>`` is a page and what must be read from it: one test a field.

``input.html`` or ``input.json`` is what the server sent, ``expected.json`` the items as an export file holds them, but
without their nulls, and ``meta.json`` the address, the day, and where the shape was seen. A new folder is found by
itself.
"""

from __future__ import annotations

import functools
import json

import pytest

from tests.conftest import FIXTURES
from zhihu_crawler.exporters import plain
from zhihu_crawler.saved import SavedPage, parse_saved, read_day

CASES = sorted(path.parent for path in FIXTURES.glob("*/*/meta.json"))


def name_of(case):
    return case.relative_to(FIXTURES).as_posix()


@functools.cache
def loaded(case, file):
    return json.loads((case / file).read_text(encoding="utf-8"))


@functools.cache
def parsed(case):
    [page] = case.glob("input.*")
    meta = loaded(case, "meta.json")
    return parse_saved(SavedPage(page.name, page.read_bytes(), meta["url"], read_day(meta["captured"])))


def seen_fields(item):
    """What an item tells, as it is exported; the moment of reading is not the page's."""
    return {name: value for name, value in without_nulls(plain(item)).items() if name != "crawled_at"}


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def told(case):
    return [(case, place, field) for place, item in enumerate(loaded(case, "expected.json")) for field in item]


def test_there_are_fixtures():
    assert len(CASES) >= 4


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_page_gives_its_items_in_order_and_no_field_that_it_does_not_show(case):
    shapes = [(item["kind"], item.get("id"), sorted(item)) for item in loaded(case, "expected.json")]
    assert [(item.kind, item.id, sorted(seen_fields(item))) for item in parsed(case).items] == shapes


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_nothing_on_a_page_is_unreadable(case):
    assert [str(problem) for problem in parsed(case).problems] == []


@pytest.mark.parametrize(
    ("case", "place", "field"),
    [row for case in CASES for row in told(case)],
    ids=lambda value: str(value) if isinstance(value, int | str) else name_of(value),
)
def test_a_field_is_read(case, place, field):
    assert seen_fields(parsed(case).items[place]).get(field) == loaded(case, "expected.json")[place][field]
