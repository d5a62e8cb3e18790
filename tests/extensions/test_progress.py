from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from tests.samples import make_item
from zhihu_crawler.extensions.progress import Progress
from zhihu_crawler.frontier.throttle.crawler import throttle_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


@pytest.fixture
def crawler() -> Crawler:
    crawler = get_crawler()
    crawler.stats = MemoryStatsCollector(crawler)
    crawler.spider = crawler._create_spider("question")
    return crawler


@pytest.fixture
def progress(crawler: Crawler) -> Progress:
    return Progress(crawler, Console(file=io.StringIO()))


def test_it_can_be_switched_off():
    with pytest.raises(NotConfigured, match="ZHIHU_PROGRESS"):
        Progress.from_crawler(get_crawler(settings_dict={"ZHIHU_PROGRESS": "0"}))


def test_at_the_beginning_it_says_that_there_is_nothing_yet(progress: Progress):
    line = progress.line()
    assert line.startswith("question 00:00 · 0 pages (0.0/s) · 0 waiting")
    assert line.endswith("no items yet")


def test_items_are_counted_a_kind_and_reports_on_listings_are_not_items(progress: Progress):
    for kind in ("answer", "answer", "collection_entry", "listing"):
        progress.scraped(make_item(kind))
    progress.scraped({"not": "ours"})
    assert progress.line().endswith("2 answers, 1 collection_entries")


def test_waiting_pages_and_problems_are_told(crawler: Crawler, progress: Progress):
    stats = {
        "response_received_count": 1234,
        "scheduler/enqueued": 50,
        "scheduler/dequeued": 20,
        "zhihu/pages/ok": 1230,
        "zhihu/pages/gone": 2,
        "zhihu/unreadable/field": 1,
    }
    assert crawler.stats
    crawler.stats.set_stats(stats)
    line = progress.line()
    assert "1,234 pages" in line
    assert "30 waiting" in line
    assert line.endswith("3 problems")


def test_where_nobody_looks_the_line_goes_to_the_log(progress: Progress, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        progress.tell()
    assert "no items yet" in caplog.text


def test_that_the_site_asked_for_less_is_told(crawler: Crawler, progress: Progress):
    async def main() -> str:
        await throttle_of(crawler).acquire()
        await throttle_of(crawler).brake("guest", "429", retry_after=8)
        return progress.line()

    assert asyncio.run(main()).endswith("no items yet · paused 8 s (429)")
