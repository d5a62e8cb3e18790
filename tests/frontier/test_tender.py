"""A rolling restart: what an older worker cannot read waits for a newer one, and is lost on neither."""

from __future__ import annotations

import asyncio

import pytest
from scrapy import Spider

from tests.helpers.redis import running_redis
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.book import Book
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.leases import Batch, Child, Root
from zhihu_crawler.frontier.link import Keys, Link
from zhihu_crawler.frontier.queue import LeaseQueue
from zhihu_crawler.frontier.seeds import Seeds
from zhihu_crawler.frontier.tender import Tender


class Older(Spider):
    name = "q"

    def parse_page(self, response):
        """What both know."""


class Newer(Older):
    def parse_more(self, response):
        """What only the newer one knows."""


NEW = b'{"v":1,"u":"https://a.example/1","c":"parse_more"}'
NOBODYS = b'{"v":99,"u":"https://a.example/2"}'


class Worker:
    """A worker without Scrapy and without a pump."""

    def __init__(self, client, spider):
        self.book = Book()
        self.link = Link(client, Keys("q"), type(spider).__name__, lease=30, attempts=3, seen_days=0)
        self.queue = LeaseQueue(spider, "{q}:requests", self.book)
        self.tender = Tender(self.link, Seeds(self.link, "q:start_urls", 10, self.queue, hash), spider)
        self.no = 0

    async def exchange(self, *roots, wanted=9):
        self.no += 1
        batch = self.book.cut(self.no)
        batch.roots += roots
        reply = await self.link.exchange(batch, wanted)
        self.book.confirm(batch, reply.stale, lambda mark: None)
        return reply, [self.queue.receive(id_, payload) for id_, _, payload in reply.entries]


@pytest.fixture(scope="module")
def server():
    with running_redis() as server:
        yield server


def test_what_an_older_worker_cannot_read_is_crawled_by_a_newer_one(server):
    async def roll():
        async with connect(server.url) as client:
            await client.flushall()
            older, newer = Worker(client, Older()), Worker(client, Newer())
            await older.link.open({})
            _, leases = await older.exchange(Root(Child("new", 1, 0, NEW)), Root(Child("new", 2, 0, NOBODYS)), wanted=9)
            reply, _ = await older.exchange(wanted=0)
            await older.tender.tend(reply)  # it looks, and it cannot read them this time either
            assert (leases, reply.unreadable) == ([None, None], 2)
            assert (await older.exchange(wanted=0))[0].unreadable == 2

            await newer.link.open({})
            reply, _ = await newer.exchange(wanted=0)
            await newer.tender.tend(reply)
            reply, leases = await newer.exchange()
            return reply, leases

    reply, (lease,) = asyncio.run(roll())
    assert lease.request.callback.__name__ == "parse_more"
    assert reply.unreadable == 1
    (dead,) = Admin(server.client, Keys("q"), "q:start_urls").dead()
    assert (dead.kind, dead.reason) == ("unreadable", "its version is 99, this worker reads 1")


def test_a_crawl_of_many_workers_of_two_versions_loses_nothing(server):
    """Older workers put aside what newer ones push, again and again; when they are gone everything is read."""

    async def roll():
        async with connect(server.url) as client:
            await client.flushall()
            workers = [Worker(client, spider) for spider in (Older(), Newer(), Older(), Newer())]
            for worker in workers:
                await worker.link.open({})
            children = [Root(Child("new", n, 0, NEW.replace(b"/1", b"/%d" % n))) for n in range(40)]
            await workers[1].exchange(*children, wanted=0)
            read = set()
            for turn in range(20):
                for worker in workers:
                    worker.tender._looked.clear()
                    reply, leases = await worker.exchange(wanted=3)
                    await worker.tender.tend(reply)
                    read |= {lease.request.url for lease in leases if lease}
                if turn == 8:
                    for older in (workers.pop(0), workers.pop(1)):
                        await older.exchange(wanted=0)
                        await older.link.close("drained")
            return read, await client.zcard("{q}:requests")

    read, waiting = asyncio.run(roll())
    assert (len(read), waiting) == (40, 0)


def test_an_exchange_without_anything_unreadable_asks_nothing_more(server):
    async def quiet():
        async with connect(server.url) as client:
            await client.flushall()
            worker = Worker(client, Newer())
            await worker.link.open({})
            reply = await worker.link.exchange(Batch(1), 0)
            await worker.tender.tend(reply)
            return worker.tender.has_seeds

    assert not asyncio.run(quiet())
