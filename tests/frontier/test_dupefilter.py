from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from zhihu_crawler.frontier.dupefilter import FrontierDupeFilter, Memory


@pytest.fixture(scope="module")
def crawler():
    crawler = get_crawler(Spider)
    crawler._apply_settings()
    return crawler


@pytest.fixture
def dupefilter(crawler):
    return FrontierDupeFilter.from_crawler(crawler)


@pytest.mark.parametrize(
    "urls",
    [
        (
            "https://www.zhihu.com/question/19550225",
            "http://www.zhihu.com/question/19550225/",
            "https://zhihu.com/question/19550225?utm_source=qq&from=timeline",
            "https://www.zhihu.com/question/19550225#anchor",
            "https://m.zhihu.com/question/19550225?share_code=abc&utm_psn=1",
        ),
        (
            "https://www.zhihu.com/answer/12202131",
            "https://www.zhihu.com/question/19550225/answer/12202131",
            "https://www.zhihu.com/question/19550225/answer/12202131?utm_id=0",
        ),
        ("https://zhuanlan.zhihu.com/p/1", "https://www.zhihu.com/p/1", "https://zhuanlan.zhihu.com/p/1?native=1"),
        (
            "https://www.zhihu.com/people/imike",
            "https://www.zhihu.com/people/imike/",
            "https://www.zhihu.com/org/imike",
        ),
    ],
)
def test_a_thing_is_one_however_its_address_is_written(dupefilter, urls):
    assert len({dupefilter.request_fingerprint(Request(url)) for url in urls}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/2")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/collection/1")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/1?page=2")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/1?sort=created")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/1/followers")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/api/v4/questions/1")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/1", method="POST")),
        (Request("https://www.zhihu.com/question/1"), Request("https://www.zhihu.com/question/1", body=b"x")),
        (
            Request("https://www.zhihu.com/api/v4/questions/1/feeds?offset=0"),
            Request("https://www.zhihu.com/api/v4/questions/1/feeds?offset=20"),
        ),
        (Request("https://example.org/question/1"), Request("https://www.zhihu.com/question/1")),
    ],
    ids=str,
)
def test_what_is_not_the_same_is_told_apart(dupefilter, one, other):
    assert dupefilter.request_fingerprint(one) != dupefilter.request_fingerprint(other)


def test_a_mark_fits_in_64_bits_with_a_sign(dupefilter):
    marks = {dupefilter.request_fingerprint(Request(f"https://www.zhihu.com/question/{n}")) for n in range(1, 500)}
    assert len(marks) == 499
    assert all(-(2**63) <= mark < 2**63 for mark in marks)
    assert any(mark < 0 for mark in marks)


def test_another_site_is_told_apart_by_scrapys_own_fingerprint(dupefilter, crawler):
    request = Request("https://example.org/?b=1&a=2")
    expected = int.from_bytes(crawler.request_fingerprinter.fingerprint(request)[:8], "big", signed=True)
    assert dupefilter.request_fingerprint(request) == expected
    assert dupefilter.request_fingerprint(Request("https://example.org/?a=2&b=1")) == expected


def test_only_what_redis_has_is_known_to_have_been_seen(dupefilter):
    request = Request("https://www.zhihu.com/question/1")
    assert not dupefilter.request_seen(request)
    assert not dupefilter.request_seen(request)
    dupefilter.learn(dupefilter.request_fingerprint(request))
    assert dupefilter.request_seen(request)
    dupefilter.clear()
    assert not dupefilter.request_seen(request)


def test_where_marks_grow_old_only_redis_knows(crawler):
    dupefilter = FrontierDupeFilter.from_crawler(crawler, is_aging=True)
    dupefilter.learn(7)
    assert 7 not in dupefilter.memory


def test_a_memory_keeps_the_latest_and_is_bounded():
    memory = Memory(most=100)
    for mark in range(1000):
        memory.add(mark)
    assert all(mark in memory for mark in range(900, 1000))
    assert sum(mark in memory for mark in range(1000)) <= 200


def test_what_is_left_out_is_counted_as_scrapy_counts_it(dupefilter, crawler):
    before = crawler.stats.get_value("dupefilter/filtered", 0)
    dupefilter.log(Request("https://www.zhihu.com/question/1"), Spider("x"))
    dupefilter.count_filtered(3)
    dupefilter.count_filtered(0)
    assert crawler.stats.get_value("dupefilter/filtered") == before + 4


def test_an_address_that_comes_again_is_not_worked_out_again(dupefilter, monkeypatch):
    asked = []
    work_out = dupefilter._work_out
    monkeypatch.setattr(dupefilter, "_work_out", lambda request: asked.append(request) or work_out(request))
    url = "https://www.zhihu.com/people/imike"
    marks = {dupefilter.request_fingerprint(Request(url, cb_kwargs={"n": n})) for n in range(3)}
    assert (len(marks), len(asked)) == (1, 1)
    others = [
        Request(url, method="POST"),
        Request(url, body=b"x"),
        Request(f"{url}?b=1&a=2", meta={"verbatim_url": True}),
        Request(f"{url}?b=1&a=2"),
    ]
    for request in others * 2:
        marks.add(dupefilter.request_fingerprint(request))
    assert (len(marks), len(asked)) == (5, 8)


def test_a_fingerprinter_of_the_users_is_asked_each_time(dupefilter):
    class ByHeader:
        def fingerprint(self, request):
            return request.headers["X-Version"].ljust(20)

    dupefilter._fingerprinter = ByHeader()
    url = "https://example.org/"
    marks = [dupefilter.request_fingerprint(Request(url, headers={"X-Version": version})) for version in "aab"]
    assert marks[0] == marks[1] != marks[2]


def test_no_more_addresses_are_kept_than_fit(dupefilter):
    for number in range(10_500):
        dupefilter.request_fingerprint(Request(f"https://example.org/{number}"))
    assert len(dupefilter._marks) == 10_000
