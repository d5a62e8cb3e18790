"""What follows from a reply that is no page: who is asked for again, kept or given up, and when the crawl ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.helpers.sessions import keep_sessions
from zhihu_crawler import browser
from zhihu_crawler.errors import LayoutUnknownError, SiteError
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.seats import BLOCKED, HELD, SITE_SLOT
from zhihu_crawler.middlewares import blocks
from zhihu_crawler.middlewares.blocks import BlocksMiddleware, browser_request
from zhihu_crawler.middlewares.redirect import WallRedirectMiddleware
from zhihu_crawler.sessions import SESSION, State
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.sessions.pool import MOVED

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

URL = "https://www.zhihu.com/question/1"
LIST = "https://www.zhihu.com/api/v4/questions/1/feeds"
GOOD = b'{"data": [{"type": "answer"}], "paging": {"is_end": true}}'
CEILING = b'{"data": [], "paging": {"is_end": true, "need_force_login": true}}'
CUT = b'{"type": "answer", "content": "x", "content_need_truncated": true}'


def refusal(code: int) -> bytes:
    return b'{"error": {"code": %d, "message": "x"}}' % code


class Site:
    """Answers what the crawl asks about its sessions; remembers what was asked, and why the crawl was closed."""

    def __init__(self, status: int = 200, body: bytes = b'{"id": "1", "url_token": "li-bai", "name": "x"}') -> None:
        self.status, self.body = status, body
        self.asked: list[str] = []
        self.reasons: list[str] = []
        self._slot = SimpleNamespace(closing=None)

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request.meta[SESSION])
        return Response(request.url, status=self.status, body=self.body)

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)


def make(tmp_path: Path, *, site: Site | None = None, **settings: Any) -> Crawler:
    keep_sessions(tmp_path / "sessions", "a", "b")
    given = {
        "ZHIHU_ORIGIN": "http://127.0.0.1:1",
        "ZHIHU_SESSION_DIR": str(tmp_path / "sessions"),
        "ZHIHU_SESSIONS": "a,b",
    }
    given |= {"RETRY_TIMES": 2, "RETRY_EXCEPTIONS_DELAY": 0.0, "ZHIHU_BLOCKS_IN_A_ROW": 3}
    crawler = get_crawler(settings_dict=given | settings)
    crawler.spider = crawler._create_spider("question")
    crawler.engine = site or Site()
    return crawler


def react(middleware: BlocksMiddleware, *replies: tuple[int, bytes], request: Request | None = None) -> list[Any]:
    """Give replies to a middleware, each to the request that came of the one before."""

    async def main() -> list[Any]:
        asked, outcomes = request or Request(URL), []
        for status, body in replies:
            middleware.process_request(asked)
            outcome = await middleware.process_response(asked, Response(asked.url, status=status, body=body))
            outcomes.append(outcome)
            asked = outcome if isinstance(outcome, Request) else asked
        await asyncio.sleep(0)
        return outcomes

    return asyncio.run(main())


def stats(crawler: Crawler, prefix: str = "zhihu/replies/") -> dict[str, Any]:
    assert crawler.stats
    found = crawler.stats.get_stats().items()
    return {name.removeprefix(prefix): value for name, value in found if name.startswith(prefix)}


@pytest.mark.parametrize("code", [40352, 10003, 40353, 602, 120017, 40362])
def test_a_refused_request_is_asked_for_again_a_few_times_and_then_its_reply_is_its_end(tmp_path: Path, code: int):
    crawler = make(tmp_path, ZHIHU_BLOCKS_IN_A_ROW=0)
    first, second, last = react(BlocksMiddleware.from_crawler(crawler), *[(403, refusal(code))] * 3)
    assert [first.meta["retry_times"], second.meta["retry_times"]] == [1, 2]
    assert first.dont_filter
    assert isinstance(last, Response)
    assert sum(value for name, value in stats(crawler).items() if name.endswith(f"/code-{code}")) == 3


def test_the_reply_that_is_the_end_carries_the_signal(tmp_path: Path):
    request = Request(URL)
    crawler = make(tmp_path, RETRY_TIMES=0)
    [reply] = react(BlocksMiddleware.from_crawler(crawler), (403, refusal(10003)), request=request)
    assert (reply.status, request.meta[BLOCKED]) == (403, "code-10003")
    [good] = react(BlocksMiddleware.from_crawler(crawler), (200, GOOD), request=request)
    assert BLOCKED not in request.meta
    assert good.status == 200


def test_with_a_jobdir_it_is_kept_for_the_next_crawl_and_the_crawl_does_not_end_as_if_it_were_through(tmp_path: Path):
    crawler = make(tmp_path, RETRY_TIMES=1, JOBDIR=str(tmp_path / "job"))
    middleware = BlocksMiddleware.from_crawler(crawler)
    middleware.idle()
    request = Request(URL, cb_kwargs={"walk": {"pages": 3}})
    _, kept = react(middleware, *[(403, refusal(40353))] * 2, request=request)
    assert isinstance(kept, Request)
    assert kept.meta["download_slot"].startswith(HELD)
    assert (kept.dont_filter, kept.cb_kwargs, "retry_times" in kept.meta) == (True, {"walk": {"pages": 3}}, False)
    with pytest.raises(CloseSpider) as ending:
        middleware.idle()
    assert ending.value.reason == "blocked"
    assert stats(crawler)["kept"] == 1
    BlocksMiddleware.from_crawler(make(tmp_path)).process_request(kept)
    assert (kept.meta["download_slot"], BLOCKED in kept.meta) == (SITE_SLOT, False)


def test_too_many_refusals_in_a_row_close_the_crawl_and_the_request_stays_in_its_queue(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    site = Site()
    crawler = make(tmp_path, site=site, JOBDIR=str(tmp_path / "job"))
    outcomes = react(BlocksMiddleware.from_crawler(crawler), *[(403, refusal(40352))] * 3)
    assert site.reasons == ["blocked"]
    assert isinstance(outcomes[-1], Request)
    assert outcomes[-1].meta[BLOCKED] == "code-40352"
    assert not outcomes[-1].meta.get("download_slot", "").startswith(HELD)
    assert "3 replies in a row were refusals, the last one: code 40352" in caplog.text
    assert "its queue stays" in caplog.text


@pytest.mark.parametrize(
    ("between", "is_closed"),
    [
        ((200, GOOD), False),
        ((404, b""), False),
        ((200, CUT), False),
        ((200, "<html>你似乎来到了没有知识存在的荒原</html>".encode()), True),
        ((503, b""), True),
        ((200, b"what is this"), True),
    ],
)
def test_only_what_the_site_gives_ends_a_row(tmp_path: Path, between: tuple[int, bytes], is_closed: bool):
    site = Site()
    middleware = BlocksMiddleware.from_crawler(make(tmp_path, site=site, RETRY_TIMES=9))
    react(middleware, (403, refusal(40352)), (403, refusal(10003)), between, (403, refusal(40352)))
    assert site.reasons == (["blocked"] if is_closed else [])


def test_pages_that_nobody_can_read_have_a_row_of_their_own(tmp_path: Path):
    site = Site()
    crawler = make(tmp_path, site=site)
    middleware = BlocksMiddleware.from_crawler(crawler)

    async def main() -> None:
        for is_read in (False, False, True, False, False, False):
            if is_read:
                crawler.stats.inc_value("zhihu/pages/ok")
            else:
                assert site.reasons == []
                middleware.unread(Response(URL, body=b"new"), LayoutUnknownError("a new one"))
        await asyncio.sleep(0)

    asyncio.run(main())
    assert site.reasons == ["blocked"]
    assert stats(crawler)["unknown/layoutunknown"] == 5


def asks(**meta: Any) -> Request:
    return Request(LIST, meta={SESSION: "a", "zhihu_budget": "a"} | meta, cb_kwargs={"walk": {}})


LOGGED_OUT = Site(401, refusal(100))


@pytest.mark.parametrize(
    ("status", "body"), [(401, refusal(100)), (403, refusal(40353)), (401, b""), (200, CEILING), (200, CUT)]
)
def test_a_session_that_the_site_does_not_know_any_more_hands_its_request_on(tmp_path: Path, status: int, body: bytes):
    site = Site(401, refusal(100))
    crawler = make(tmp_path, site=site)
    [moved] = react(BlocksMiddleware.from_crawler(crawler), (status, body), request=asks())
    assert site.asked == ["a"]
    assert [pool_of(crawler).state(name) for name in "ab"] == [State.EXPIRED, State.GOOD]
    assert (moved.meta[MOVED], "retry_times" in moved.meta) == (True, False)


def test_a_session_that_the_site_knows_is_asked_about_once_however_many_things_are_for_few(tmp_path: Path):
    site = Site()
    crawler = make(tmp_path, site=site, ZHIHU_BLOCKS_IN_A_ROW=0, RETRY_TIMES=9)
    [*outcomes] = react(BlocksMiddleware.from_crawler(crawler), *[(403, refusal(40353))] * 5, request=asks())
    assert site.asked == ["a"]
    assert [one.meta["retry_times"] for one in outcomes] == [1, 2, 3, 4, 5]


def test_a_session_of_which_the_site_says_that_nobody_is_logged_in_is_asked_about_each_time(tmp_path: Path):
    site = Site()
    crawler = make(tmp_path, site=site, ZHIHU_BLOCKS_IN_A_ROW=0)
    react(BlocksMiddleware.from_crawler(crawler), *[(401, refusal(101))] * 2, request=asks())
    assert site.asked == ["a", "a"]


def test_many_replies_at_once_ask_about_their_session_once(tmp_path: Path):
    site = Site(401, refusal(100))
    middleware = BlocksMiddleware.from_crawler(make(tmp_path, site=site, ZHIHU_BLOCKS_IN_A_ROW=0))

    async def main() -> list[Any]:
        reply = Response(LIST, status=401, body=refusal(100))
        return await asyncio.gather(*(middleware.process_response(asks(), reply) for _ in range(8)))

    assert all(one.meta[MOVED] for one in asyncio.run(main()))
    assert site.asked == ["a"]


def test_an_account_that_is_restricted_rests(tmp_path: Path):
    crawler = make(tmp_path)
    react(BlocksMiddleware.from_crawler(crawler), (403, refusal(120017)), request=asks())
    assert [pool_of(crawler).state(name) for name in "ab"] == [State.LIMITED, State.GOOD]


@pytest.mark.parametrize(("cooldown", "state"), [(60, State.LIMITED), (1, State.GOOD)])
def test_a_session_that_is_told_to_wait_lets_others_ask_meanwhile(tmp_path: Path, cooldown: int, state: State):
    crawler = make(tmp_path, ZHIHU_COOLDOWN=cooldown)
    [again] = react(BlocksMiddleware.from_crawler(crawler), (403, refusal(40362)), request=asks())
    assert [pool_of(crawler).state(name) for name in "ab"] == [state, State.GOOD]
    assert again.meta["retry_times"] == 1


def test_a_list_that_wants_a_login_of_a_session_is_asked_for_again_twice_and_then_taken_as_it_is(tmp_path: Path):
    crawler = make(tmp_path, RETRY_TIMES=9)
    *again, last = react(BlocksMiddleware.from_crawler(crawler), *[(200, CEILING)] * 3, request=asks())
    assert [one.meta["retry_times"] for one in again] == [1, 2]
    assert isinstance(last, Response)
    assert stats(crawler) == {"incomplete/need-force-login": 3}


@pytest.mark.parametrize("body", [CEILING, CUT])
def test_what_a_guest_is_not_shown_is_taken_as_it_is(tmp_path: Path, body: bytes):
    crawler = make(tmp_path, ZHIHU_SESSIONS="none")
    [reply] = react(BlocksMiddleware.from_crawler(crawler), (200, body), request=Request(LIST, cb_kwargs={"walk": {}}))
    assert isinstance(reply, Response)


@pytest.mark.parametrize("url", ["https://www.zhihu.com/robots.txt", "https://example.org/"])
def test_what_is_not_asked_of_zhihu_is_not_judged(tmp_path: Path, url: str):
    crawler = make(tmp_path)
    react(BlocksMiddleware.from_crawler(crawler), (403, b""), request=Request(url))
    assert stats(crawler) == {}


def test_a_kind_of_refusal_is_told_once_with_what_to_do(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    crawler = make(tmp_path, RETRY_TIMES=0, ZHIHU_BLOCKS_IN_A_ROW=0)
    react(BlocksMiddleware.from_crawler(crawler), (403, refusal(10003)), (403, refusal(40352)), (403, refusal(40353)))
    told = [record.getMessage() for record in caplog.records if record.name == blocks.__name__]
    assert len(told) == 2
    assert "requirements-browser.txt" in told[0]
    assert "scrapy login" in told[1]


@pytest.mark.parametrize(
    ("fetch", "before", "expected"), [("auto", None, True), ("http", None, False), ("auto", "browser", False)]
)
@pytest.mark.parametrize("is_there", [True, False])
def test_what_needs_a_browser_is_asked_for_in_one_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool, *, fetch: str, before: str | None, expected: bool
):
    monkeypatch.setattr(browser, "available", lambda settings: is_there, raising=False)
    crawler = make(tmp_path, ZHIHU_FETCH=fetch)
    request = Request(URL, meta={"zhihu_fetch": before} if before else {})
    [again] = react(BlocksMiddleware.from_crawler(crawler), (403, refusal(10003)), request=request)
    assert ("retry_times" not in again.meta) is (expected and is_there)
    assert (crawler.stats.get_value("zhihu/replies/needs-browser/code-10003"), BLOCKED in request.meta) == (1, False)
    assert again.meta.get("zhihu_fetch") == ("browser" if (expected and is_there) or before else None)


def test_without_the_part_that_fetches_in_a_browser_nothing_is_asked_for_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr(browser, "available", raising=False)
    assert browser_request(Request(URL), make(tmp_path, ZHIHU_FETCH="auto").settings) is None


@pytest.mark.parametrize(
    ("location", "is_followed"),
    [
        ("/signin?next=%2Fquestion%2F1", False),
        ("https://www.zhihu.com/account/unhuman?type=S6E3V1", False),
        ("https://www.zhihu.com/", False),
        ("/question/2", True),
        ("https://www.zhihu.com/question/1/answer/2", True),
    ],
)
def test_a_redirect_to_a_wall_is_the_reply_of_the_request_that_met_it(tmp_path: Path, location: str, is_followed: bool):
    middleware = WallRedirectMiddleware.from_crawler(make(tmp_path))
    reply = Response(URL, status=302, headers={"Location": location})
    outcome = middleware.process_response(Request(URL), reply)
    assert isinstance(outcome, Request) is is_followed
    assert is_followed or outcome is reply


def test_an_unknown_error_of_the_site_is_the_spiders_business(tmp_path: Path):
    crawler = make(tmp_path)
    middleware = BlocksMiddleware.from_crawler(crawler)
    [reply] = react(middleware, (200, refusal(5000)))
    assert isinstance(reply, Response)
    assert stats(crawler) == {}
    middleware.unread(reply, SiteError("code 5000", code=5000, signal="code-5000"))
    assert stats(crawler) == {"unknown/code-5000": 1}


def test_a_page_that_only_a_spider_finds_unreadable_is_counted_once(tmp_path: Path):
    crawler = make(tmp_path)
    middleware = BlocksMiddleware.from_crawler(crawler)
    [reply] = react(middleware, (200, b"<html><body>new</body></html>"))
    middleware.unread(reply, LayoutUnknownError("a new one"))
    assert stats(crawler) == {"ok": 0, "unknown/layoutunknown": 1}


def test_the_throttle_hears_of_a_refusal_as_before(tmp_path: Path):
    crawler = make(tmp_path, ZHIHU_RATE=10, ZHIHU_COOLDOWN=5)
    react(BlocksMiddleware.from_crawler(crawler), (429, b""))
    assert asyncio.run(throttle_of(crawler).state())[0].reason == "429"
