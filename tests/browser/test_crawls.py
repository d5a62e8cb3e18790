"""Crawls through a real Chromium against the sandbox, beside the same crawls by HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.chromium import browsers_below, chromium
from tests.helpers.crawls import crawl
from tests.helpers.http_proxy import running_proxy
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import make_session
from zhihu_crawler.sessions import Cookies, SessionStore

__all__ = ["chromium"]  # a fixture
pytestmark = [pytest.mark.crawl, pytest.mark.usefixtures("chromium")]
QUESTION, COLLECTION, USER, ANSWER = "24000001", "440000001", "shili-t-1", "1040000010000000004"
OWN = {"crawled_at"}
"""Fields that say when an item was read."""
OF_LISTINGS = {"pages"}
"""In how many replies a listing came: the site's page asks for fewer records at a time than the spider does."""


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox() as running:
        yield running


def things(crawled):
    """Items by kind and id, without what is of the reading rather than of the thing."""
    return {
        (kind, item["id"]): {
            name: value for name, value in item.items() if name not in (OWN | OF_LISTINGS if kind == "listing" else OWN)
        }
        for kind, items in crawled.items.items()
        for item in items
    }


@pytest.mark.parametrize(
    ("spider", "args", "counts"),
    [
        ("question", (f"ids={QUESTION}",), {"question": 1, "answer": 120}),
        ("collection", (f"ids={COLLECTION}",), {"collection": 1, "collection_entry": 60}),
        ("user", (f"tokens={USER}", "follow=answers,followees"), {"answer": 45, "follow": 60, "user": 61}),
        ("answer", (f"ids={ANSWER}", "follow=question,author"), {"answer": 1, "question": 1, "user": 1}),
    ],
)
def test_a_browser_gives_what_http_gives_field_by_field(sandbox, tmp_path, spider, args, counts):
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(crawl, tmp_path / "http", sandbox.origin, spider, *args)
        by_browser = crawl(tmp_path / "browser", sandbox.origin, spider, *args, ZHIHU_FETCH="browser")
        by_http = running.result()
    assert {kind: len(by_browser.items[kind]) for kind in counts} == counts
    assert things(by_browser) == things(by_http)


def test_what_asks_for_a_browser_is_asked_again_in_one_and_nothing_else(tmp_path):
    log = tmp_path / "asked"
    with running_sandbox("--challenge", "--signature", "--log", str(log)) as sandbox:
        plain = crawl(tmp_path / "plain", sandbox.origin, "question", "ids=23000001")
        asked = len(requests(log))
        crawled = crawl(tmp_path, sandbox.origin, "question", "ids=23000001", "follow=authors", ZHIHU_FETCH="auto")
        truth = sandbox.truth("question/23000001")["answers"]["ids"]
    assert (plain.ids("answer"), plain.listing["complete"]) == ([], False)
    assert "ZHIHU_FETCH=auto" in plain.log
    assert sorted(crawled.ids("answer")) == sorted(truth)
    assert crawled.listing["complete"]
    assert stat(crawled, "browser/pages") == 1
    refused = [one["path"] for one in requests(log)[asked:] if one["status"] == 403]
    assert refused == ["/question/23000001"] * 2  # HTTP, and the browser before its cookie; authors came by HTTP
    assert len(crawled.ids("user")) > 5


def test_sessions_keep_to_themselves_and_the_cookies_that_the_site_renews(tmp_path):
    log = tmp_path / "asked"
    ids = "23000001,23000002,23000003,23000004"
    wall = running_sandbox("--login", "required", "--session-renew", "3", "--log", str(log))
    with wall as sandbox, running_proxy("pr0xy-pass") as proxy:
        store = SessionStore(tmp_path / "sessions")
        store.save(known(sandbox, 3))
        store.save(known(sandbox, 4, proxy=proxy.url("four", "pr0xy-pass")))
        given = {name: store.load(name).cookies.dump() for name in store.names()}
        settings = {"ZHIHU_SESSION_DIR": str(store.directory), "ZHIHU_FETCH": "browser", "LOG_LEVEL": "DEBUG"}
        crawled = crawl(tmp_path, sandbox.origin, "question", f"ids={ids}", **settings)
        who = [whoami(sandbox, store.load(name)) for name in store.names()]
    assert [listing["complete"] for listing in crawled.items["listing"]] == [True] * 4
    assert who == ["shili-t-3", "shili-t-4"]  # by the cookies that were kept
    asked = {}
    for one in requests(log):
        if found := re.match(r"(?:/api/v4)?/questions?/(\d+)", one["path"]):
            asked.setdefault(found[1], set()).add(one["session"])
    assert all(len(accounts) == 1 for accounts in asked.values())
    assert {account for accounts in asked.values() for account in accounts} == {3, 4}
    assert {name: store.load(name).cookies.dump() for name in store.names()} != given
    assert {path for _, path in proxy.seen if path.startswith("/question/")} == {
        f"/question/{question}" for question, accounts in asked.items() if accounts == {4}
    }
    secrets = {cookie["value"] for cookies in given.values() for cookie in cookies} | {"pr0xy-pass"}
    assert not {secret for secret in secrets if secret in crawled.log}


def test_a_browser_that_is_killed_costs_nothing(tmp_path):
    ids = ["24000001", "24000002"]
    with running_sandbox() as sandbox, ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            crawl,
            tmp_path,
            sandbox.origin,
            "question",
            f"ids={','.join(ids)}",
            ZHIHU_FETCH="browser",
            LOG_LEVEL="DEBUG",
        )
        until(lambda: sandbox.stats()["kind"].get("api/questions/feeds", 0) >= 8, running)
        (browser,) = browsers_below(os.getpid())
        os.kill(browser, signal.SIGKILL)
        crawled = running.result()
        truth = [id_ for question in ids for id_ in sandbox.truth(f"question/{question}")["answers"]["ids"]]
    assert sorted(crawled.ids("answer")) == sorted(truth)
    assert [listing["complete"] for listing in crawled.items["listing"]] == [True] * 2
    assert stat(crawled, "browser/starts") == 2
    assert stat(crawled, "browser/died") == 1
    assert "Traceback" not in crawled.log
    assert browsers_below(os.getpid()) == []


def requests(log):
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def stat(crawled, name):
    return int(re.search(rf"'zhihu/{name}': (\d+)", crawled.log)[1])


def known(sandbox, account, **more):
    cookies = [cookie | {"secure": True} for cookie in sandbox.json(f"/sandbox/login/{account}")["cookies"]]
    return make_session(f"account-{account}", cookies=Cookies(cookies), **more)


def whoami(sandbox, session):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in session.cookies.dump())
    return json.loads(sandbox.fetch("/api/v4/me", Cookie=cookies))["url_token"]


def until(condition, running, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert not running.done(), running.result().log
        assert time.monotonic() < deadline
        time.sleep(0.02)
