"""Seeds that users of scrapy-redis push: every form, every kind of key, and bad ones among them."""

from __future__ import annotations

import asyncio
import json

import pytest
from scrapy import Request, Spider

from tests.helpers.fleet import running_fleet
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import running_sandbox
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.book import Book
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.link import Keys, Link
from zhihu_crawler.frontier.queue import LeaseQueue
from zhihu_crawler.frontier.seeds import Seeds, request_of, requests_of


class Plain(Spider):
    name = "q"

    def parse_page(self, response):
        """A callback."""


class Own(Plain):
    def make_request_from_data(self, data):
        """As scrapy-redis lets a spider do."""
        return [Request(f"https://a.example/{part}") for part in data.decode().split("+") if part]


def test_an_address_is_a_seed():
    request = request_of(b" https://a.example/1\n", Plain())
    assert (request.url, request.dont_filter, request.callback) == ("https://a.example/1", True, None)


def test_an_object_says_more_of_its_request():
    seed = {
        "url": "https://a.example/?q=1&page=2",
        "method": "POST",
        "body": "x",
        "meta": {"job": "1"},
        "cb_kwargs": {"a": 1},
        "priority": 7,
        "callback": "parse_page",
        "tag": "b",
    }
    spider = Plain()
    request = request_of(json.dumps(seed).encode(), spider)
    assert (request.url, request.method, request.body) == ("https://a.example/?q=1&page=2", "POST", b"x")
    assert (request.meta, request.cb_kwargs, request.priority) == ({"job": "1", "tag": "b"}, {"a": 1}, 7)
    assert request.callback == spider.parse_page


@pytest.mark.parametrize(
    "seed", [b"", b"no address", b"{}", b'{"url": 1}', b'{"url"', b"\xff", b'{"url": "https://a.example", "meta": 1}']
)
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises((ValueError, TypeError)):
        list(requests_of(seed, Plain()))


def test_a_spider_may_read_seeds_itself():
    assert [request.url for request in requests_of(b"1+2", Own())] == ["https://a.example/1", "https://a.example/2"]


@pytest.fixture(scope="module")
def server():
    with running_redis() as server:
        yield server


@pytest.fixture
def run():
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()


@pytest.fixture
def client(server, run):
    client = connect(server.url)
    run(client.flushall())
    yield client
    run(client.aclose())


class Taker:
    """A worker without Scrapy."""

    def __init__(self, client, run, name, spider=Own):
        self.run, self.book = run, Book()
        self.link = Link(client, Keys("q"), name, lease=30, attempts=3, seen_days=0)
        queue = LeaseQueue(spider(), "{q}:requests", self.book)
        self.seeds = Seeds(self.link, "q:start_urls", 10, queue, lambda request: hash(request.url))
        self.no = 0
        run(self.link.open({}))

    def take(self):
        return self.run(self.seeds.take())

    def exchange(self, wanted=0):
        self.no += 1
        batch = self.book.cut(self.no)
        reply = self.run(self.link.exchange(batch, wanted))
        self.seeds.confirm(batch.roots)
        return [json.loads(payload)["u"][-1] for *_, payload in reply.entries]


@pytest.fixture
def taker(client, run):
    return lambda name="w", **more: Taker(client, run, name, **more)


@pytest.mark.parametrize(
    ("push", "order"),
    [
        (lambda client: client.rpush("q:start_urls", "1", "2", "3"), "123"),
        (lambda client: client.lpush("q:start_urls", "1", "2", "3"), "321"),
        (lambda client: client.zadd("q:start_urls", {"1": 1, "2": 9, "3": 5}), "231"),
        (lambda client: client.sadd("q:start_urls", "1", "2", "3"), None),
    ],
    ids=["list", "list, pushed left", "sorted set", "set"],
)
def test_a_list_a_set_or_a_sorted_set_is_read_in_its_order(client, run, taker, push, order):
    run(push(client))
    worker = taker()
    assert worker.take() == 3
    assert worker.take() == 0  # one batch after the other
    got = worker.exchange(9)
    assert (got == list(order)) if order else (sorted(got) == list("123"))
    assert worker.take() == 0
    assert not run(worker.seeds.left())


def test_a_seed_is_crawled_again_when_it_is_pushed_again_and_counts_as_seen(client, run, taker):
    worker = taker()
    for _ in range(2):
        run(client.rpush("q:start_urls", "1"))
        worker.take()
        assert worker.exchange(9) == ["1"]
    assert run(client.hget("{q}:dupefilter:1", "count")) == b"1"


def test_a_bad_seed_harms_no_neighbour(client, run, taker, server):
    run(client.rpush("q:start_urls", "1", "+", "2", b"\xff"))
    worker = taker()
    worker.take()
    assert worker.exchange(9) == ["1", "2"]
    with server.client as blocking:
        dead = {one.payload: one.reason for one in Admin(blocking, Keys("q"), "q:start_urls").dead()}
    assert dead["+"] == "the spider makes no request of it"
    assert len(dead) == 2


def test_seeds_that_a_dead_worker_claimed_go_back_to_where_they_were(client, run, taker):
    run(client.rpush("q:start_urls", "1", "2", "3"))
    dead, living = taker("dead"), taker("living")
    assert dead.take() == 3
    assert living.take() == 0
    assert run(living.seeds.left())
    assert run(living.seeds.rescue()) == 0
    run(client.zadd("{q}:workers", {dead.link.worker: 1}))
    living.exchange()
    assert run(living.seeds.rescue()) == 3
    assert run(client.lrange("q:start_urls", 0, -1)) == [b"1", b"2", b"3"]


def test_seeds_that_were_pushed_before_their_worker_died_are_not_pushed_again(client, run, taker):
    run(client.rpush("q:start_urls", "1", "2"))
    dead, living = taker("dead"), taker("living")
    dead.take()
    dead.exchange()
    run(client.zadd("{q}:workers", {dead.link.worker: 1}))
    living.exchange()
    assert run(living.seeds.rescue()) == 0
    assert not run(living.seeds.left())
    assert sorted(living.exchange(9)) == ["1", "2"]


def test_at_most_a_batch_is_taken_at_once(client, run, taker):
    run(client.rpush("q:start_urls", *map(str, range(25))))
    worker = taker()
    taken = []
    while count := worker.take():
        taken.append(count)
        worker.exchange()
    assert taken == [10, 10, 5]


@pytest.mark.crawl
def test_workers_without_arguments_crawl_what_is_pushed_by_scrapy_redis_users(server, tmp_path):
    pushed = {
        "question": (
            "rpush",
            "23000001",
            "https://www.zhihu.com/question/22000001?utm_source=x",
            "no question",
            "null",
        ),
        "collection": ("sadd", '{"url": "https://www.zhihu.com/collection/430000001", "meta": {"job": 7}}', "[1]"),
        "user": ("zadd", {"shili-e-1": 1, '{"token": "shili-e-2", "priority": 9, "tag": "x"}': 2, '{"id": ""}': 3}),
    }
    with running_sandbox() as sandbox, server.client as client:
        client.flushall()
        workers = []
        for spider, (how, *seeds) in pushed.items():
            getattr(client, how)(f"{spider}:start_urls", *seeds)
            folder = tmp_path / spider
            folder.mkdir()
            workers.append(running_fleet(folder, server.url, sandbox.origin, spider, IDLE_SECONDS="0.5"))
        fleets = [worker.__enter__() for worker in workers]
        try:
            for fleet in fleets:
                fleet.start()
            assert [fleet.wait() for fleet in fleets] == [[0], [0], [0]], [fleet.logs() for fleet in fleets]
        finally:
            for worker in workers:
                worker.__exit__(None, None, None)
        got = {(item["kind"], item["id"]) for fleet in fleets for item in map(json.loads, fleet.items())}
        dead = {
            spider: sorted(one.payload for one in Admin(client, Keys(spider), f"{spider}:start_urls").dead())
            for spider in pushed
        }
    assert {("question", "23000001"), ("question", "22000001"), ("collection", "430000001")} <= got
    assert {item.get("url_token") for item in map(json.loads, fleets[2].items())} >= {"shili-e-1", "shili-e-2"}
    assert dead == {"question": ["no question", "null"], "collection": ["[1]"], "user": ['{"id": ""}']}
