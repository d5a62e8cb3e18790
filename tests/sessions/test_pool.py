from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import timedelta

import pytest
from scrapy import Request
from scrapy.http import Response

from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.sessions import SESSION, SessionPool, State
from zhihu_crawler.sessions.roster import LOOK_SECONDS
from zhihu_crawler.sessions.session import utc_now

URL = "https://www.zhihu.com/question/1"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Made:
    """A pool, its folder, its clock and its stats."""

    def __init__(self, folder, *names):
        self.store, self.clock, self.stats = keep_sessions(folder, *names), Clock(), Counter()
        self.pool = self.another()

    def another(self):
        sessions, _ = self.store.load_all()
        return SessionPool(self.store, sessions, count=lambda name: self.stats.update([name]), clock=self.clock)

    def later(self):
        self.clock.now += LOOK_SECONDS


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "sessions", "a", "b")


def ask(pinned=None, *, listing=False):
    return Request(URL, meta={SESSION: pinned} if pinned else {}, cb_kwargs={"walk": {}} if listing else {})


def picked(pool, request):
    session = pool.pick(request)
    return session.name if session else None


def test_sessions_take_turns(made):
    requests = [ask() for _ in range(6)]
    assert [picked(made.pool, request) for request in requests] == ["a", "b", "a", "b", "a", "b"]


def test_whoever_is_less_busy_is_asked_first(made):
    requests = [ask() for _ in range(4)]
    names = [picked(made.pool, request) for request in requests]
    made.pool.done(requests[names.index("b")])
    assert picked(made.pool, ask()) == "b"
    assert picked(made.pool, ask()) == "b"  # the request before is not held by anybody: it is not under way


def test_a_request_stays_on_its_session(made):
    assert [picked(made.pool, ask("b")) for _ in range(3)] == ["b", "b", "b"]


def test_without_sessions_nobody_is_picked(tmp_path):
    pool = Made(tmp_path / "none").pool
    assert (len(pool), pool.pick(ask()), pool.usable(), pool.next_usable_in()) == (0, None, [], None)


def test_a_session_of_another_machine_is_replaced(made):
    assert picked(made.pool, ask("elsewhere", listing=True)) == "a"


def test_a_listing_moves_on_when_its_session_expires_and_this_is_recorded(made, caplog):
    made.pool.expire("a", "code 100")
    with caplog.at_level(logging.INFO):
        assert picked(made.pool, ask("a", listing=True)) == "b"
    assert made.stats["moved"] == 1
    assert "goes on as session 'b' instead of 'a', which is expired" in caplog.text


def test_a_session_expires_once_in_words_and_for_all_crawls(made, caplog):
    other = made.another()
    with caplog.at_level(logging.WARNING):
        assert made.pool.expire("a", "code 100: 请登录")
        assert not made.pool.expire("a", "code 100: 请登录")
    [told] = [record.getMessage() for record in caplog.records]
    assert told == (
        "Session 'a' (Account a) is not logged in any more: code 100: 请登录. "
        "`scrapy login --name a` renews it. Left: b."
    )
    assert made.stats["expired"] == 1
    assert made.store.load("a").state is State.EXPIRED
    made.later()
    assert [picked(other, ask("a")) for _ in range(3)] == ["b", "b", "b"]


def test_when_all_have_expired_nobody_is_picked(made):
    for name in ("a", "b"):
        made.pool.expire(name, "x")
    assert made.pool.pick(ask()) is None
    assert made.pool.next_usable_in() is None


def test_a_login_renewed_meanwhile_is_used_instead_of_expiring(made):
    made.store.save(make_session("a", z_c0="newer"))
    assert not made.pool.expire("a", "code 100")
    assert made.pool.state("a") is State.GOOD
    assert made.pool.expire("a", "code 100")  # of the new one: this is news


def test_whoever_logs_in_anew_is_back_without_a_new_crawl(made, caplog):
    made.pool.expire("a", "x")
    made.store.save(make_session("a", z_c0="newer"))
    with caplog.at_level(logging.INFO):
        made.later()
        assert {session.name for session in made.pool.usable()} == {"a", "b"}
    assert "Session 'a' (Account a) is logged in again." in caplog.text


def test_a_session_whose_file_is_removed_is_not_used_any_more(made, caplog):
    made.store.remove("a")
    made.later()
    assert picked(made.pool, ask("a")) == "b"
    assert "Session 'a' is not used any more" in caplog.text


def test_a_limited_session_keeps_its_listings_and_gives_the_rest_to_others(made):
    made.pool.limit("a", utc_now() + timedelta(hours=1), "code 40362")
    assert picked(made.pool, ask("a", listing=True)) == "a"
    assert picked(made.pool, ask("a")) == "b"
    assert [picked(made.pool, ask()) for _ in range(2)] == ["b", "b"]
    assert made.stats == Counter(limited=1)
    assert made.store.load("a").reason == "code 40362"


def test_where_all_are_limited_the_first_that_is_free_again_is_picked(made):
    made.pool.limit("a", utc_now() + timedelta(hours=2))
    made.pool.limit("b", utc_now() + timedelta(hours=1))
    assert picked(made.pool, ask()) == "b"
    assert 3590 < made.pool.next_usable_in() <= 3600


def test_a_limit_ends_by_itself_and_is_never_shortened(made):
    made.pool.limit("a", utc_now() + timedelta(hours=1))
    made.pool.limit("a", utc_now() + timedelta(minutes=1))
    assert made.pool.state("a") is State.LIMITED
    assert made.pool.get("a").until > utc_now() + timedelta(minutes=50)
    made.pool.limit("b", utc_now() - timedelta(seconds=1))
    assert made.pool.state("b") is State.GOOD


def test_the_wait_ends_with_the_limit(made):
    for name in ("a", "b"):
        made.pool.expire(name, "x") if name == "b" else made.pool.limit(name, utc_now() + timedelta(seconds=1))
    assert asyncio.run(made.pool.wait_usable())
    asyncio.run(made.pool.wait_for("a"))


def test_the_wait_ends_when_somebody_logs_in(made):
    for name in ("a", "b"):
        made.pool.expire(name, "x")

    async def log_in():
        waiting = asyncio.ensure_future(made.pool.wait_usable())
        await asyncio.sleep(0)
        made.store.save(make_session("b", z_c0="newer"))
        made.later()
        return await waiting

    assert asyncio.run(log_in())


def test_nobody_waits_for_ever(made):
    for name in ("a", "b"):
        made.pool.limit(name, utc_now() + timedelta(hours=1))
    assert not asyncio.run(made.pool.wait_usable(0))
    assert not asyncio.run(made.pool.wait_usable(is_closing=lambda: True))
    asyncio.run(made.pool.wait_for("a", is_closing=lambda: True))


def test_what_the_site_says_of_a_session_is_kept(made):
    made.pool.expire("a", "x")
    made.pool.confirm("a", account="张三", token="zhang-san")
    kept = made.store.load("a")
    assert (kept.account, kept.token, kept.state) == ("张三", "zhang-san", State.GOOD)
    assert kept.checked is not None
    made.pool.limit("a", utc_now() + timedelta(hours=1))
    made.pool.confirm("a")
    assert made.pool.state("a") is State.LIMITED  # a limit is not a log-in's affair


def set_cookies(made, *lines):
    made.pool.take_cookies("a", Response(URL, headers={"Set-Cookie": list(lines)}), ask())


def values(session):
    return {cookie["name"]: cookie["value"] for cookie in session.cookies.dump()}


def test_a_new_login_cookie_is_kept_at_once_and_any_other_at_the_end(made):
    before = made.store.stamp("a")
    set_cookies(made, "KLBRSID=1; Path=/")
    assert made.store.stamp("a") == before
    set_cookies(made, "__zse_ck=004_new; Domain=.zhihu.com; Path=/")
    assert values(made.store.load("a"))["__zse_ck"] == "004_new"
    assert made.stats["renewed_cookies"] == 1


def test_the_end_keeps_the_time_and_never_an_older_login(made):
    made.pool.pick(ask("a"))
    set_cookies(made, "KLBRSID=1; Path=/")
    made.pool.close()
    assert values(made.store.load("a"))["KLBRSID"] == "1"
    assert made.store.load("a").used is not None
    assert made.store.load("b").used is None
    made.store.save(make_session("a", z_c0="newer"))
    made.pool.close()
    assert values(made.store.load("a"))["z_c0"] == "newer"


def test_a_folder_that_cannot_be_written_costs_the_crawl_nothing(made, caplog):
    made.store.directory.chmod(0o755)  # refused
    assert made.pool.expire("a", "x")
    assert "could not be kept" in caplog.text
    assert made.pool.pick(ask()).name == "b"
