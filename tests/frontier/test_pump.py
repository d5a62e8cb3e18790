"""The exchanges of a worker, without a Redis: what is sent again, what is said, and what ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as Unreachable
from scrapy import Request

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.frontier import pump as pump_module
from zhihu_crawler.frontier.book import Book
from zhihu_crawler.frontier.leases import Child, Lease, Root
from zhihu_crawler.frontier.link import ExpiredError, LostError, Reply, RestartedError
from zhihu_crawler.frontier.pump import Pump


class Link:
    """Answers as it is told to, then well; keeps what it was sent."""

    def __init__(self, *answers):
        self.answers, self.sent, self.resynced = list(answers), [], []

    async def exchange(self, batch, wanted):
        self.sent.append((batch.no, [page.id for page in batch.pages], [root.child.mark for root in batch.roots]))
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        return Reply(0, [], [], 0, 0, "", 0, 0)

    async def resync(self, held):
        self.resynced.append(list(held))
        return 0, []


class Owner:
    """A worker: notes what it is told."""

    def __init__(self):
        self.is_closing, self.counts, self.replies, self.stopped, self.joined, self.doubts = False, {}, 0, [], 0, 0

    def room(self):
        return 0

    def settle(self):
        """Nothing new."""

    def receive(self, reply, batch):
        self.replies += 1

    async def tend(self):
        """Nothing to do."""

    def learn(self, mark):
        """Not asked here."""

    def doubt(self):
        self.doubts += 1

    def count(self, name, more=1):
        self.counts[name] = self.counts.get(name, 0) + more

    async def join(self):
        self.joined += 1

    def stop(self, reason):
        self.stopped.append(reason)


class Bench:
    """A pump with all that it stands between."""

    def __init__(self, *answers, **config):
        self.link, self.owner, self.book = Link(*answers), Owner(), Book()
        url = "redis://:hunter2@box:6379/0"
        self.pump = Pump(self.link, self.book, FrontierConfig(url=url, flush=0.001, **config), self.owner)

    def finish_page(self, id_):
        self.book.receive(Lease(id_, Request(f"https://a.example/{id_}")))
        self.book.begin()
        self.book.finish(set())

    async def until(self, holds):
        async with asyncio.timeout(5):
            while not holds():
                self.pump.wake()
                await asyncio.sleep(0.001)


def root(mark=1):
    return Root(Child("new", mark, 0, b"{}"))


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(pump_module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(pump_module, "_LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(pump_module, "CLOSE_SECONDS", 0.1)

    def run(work, *answers, **config):
        async def main():
            bench = Bench(*answers, **config)
            bench.pump.start()
            try:
                await work(bench)
            finally:
                with contextlib.suppress(Exception):
                    await bench.pump.end()
            return bench

        return asyncio.run(main())

    return run


def test_what_is_done_goes_once_and_in_order(run):
    async def work(bench):
        bench.finish_page("1")
        await bench.until(lambda: bench.owner.replies)
        bench.finish_page("2")
        bench.book.add(None, root(7))

    sent = [one for one in run(work).link.sent if one[1] or one[2]]
    assert [pages for _, pages, _ in sent] == [["1"], ["2"]]
    assert sent[1][2] == [7]


@pytest.mark.parametrize("error", [Unreachable("away"), TimeoutError(), ConnectionResetError()])
def test_what_was_not_answered_is_sent_again_under_its_number(run, error, caplog):
    async def work(bench):
        bench.finish_page("1")
        await bench.until(lambda: bench.owner.replies)

    with caplog.at_level(logging.INFO):
        bench = run(work, error, error, error)
    assert bench.link.sent[:4] == [(1, ["1"], [])] * 4
    assert bench.owner.counts["outages"] == 1
    told = [record.message for record in caplog.records]
    assert [" box:6379" in told[0] or "redis://box:6379/0" in told[0], len(told)] == [True, 2]
    assert told[0].endswith("The crawl pauses, and goes on by itself")
    assert told[1].startswith("Redis answers again after ")
    assert "hunter2" not in caplog.text


def test_what_no_waiting_mends_ends_the_crawl(run, caplog):
    async def work(bench):
        await bench.until(lambda: bench.owner.stopped)

    bench = run(work, AuthenticationError("WRONGPASS"))
    assert (bench.owner.stopped, bench.pump.is_ended) == (["frontier_error"], True)
    assert "Check user and password in REDIS_URL. The crawl of this worker ends" in caplog.text


def test_a_fault_of_our_own_ends_the_crawl_and_does_not_hang_it(run, caplog):
    async def work(bench):
        await bench.until(lambda: bench.owner.stopped)

    assert run(work, ZeroDivisionError()).owner.stopped == ["frontier_error"]
    assert "The shared queue failed" in caplog.text


def test_a_queue_that_is_gone_ends_the_crawl_loudly(run, caplog):
    async def work(bench):
        await bench.until(lambda: bench.owner.stopped)

    bench = run(work, LostError("the queue of 'q' did not outlive a restart of Redis, or a failover"))
    assert (bench.owner.stopped, bench.owner.counts["lost"]) == (["frontier_lost"], 1)
    assert "what waited there is lost to this crawl, which is not at its end" in caplog.text


def test_after_a_restart_they_agree_first_and_then_the_same_is_sent_again(run):
    async def work(bench):
        bench.book.receive(Lease("9", Request("https://a.example/9")))
        bench.finish_page("1")
        await bench.until(lambda: bench.owner.replies)

    bench = run(work, RestartedError("restarted"))
    assert bench.link.resynced == [["9", "1"]]
    assert bench.link.sent[0] == bench.link.sent[1]
    assert (bench.owner.doubts, bench.owner.counts["restarts"]) == (1, 1)


def test_a_worker_that_was_given_up_lets_go_joins_anew_and_keeps_what_had_no_page(run):
    async def work(bench):
        bench.finish_page("1")
        bench.book.add(None, root(7))
        await bench.until(lambda: bench.owner.replies)

    bench = run(work, ExpiredError("given up"))
    assert bench.link.sent[:2] == [(1, ["1"], [7]), (1, [], [7])]
    assert (bench.owner.joined, bench.pump.generation) == (1, 1)


def test_who_finds_too_much_waits_until_redis_has_it(run):
    got = []

    async def work(bench):
        for mark in range(200):
            bench.book.add(None, root(mark))
        got.append(bench.owner.replies)
        got.append(await bench.pump.wait_for_room())
        got.append(bench.book.size)

    run(work, Unreachable("away"), buffer=100)
    assert got == [0, True, 0]


def test_who_waits_for_room_is_let_go_when_the_worker_ends(run):
    got = []

    async def work(bench):
        for mark in range(200):
            bench.book.add(None, root(mark))
        got.append(await bench.pump.wait_for_room())

    run(work, LostError("gone"), buffer=100)
    assert got == [False]


def test_at_its_end_a_worker_sends_what_is_left(run):
    ended = []

    async def work(bench):
        bench.finish_page("1")
        ended.append(await bench.pump.end())

    assert [pages for _, pages, _ in run(work).link.sent if pages] == [["1"]]
    assert ended == [True]


def test_at_its_end_a_worker_waits_so_long_for_redis_and_no_longer(run):
    ended = []

    async def work(bench):
        bench.finish_page("1")
        bench.owner.is_closing = True
        async with asyncio.timeout(2):
            ended.append(await bench.pump.end())

    run(work, *[Unreachable("away")] * 10_000)
    assert ended == [False]
