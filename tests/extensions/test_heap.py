"""What was there at the start of a crawl is no longer looked through for garbage."""

from __future__ import annotations

import gc

from scrapy import signals
from scrapy.utils.project import get_project_settings
from scrapy.utils.test import get_crawler

from zhihu_crawler.extensions.heap import FrozenHeap


class Knot(list):
    """Something that only a collection can free."""


def knots():
    """Those that a collection would look at; other objects there may be proxies, which make what they stand for."""
    return [one for one in gc.get_objects() if type(one) is Knot]


def test_the_objects_of_the_start_are_set_aside_and_its_garbage_is_thrown_away():
    crawler = get_crawler()
    extension = FrozenHeap.from_crawler(crawler)
    kept, garbage = Knot(), Knot()
    garbage.append(garbage)
    del garbage
    before = gc.get_freeze_count()
    try:
        crawler.signals.send_catch_log(signals.spider_opened, spider=None)
        assert gc.get_freeze_count() > before + 10_000
        looked_through = knots()
    finally:
        gc.unfreeze()
    assert looked_through == []
    assert knots() == [kept]
    assert extension is not None


def test_every_crawl_has_it():
    assert "zhihu_crawler.extensions.heap.FrozenHeap" in get_project_settings()["EXTENSIONS"]
