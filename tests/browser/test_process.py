"""The browser itself, against pages that misbehave: a small server in the place of the site."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from contextlib import suppress

import pytest

from tests.helpers.chromium import chromium, drivers_below
from zhihu_crawler.browser.process import Browser
from zhihu_crawler.browser.visit import Identity, Origin, Scroll, Visit
from zhihu_crawler.config import BrowserConfig
from zhihu_crawler.endpoints import place_in_listing
from zhihu_crawler.errors import BrowserError

__all__ = ["chromium"]  # a fixture
SITE = "https://www.zhihu.com"
FEED = "/api/v4/questions/1/feeds"
LIST = """<body style="height: 300vh"><script>
let next = 0, busy = false;
addEventListener("scroll", async () => {
  if (busy) return;
  busy = true;
  await fetch(`%s?offset=${next}`);
  next += 20;
  busy = false;
});
</script>"""
PAGES = {
    "/question/1": LIST % FEED,
    "/question/hangs": "<body style='height: 300vh'><script>addEventListener('scroll', () => { while (1); })</script>",
    "/question/still": "<p>nothing comes of it</p>",
    "/pictures": '<img src="/a.png"><link rel="stylesheet" href="http://127.0.0.2:9/a.css"><p>text</p>',
    "/windows": """<script>
for (const name of ["a", "b"]) open("/cookie?" + name, name);
const line = new WebSocket(location.origin.replace("http", "ws") + "/line");
line.onclose = () => fetch("/closed");
</script>""",
    "/cookie": "<script>document.cookie = 'seen=' + navigator.userAgent + ';path=/'</script>",
}


class Server:
    """Answers with pages; ``asked`` are the heads of what was asked for."""

    def __init__(self):
        self.asked = []

    async def answer(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            path = head.split()[1]
            if path == "/silent":
                await asyncio.sleep(60)
            writer.write(self.reply(path))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the browser let go
        finally:
            writer.close()

    def reply(self, path):
        status, more, body = "200 OK", "", PAGES.get(path, "")
        if path == "/away":
            status, more = "302 Found", "Location: http://127.0.0.2:9/question/1\r\n"
        if path.startswith(FEED):
            offset = int(path.rpartition("=")[2])
            status = "403 Forbidden" if offset >= 40 else "200 OK"
            found = {"data": [offset] * 20, "paging": {"is_end": False}}
            body = json.dumps({"error": {"code": 40362}} if offset >= 40 else found)
        kind = "application/json" if path.startswith("/api/") else "text/html"
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{more}"
        )
        return f"{head}\r\n{body}".encode()

    def paths(self):
        return [head.split()[1] for head in self.asked]


async def yes():
    return True


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def server(runner):
    answering = Server()
    listening = runner.run(_listen(answering))
    yield answering
    listening.close()


async def _listen(answering):
    server = await asyncio.start_server(answering.answer, "127.0.0.1", 0)
    answering.origin = Origin(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    return server


@pytest.fixture(scope="module")
def opened(runner, server, chromium):
    """A browser that two patient seconds are enough for."""
    counts = Counter()
    config = BrowserConfig(pages=2, recycle=1000, wait=2, timeout=3)
    browser = Browser(config, chromium, server.origin, lambda name, more=1: counts.update({name: more}))
    yield browser, counts
    runner.run(browser.close())


def asking(path, name="a", scroll=None, wanted=None, **more):
    identity = Identity(name=name, **({"user_agent": f"agent-{name}"} | more))
    return Visit(url=SITE + path, identity=identity, scroll=scroll, wanted=wanted)


@pytest.fixture
def visit(runner, opened, server):
    def go(path, may_ask=yes, **more):
        server.asked.clear()
        return runner.run(opened[0].visit(asking(path, **more), may_ask))

    return go


def answers(most=None):
    return Scroll(kind="question", name="answers", most=most)


def test_a_page_comes_as_the_server_sent_it(visit):
    visited = visit("/cookie")
    assert (visited.reply.url, visited.reply.status) == (f"{SITE}/cookie", 200)
    assert visited.reply.body.decode() == PAGES["/cookie"]
    assert dict(visited.reply.headers)["content-type"] == "text/html"


@pytest.mark.parametrize(("most", "records"), [(20, 20), (21, 40), (0, 0)])
def test_a_page_is_scrolled_as_far_as_it_is_wanted(visit, most, records):
    visited = visit("/question/1", scroll=answers(most))
    assert sum(len(json.loads(reply.body)["data"]) for reply in visited.replies.values()) == records
    assert not visited.is_full


def test_a_refusal_ends_the_scrolling_and_is_no_reply_of_the_listing(visit, server):
    visited = visit("/question/1", scroll=answers())
    assert [place[5] for place in visited.replies] == ["0", "20"]
    assert server.paths()[-1] == f"{FEED}?offset=40"


def test_what_was_wanted_is_picked_out_and_what_the_page_did_not_ask_for_is_opened_itself(visit, server):
    wanted = f"{SITE}{FEED}?limit=20&offset=20"
    visited = visit("/question/1", scroll=answers(20), wanted=wanted)
    assert (visited.reply.url, json.loads(visited.reply.body)["data"][0]) == (wanted, 20)
    assert list(visited.replies) == [place_in_listing(f"{SITE}{FEED}?offset=0")]
    wanted = f"{SITE}{FEED}?offset=10"
    visited = visit("/question/still", scroll=answers(20), wanted=wanted)
    assert (visited.reply.url, json.loads(visited.reply.body)["data"][0]) == (wanted, 10)
    assert server.paths()[-1] == f"{FEED}?offset=10"


def test_a_page_is_not_scrolled_when_nobody_should_ask_any_longer(visit, server):
    async def no():
        return False

    assert visit("/question/1", may_ask=no, scroll=answers()).replies == {}
    with pytest.raises(BrowserError, match="the crawl closed before"):
        visit("/question/1", may_ask=no, scroll=answers(), wanted=f"{SITE}{FEED}?offset=0")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/silent", "the browser gave no page of .*/silent"),
        ("/away", "the browser gave no page|leads to"),
        ("/question/hangs", "the browser gave no page of .*/question/hangs"),
    ],
)
def test_a_page_that_does_not_come_is_an_error_and_the_next_one_comes(visit, opened, path, told):
    with pytest.raises(BrowserError, match=told):
        visit(path, scroll=answers())
    assert visit("/cookie").reply.status == 200
    assert opened[1]["starts"] == 1


def test_pictures_and_what_is_elsewhere_are_left_out(visit, server, opened):
    before = opened[1]["left_out"]
    assert visit("/pictures", scroll=answers(20)).reply.status == 200  # time for what it asks for
    assert server.paths() == ["/pictures"]
    assert opened[1]["left_out"] > before


def test_windows_and_lines_that_a_page_opens_are_shut(visit, server, opened, runner):
    assert visit("/windows", name="w", scroll=answers(20)).reply.status == 200  # time for its script
    (context,) = [one.context for name, one in opened[0]._running.contexts.items() if name == "w"]
    assert context.pages == []
    assert "/line" not in server.paths()
    assert "/closed" in server.paths()


def test_cookies_of_two_never_mix(visit, server):
    visit("/cookie", name="one", user_agent="same", cookies={"z_c0": "secret-one"})
    news = {cookie["name"] for cookie in visit("/cookie", name="two", user_agent="same").cookies}
    assert news == {"seen"}
    assert not any("secret-one" in head for head in server.asked)
    visit("/still", name="one", user_agent="same", cookies={"z_c0": "secret-one"})
    assert any("z_c0=secret-one" in head and "seen=same" in head for head in server.asked)


def test_new_cookies_are_told_once(visit):
    def news(**more):
        return [cookie["name"] for cookie in visit("/cookie", name="new", **more).cookies]

    assert (news(), news()) == (["seen"], [])
    assert news(user_agent="another") == ["seen"]  # another context


def test_a_browser_that_showed_enough_pages_is_started_anew(runner, server, chromium):
    counts = Counter()
    config = BrowserConfig(pages=2, recycle=2, wait=1, timeout=10)
    browser = Browser(config, chromium, server.origin, lambda name, more=1: counts.update({name: more}))

    async def go():
        try:
            return await asyncio.gather(*(browser.visit(asking("/cookie"), yes) for _ in range(3)))
        finally:
            await browser.close()

    assert [visited.reply.status for visited in runner.run(go())] == [200] * 3
    assert (counts["starts"], counts["recycled"], counts["died"], counts["pages"]) == (2, 1, 0, 3)


def test_a_driver_that_is_killed_is_started_again_with_its_browser(visit, opened):
    visit("/cookie")
    before = opened[1]["starts"]
    (driver,) = drivers_below(os.getpid())
    os.kill(driver, signal.SIGKILL)
    for _ in range(2):  # one that is under way, and one that finds out
        with suppress(BrowserError):
            visit("/cookie")
    assert visit("/cookie").reply.status == 200
    assert opened[1]["starts"] == before + 1


def test_a_program_that_is_no_browser_is_told(runner, server, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(BrowserError, match="the browser gave no page"):
        runner.run(Browser(BrowserConfig(), program, server.origin).visit(asking("/cookie"), yes))
