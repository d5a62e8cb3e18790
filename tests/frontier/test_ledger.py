"""What a worker hears of a listing, whose page may be another's by now."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from zhihu_crawler.frontier.codec import LEASE
from zhihu_crawler.frontier.leases import Lease
from zhihu_crawler.frontier.ledger import ListingMarks
from zhihu_crawler.frontier.link import ExpiredError

PAGE = Request("https://www.zhihu.com/x", meta={LEASE: "7"})


class Link:
    """Answers as it is told to: flags, or an error."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def known(self, ledger, marks):
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer


def known(link, leases, *, request=PAGE, is_ended=False):
    book, pump = SimpleNamespace(lease=leases.get), SimpleNamespace(is_ended=is_ended)
    return asyncio.run(ListingMarks(link, book, pump).known(request, "l", ["ka", "kb"]))


def test_what_the_ledger_has_is_told():
    assert known(Link([True, False]), {"7": Lease("7")}) == {"ka"}


@pytest.mark.parametrize("leases", [{}, {"7": Lease("7", lost=True)}])
def test_of_a_page_that_is_anothers_nothing_is_told(leases):
    assert known(Link(), leases) is None


def test_who_was_given_up_hears_of_it_before_the_ledger_of_those_who_walked_on():
    leases = {"7": Lease("7")}

    def given_up():
        leases["7"].lost = True  # as the pump does when it joins anew
        return ExpiredError("w was given up")

    assert known(Link(given_up), leases) is None


def test_a_request_of_no_lease_is_nobody_elses():
    assert known(Link([False, False]), {}, request=Request("https://www.zhihu.com/x")) == set()
    assert known(Link([False, False]), {}, request=None) == set()


def test_a_worker_that_ends_waits_no_longer():
    with pytest.raises(CloseSpider):
        known(Link(), {"7": Lease("7")}, is_ended=True)
