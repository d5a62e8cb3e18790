"""Real crawls with sessions that the site knows, and with some that it does not."""

from __future__ import annotations

import json

import pytest

from tests.helpers.crawls import crawl
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.sessions import Cookies, State

QUESTION = "ids=23000001"
pytestmark = pytest.mark.crawl


@pytest.fixture
def walled(tmp_path):
    log = tmp_path / "asked"
    with running_sandbox("--login", "required", "--log", str(log)) as running:
        yield running, log


def known(sandbox, account, name):
    """A session that the sandbox knows."""
    cookies = [cookie | {"secure": True} for cookie in sandbox.json(f"/sandbox/login/{account}")["cookies"]]
    return make_session(name, cookies=Cookies(cookies))


def paths(log):
    return [json.loads(line)["path"] for line in log.read_text("utf-8").splitlines()]


def go(folder, sandbox, **settings):
    return crawl(folder, sandbox.origin, "question", QUESTION, ZHIHU_SESSION_DIR=str(folder / "sessions"), **settings)


def test_a_crawl_whose_sessions_have_all_expired_says_what_to_do_and_goes_on_afterwards(walled, tmp_path):
    sandbox, log = walled
    store = keep_sessions(tmp_path / "sessions", "a", "b")
    job = {"JOBDIR": str(tmp_path / "job")}
    closed = go(tmp_path, sandbox, **job)
    assert (closed.status, closed.items) == (5, {})
    assert paths(log) == ["/robots.txt", "/api/v4/me", "/api/v4/me"]
    [told] = [line for line in closed.log.splitlines() if " ERROR: " in line]
    assert "No session is logged in any more (a, b). The crawl closes, its queue stays. `scrapy login`" in told
    assert {store.load(name).state for name in ("a", "b")} == {State.EXPIRED}
    assert closed.tally["expected"] == {"question": 1}
    assert closed.tally["troubles"]["zhihu/sessions/expired"] == 2

    store.save(known(sandbox, 1, "a"))
    again = go(tmp_path, sandbox, **job)
    assert (again.status, len(set(again.ids("answer")))) == (0, 12)
    assert paths(log).count("/api/v4/me") == 3  # b is known to have expired


def test_a_crawl_goes_on_with_the_sessions_that_are_left(walled, tmp_path):
    sandbox, _ = walled
    store = keep_sessions(tmp_path / "sessions", "a", known(sandbox, 2, "b"))
    crawled = go(tmp_path, sandbox)
    assert (crawled.status, len(crawled.ids("answer"))) == (0, 12)
    assert "Session 'a' (Account a) is not logged in any more: the site does not know it." in crawled.log
    assert [store.load(name).state for name in ("a", "b")] == [State.EXPIRED, State.GOOD]
    assert store.load("b").token == "shili-t-2"


def test_a_listing_stays_on_one_session_and_everything_else_takes_turns(walled, tmp_path):
    sandbox, log = walled
    keep_sessions(tmp_path / "sessions", known(sandbox, 3, "a"), known(sandbox, 4, "b"))
    crawled = crawl(
        tmp_path,
        sandbox.origin,
        "question",
        "ids=24000001,24000002",
        "follow=authors",
        ZHIHU_SESSION_DIR=str(tmp_path / "sessions"),
    )
    assert len(crawled.ids("answer")) == 240
    asked = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    for question in ("24000001", "24000002"):
        pages = [one["session"] for one in asked if f"questions/{question}/feeds" in one["path"]]
        assert len(pages) >= 6
        assert len(set(pages)) == 1
    people = [one["session"] for one in asked if one["path"].startswith("/people/")]
    assert min(people.count(3), people.count(4)) > len(people) * 0.3


def test_guests_go_on_where_the_site_and_the_user_let_them(tmp_path):
    keep_sessions(tmp_path / "sessions", "a")
    with running_sandbox("--login", "optional") as sandbox:
        crawled = go(tmp_path, sandbox, ZHIHU_GUESTS="1")
    assert (crawled.status, len(crawled.ids("answer"))) == (0, 12)


def test_a_session_that_is_named_and_cannot_be_used_is_told_before_anything_is_asked(tmp_path):
    keep_sessions(tmp_path / "sessions", "a")
    (tmp_path / "sessions" / "a.json").chmod(0o640)
    with running_sandbox() as sandbox:
        crawled = go(tmp_path, sandbox, ZHIHU_SESSIONS="a")
        assert sandbox.stats()["kind"] == {}
    assert crawled.status == 2
    assert "a.json may be read by others (mode 0640)" in crawled.log
    assert "Traceback" not in crawled.log
