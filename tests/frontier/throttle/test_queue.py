"""Scrapy's queue, and who is given out of it while others wait for tokens."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.squeues import FifoMemoryQueue
from scrapy.utils.test import get_crawler

from zhihu_crawler.frontier.throttle import BUDGET, slot_of
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.queue import WAITING, BudgetPriorityQueue
from zhihu_crawler.frontier.throttle.seats import GUEST


OWN = {slot_of("narrow"): {"concurrency": 1}}


@pytest.fixture
def crawler():
    crawler = get_crawler(settings_dict={"CONCURRENT_REQUESTS_PER_DOMAIN": 2, "DOWNLOAD_SLOTS": OWN})
    crawler.engine = SimpleNamespace(
        downloader=SimpleNamespace(get_slot_key=lambda request: request.meta["download_slot"])
    )
    return crawler


@pytest.fixture
def queue(crawler):
    return BudgetPriorityQueue.from_crawler(crawler, FifoMemoryQueue, "")


def of(budget: str, number: int) -> Request:
    url = f"https://www.zhihu.com/question/{number}"
    return Request(url, meta={BUDGET: budget, "download_slot": slot_of(budget)})


def waits(crawler, request: Request) -> None:
    """Let a request come to the gate."""
    throttle_of(crawler).seats._load[request.meta["download_slot"]] += 1


def test_of_a_budget_that_has_enough_nothing_more_is_given_out(crawler, queue):
    for number in range(10):
        queue.push(of(GUEST, number))
    given = []
    while request := queue.pop():
        given.append(request)
        waits(crawler, request)
    assert [request.url[-1] for request in given] == ["0", "1", "2"]
    assert len(given) == 2 + WAITING
    assert len(queue) == 7


def test_a_budget_that_has_enough_keeps_no_other_back(crawler, queue):
    for number in range(10):
        queue.push(of("stuck", number))
    for number in range(10, 15):
        queue.push(of("moves", number))
    given = []
    for _ in range(30):
        if request := queue.pop():
            given.append(request.meta[BUDGET])
            if request.meta[BUDGET] == "stuck":
                waits(crawler, request)
    assert given.count("moves") == 5
    assert given.count("stuck") == 2 + WAITING


def test_what_has_gone_out_makes_room(crawler, queue):
    for number in range(5):
        queue.push(of(GUEST, number))
    while request := queue.pop():
        waits(crawler, request)
    throttle_of(crawler).seats._load[slot_of(GUEST)] -= 1
    assert queue.pop()
    assert queue.pop()
    assert not queue.pop()


def test_an_empty_queue_gives_nothing(queue):
    assert queue.pop() is None


def test_a_slot_with_a_concurrency_of_its_own_has_as_much_room(queue, crawler):
    for number in range(5):
        queue.push(of("narrow", number))
    given = 0
    while request := queue.pop():
        given += 1
        waits(crawler, request)
    assert given == 1 + WAITING
