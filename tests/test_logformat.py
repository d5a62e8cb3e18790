from __future__ import annotations

import logging

import pytest
from scrapy import Spider
from scrapy.exceptions import DropItem

from tests.samples import make_item
from zhihu_crawler.logformat import QuietFormatter

SPIDER = Spider("any")


def told(line: object) -> str:
    assert isinstance(line, dict)
    return str(line["msg"] % line["args"])


def test_an_item_is_named_and_not_printed():
    line = QuietFormatter().scraped(make_item("answer", content="<p>long</p>"), None, SPIDER)
    assert told(line) == "Scraped answer:1"


def test_what_is_not_ours_is_told_as_it_is():
    assert told(QuietFormatter().scraped({"a": 1}, None, SPIDER)) == "Scraped {'a': 1}"


@pytest.mark.parametrize(("level", "number"), [("WARNING", logging.WARNING), (None, logging.DEBUG), (40, 40)])
def test_what_was_left_out_is_named_with_its_reason_at_its_level(level: str | int | None, number: int):
    line = QuietFormatter().dropped(make_item("answer"), DropItem("odd", log_level=level), None, SPIDER)
    assert told(line) == "Left out answer:1: odd"
    assert isinstance(line, dict)
    assert line["level"] == number
