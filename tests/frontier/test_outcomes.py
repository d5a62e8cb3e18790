"""What becomes of pages that go wrong: nothing is lost, and what needs a person is put aside with its reason."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass

import pytest
from aiohttp import web

from tests.helpers.crawls import ROOT
from tests.helpers.fleet import until
from tests.helpers.redis import running_redis
from zhihu_crawler.frontier.admin import Admin, Dead
from zhihu_crawler.frontier.link import Keys

pytestmark = pytest.mark.crawl
SPIDER = "tests/frontier/odd_spider.py"


class Server(threading.Thread):
    """Serves any path with its own text; some fail."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self.asked = Counter()
        self.released = threading.Event()

    def run(self):
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.serve())
        self.ready.set()
        self.loop.run_forever()
        self.loop.run_until_complete(self.runner.cleanup())
        self.loop.close()

    async def serve(self):
        self.runner = web.ServerRunner(web.Server(self.answer))
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def answer(self, request):
        self.asked[request.path] += 1
        if "reset" in request.path:
            request.transport.abort()
        if request.path.startswith("/moved"):
            return web.Response(status=302, headers={"Location": "/plain/moved-here"})
        while request.path.startswith("/held") and not self.released.is_set():  # noqa: ASYNC110  # set by a thread
            await asyncio.sleep(0.02)
        return web.Response(text="x", status=int(request.path[1:4]) if request.path[1:4].isdigit() else 200)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(10)


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.start()
    assert server.ready.wait(10)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis():
    with running_redis() as redis:
        yield redis


class Crawls:
    """Crawls some paths with one worker at a time."""

    def __init__(self, server, redis, folder):
        self.server, self.redis, self.folder = server, redis, folder
        self.admin = Admin(redis.client, Keys("odd"), "odd:start_urls")
        redis.client.flushall()
        server.asked.clear()

    def __call__(self, *paths, **settings):
        """Returns the paths whose items were stored, and the log."""
        process = self.start(*paths, **settings)
        _, log = process.communicate(timeout=120)
        items = (self.folder / "items").read_text().splitlines() if (self.folder / "items").exists() else []
        (self.folder / "items").unlink(missing_ok=True)
        return sorted(json.loads(item)["path"] for item in items), log

    def start(self, *paths, **settings):
        """Start a worker."""
        arguments = {"origin": self.server.origin, "folder": self.folder, "paths": ",".join(paths)}
        given = {"REDIS_URL": self.redis.url, "IDLE_SECONDS": "0.3", "ZHIHU_PROGRESS": "0"} | settings
        command = [sys.executable, "-m", "scrapy", "runspider", SPIDER]
        command += [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
        command += [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def dead(self):
        """What was put aside, by its path."""
        return {one.url.removeprefix(self.server.origin): one for one in self.admin.dead()}


@pytest.fixture
def crawl(server, redis, tmp_path):
    return Crawls(server, redis, tmp_path)


@pytest.fixture(scope="module")
def odd(server, redis, tmp_path_factory):
    """One crawl of pages that go wrong in every way, and what came of it."""
    crawl = Crawls(server, redis, tmp_path_factory.mktemp("odd"))
    faults = ("404/1", "503/1", "reset/1", "reset/leads-on", "raise/1", "refused/1", "aside/1", "set/1", "moved/1")
    items = ("item-error/2", "item-error/99", "dropped/1")
    items, log = crawl("plain/1", *faults, *items, "twice/1", "twice/1", FRONTIER_ATTEMPTS="3")
    dead, asked = crawl.dead(), Counter(server.asked)
    revived = crawl.admin.revive([dead["/raise/1"].id])
    crawl()
    return Odd(items, log, dead, asked, revived, Counter(server.asked))


@dataclass
class Odd:
    items: list[str]
    log: str
    dead: dict[str, Dead]
    asked: Counter[str]
    revived: int
    asked_after_revival: Counter[str]


def test_what_can_be_stored_is_stored_whatever_became_of_the_rest(odd):
    found = ["plain/found-before-the-fault", "plain/from-the-errback", "plain/moved-here", "plain/same"]
    own = ["plain/1", "aside/1", "dropped/1", "item-error/2", "raise/1", "set/1", "twice/1"]
    assert odd.items == sorted([*own, *found])
    assert "'finish_reason': 'finished'" in odd.log


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/503/1", "http", "HTTP 503 at the last try"),
        ("/reset/1", "download", "DownloadFailedError: "),
        ("/reset/leads-on", "download", "DownloadFailedError: "),
        ("/raise/1", "callback", "RuntimeError: the page is odd"),
        ("/refused/1", "ignored", "IgnoreRequest: not allowed"),
        ("/aside/1", "page", "it wants a log-in"),
        ("/plain/x", "unserialisable", "meta['kinds'] ({1, 2}): "),
        ("/item-error/99", "item", "OSError: the store is away"),
    ],
)
def test_what_needs_a_person_is_put_aside_with_its_reason(odd, path, kind, reason):
    assert odd.dead[path].kind == kind
    assert odd.dead[path].reason.startswith(reason)


def test_a_retry_carries_no_headers_but_those_that_its_request_came_with(odd):
    assert "User-Agent" not in odd.dead["/503/1"].payload


def test_nothing_else_is_put_aside(odd):
    assert len(odd.dead) == 8


def test_a_page_whose_item_could_not_be_stored_is_read_again_until_it_is(odd):
    assert odd.asked["/item-error/2"] == 3


def test_a_page_whose_item_neither_store_nor_disk_took_is_read_again(odd):
    assert odd.asked["/dropped/1"] == 2


def test_a_page_whose_item_cannot_be_stored_is_read_as_often_as_is_set(odd):
    assert (odd.asked["/item-error/99"], odd.dead["/item-error/99"].begun) == (3, 3)


def test_what_failed_to_download_was_tried_as_often_as_scrapy_tries(odd):
    assert odd.asked["/503/1"] == 2


def test_what_is_found_twice_is_crawled_once(odd):
    assert (odd.asked["/twice/1"], odd.asked["/plain/same"]) == (1, 1)
    assert "'dupefilter/filtered': " in odd.log


def test_what_was_put_aside_is_crawled_after_it_was_revived(odd):
    assert odd.revived == 1
    assert (odd.asked["/raise/1"], odd.asked_after_revival["/raise/1"]) == (1, 2)


def test_a_page_that_ends_the_crawl_is_read_again_by_whoever_goes_on(crawl, server):
    items, log = crawl("end/1")
    assert items == ["end/1"]
    assert "'finish_reason': 'enough'" in log
    state = crawl.admin.state()
    assert (state.waiting, state.mode, crawl.dead()) == (1, "running", {})

    _, log = crawl("end/1")  # the same start: it was made before
    assert "Joined crawl 1" in log
    assert "The start requests were pushed before" in log
    assert server.asked["/end/1"] == 2


def test_a_crawl_that_has_ended_is_followed_by_one_that_starts_anew(crawl, server):
    assert "Began crawl 1" in crawl("plain/1")[1]
    items, log = crawl("plain/1")
    assert ("Began crawl 2" in log, items) == (True, ["plain/1"])


def test_nobody_closes_while_another_works(crawl, server):
    """What it finds may be for both."""
    first = crawl.start("held/1")
    until(lambda: server.asked["/held/1"])
    second = crawl.start()
    try:
        until(lambda: len(crawl.admin.state().workers) == 2)
        time.sleep(1.5)
        assert second.poll() is None
        server.released.set()
        assert [worker.communicate(timeout=60) and worker.returncode for worker in (first, second)] == [0, 0]
        assert crawl.admin.state().mode == "finished"
    finally:
        server.released.set()
        for worker in (first, second):
            worker.kill()
            worker.communicate()


def test_thousands_of_links_of_one_page_pass_through_a_small_buffer(crawl):
    crawl("many/8000", FRONTIER_BUFFER="1000", CLOSESPIDER_PAGECOUNT="20")
    state = crawl.admin.state()
    assert crawl.dead() == {}
    assert state.counts["pushed"] == 8001
    assert state.waiting + state.counts["done"] == 8001
    assert state.seen == 4001


def test_entries_that_cannot_be_read_stall_nothing(crawl, server, redis):
    good = [b'{"v":1,"u":"%s/plain/%d","c":"parse_page"}' % (server.origin.encode(), n) for n in range(30)]
    bad = [b"\x80\x04pickle", b'{"v":9}', b'{"v":1,"u":"http://a.example","c":"parse_gone"}', b"null"] * 5
    entries = [f"{10_000 + n}:0:".encode() + payload for n, payload in enumerate([*bad, *good])]
    redis.client.zadd("{odd}:requests", {entry: -n for n, entry in enumerate(entries)})
    items, log = crawl()
    dead = list(crawl.admin.dead())
    assert len(items) == 30
    assert Counter(one.kind for one in dead) == {"unreadable": 20}
    assert "its callback 'parse_gone' is no method of the spider 'odd'" in {one.reason for one in dead}
    assert "Traceback" not in log


def test_a_redis_that_is_not_there_is_told_in_one_line(crawl):
    _, log = crawl("plain/1", REDIS_URL="redis://:hunter2@127.0.0.1:1/0", FRONTIER_LEASE_SECONDS="1")
    (line,) = [line for line in log.splitlines() if "ERROR" in line and "HTTPERROR" not in line]
    assert "Redis at redis://127.0.0.1:1/0 cannot be reached: " in line
    assert "'finish_reason': 'frontier_unreachable'" in log
    assert "hunter2" not in log
    assert "Traceback" not in log
