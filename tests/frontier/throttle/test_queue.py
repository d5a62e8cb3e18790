"""Scrapy's queue, and who is given out of it while others wait for tokens."""

from __future__ import annotations

import asyncio
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


class Downloader:
    """What Scrapy's downloader is asked for: which requests it has, and their slots."""

    def __init__(self):
        self.active = set()

    def get_slot_key(self, request):
        return request.meta["download_slot"]


@pytest.fixture
def downloader():
    return Downloader()


@pytest.fixture
def crawler(downloader):
    crawler = get_crawler(settings_dict={"CONCURRENT_REQUESTS_PER_DOMAIN": 2, "DOWNLOAD_SLOTS": OWN})
    crawler.engine = SimpleNamespace(downloader=downloader)
    return crawler


@pytest.fixture
def queue(crawler):
    return BudgetPriorityQueue.from_crawler(crawler, FifoMemoryQueue, "")


def of(budget: str, number: int) -> Request:
    url = f"https://www.zhihu.com/question/{number}"
    return Request(url, meta={BUDGET: budget, "download_slot": slot_of(budget)})


def all_of(queue, downloader) -> list[Request]:
    """Take what the queue gives, as the engine does: each goes to the downloader at once, and nothing else happens."""
    given = []
    while request := queue.pop():
        downloader.active.add(request)
        given.append(request)
    return given


def test_of_a_budget_that_has_enough_nothing_more_is_given_out(queue, downloader):
    for number in range(10):
        queue.push(of(GUEST, number))
    assert [request.url[-1] for request in all_of(queue, downloader)] == ["0", "1", "2"]
    assert len(queue) == 10 - 2 - WAITING
    assert queue.pop() is None


def test_a_budget_that_has_enough_keeps_no_other_back(queue, downloader):
    for number in range(10):
        queue.push(of("stuck", number))
    given = all_of(queue, downloader)
    for number in range(10, 15):
        queue.push(of("moves", number))
    while found := all_of(queue, downloader):
        given += found
        downloader.active -= {request for request in found if request.meta[BUDGET] == "moves"}
    assert [request.meta[BUDGET] for request in given] == ["stuck"] * (2 + WAITING) + ["moves"] * 5


def test_what_has_left_makes_room(queue, downloader):
    for number in range(6):
        queue.push(of(GUEST, number))
    first, *_ = all_of(queue, downloader)
    downloader.active.remove(first)
    assert len(all_of(queue, downloader)) == 1


def test_what_has_its_reply_and_waits_to_be_tried_again_makes_room(queue, crawler, downloader):
    for number in range(6):
        queue.push(of(GUEST, number))
    first, *_ = all_of(queue, downloader)

    async def reply():
        await throttle_of(crawler).seats.take(slot_of(GUEST), first)
        throttle_of(crawler).seats.give_back(first)

    asyncio.run(reply())
    assert len(all_of(queue, downloader)) == 1


def test_an_empty_queue_gives_nothing(queue):
    assert queue.pop() is None


def test_a_slot_with_a_concurrency_of_its_own_has_as_much_room(queue, downloader):
    for number in range(5):
        queue.push(of("narrow", number))
    assert len(all_of(queue, downloader)) == 1 + WAITING
