"""What follows from a reply that is no page: docs/blocks.md has the table.

The rate is the retry middleware's business, which this one adds to: sessions that have expired, requests that are asked
for again, kept for the next crawl or given up, and a crawl that gets nowhere.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import CloseSpider

from zhihu_crawler import browser
from zhihu_crawler.config import BlocksConfig, ThrottleConfig
from zhihu_crawler.errors import Block, BlockedError, DamagedPageError, Meaning, OverloadedError
from zhihu_crawler.frontier.throttle.seats import BLOCKED, HELD, SITE_SLOT
from zhihu_crawler.middlewares._row import Row
from zhihu_crawler.middlewares.retry import PatientRetryMiddleware
from zhihu_crawler.middlewares.session import asks_zhihu
from zhihu_crawler.parsers.blocks import LOGGED_OUT
from zhihu_crawler.sessions import SESSION, State
from zhihu_crawler.sessions.check import CHECK
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.sessions.pool import MOVED, is_listing
from zhihu_crawler.sessions.session import utc_now
from zhihu_crawler.sessions.suspicion import Suspicion
from zhihu_crawler.signals import page_unread
from zhihu_crawler.verdict import judge

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from zhihu_crawler.errors import PageError
    from zhihu_crawler.verdict import Verdict

logger = logging.getLogger(__name__)
FETCH = "zhihu_fetch"
"""Entry of a request's ``meta``: ``"browser"`` for one that is to be fetched in a browser."""
CLOSED = "blocked"
"""Why a crawl closes that gets nowhere, or that kept requests for the next one."""
_MOMENT_SECONDS = 5.0
_CEILING, _CEILING_TRIES = "zhihu_ceiling", 2
"""Entry of ``meta``: how often a list that wants a log-in of a session was asked for again; and how often at most."""


def browser_request(request: Request, settings: BaseSettings) -> Request | None:
    """Return a request that asks again in a browser, ``None`` where there is none: then the reply is a refusal.

    The part that fetches in a browser says by its ``available`` whether it can; without that part nothing can.
    """
    is_available = getattr(browser, "available", None)
    if settings.get("ZHIHU_FETCH") != "auto" or request.meta.get(FETCH) == "browser" or is_available is None:
        return None
    if not is_available(settings):
        return None
    return request.replace(dont_filter=True, meta={**request.meta, FETCH: "browser"})


_ADVICE = {
    Block.LOGIN: " `scrapy login` logs in.",
    Block.BROWSER: " `pip install -r requirements-browser.txt` and ZHIHU_FETCH=auto read such pages in your browser.",
}


class BlocksMiddleware(PatientRetryMiddleware):
    """Retries, and what else follows from a reply that is no page."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, listening to the crawl."""
        middleware = super().from_crawler(crawler)
        middleware.set_up(crawler)
        crawler.signals.connect(middleware.idle, signal=signals.spider_idle)
        crawler.signals.connect(middleware.unread, signal=page_unread)
        return middleware

    def set_up(self, crawler: Crawler) -> None:
        """Take what a crawl has; Scrapy makes a retry middleware of settings alone."""
        self._config = BlocksConfig.from_settings(crawler.settings)
        self._pool = pool_of(crawler)
        self._suspicion = Suspicion(crawler, self._pool)
        self._row = Row(self._config.in_a_row)
        self._held_slot, self._held = HELD + token_hex(4), 0
        self._longest = timedelta(seconds=ThrottleConfig.from_settings(crawler.settings).cooldown_max)
        self._closing: asyncio.Task[None] | None = None
        self._told: set[str] = set()

    def process_request(self, request: Request) -> None:
        """Ask for what an earlier crawl kept like for anything else."""
        request.meta.pop(BLOCKED, None)
        if str(request.meta.get("download_slot", "")).startswith(HELD):
            request.meta["download_slot"] = SITE_SLOT

    async def _react(self, request: Request, response: Response, verdict: Verdict) -> Request | Response:
        if request.meta.get(CHECK) or not asks_zhihu(request):  # a check's reply is its asker's; robots.txt
            return await super()._react(request, response, verdict)
        self._note(verdict)
        if again := self._for_browser(request, verdict):
            return again
        if self._row.is_over(verdict):
            self._close(verdict)
            return self._left(request, response, verdict)
        outcome = await super()._react(request, response, verdict)
        await self._rest(request, verdict)
        if outcome is not response or request.meta.get("dont_retry"):
            return outcome
        if verdict.signal in ("need-force-login", "force-login", "truncated-content"):
            return await self._short(request, response, verdict)
        if isinstance(verdict.error, BlockedError):
            return await self._refused(request, response, verdict, verdict.error)
        return self._left(request, response, verdict) if isinstance(verdict.error, OverloadedError) else response

    def _for_browser(self, request: Request, verdict: Verdict) -> Request | None:
        is_wanted = verdict.meaning is Meaning.NEEDS_BROWSER
        return browser_request(request, self.crawler.settings) if is_wanted else None

    async def _rest(self, request: Request, verdict: Verdict) -> None:
        """Let other sessions ask while the site wants less of one, where that takes longer than a moment."""
        name, error = request.meta.get(SESSION), verdict.error
        if name is None or not isinstance(error, BlockedError) or error.block is not Block.RATE:
            return
        pause = await self._throttle.budget(name).pause()
        if pause >= _MOMENT_SECONDS:
            self._pool.limit(name, utc_now() + timedelta(seconds=pause), verdict.signal)

    async def _refused(
        self, request: Request, response: Response, verdict: Verdict, error: BlockedError
    ) -> Request | Response:
        """Ask again as somebody else, or later; at last leave it."""
        if error.block is Block.RATE:  # all its tries are over
            return self._left(request, response, verdict)
        if error.block is Block.LOGIN and await self._is_out(request, is_strong=error.signal in LOGGED_OUT):
            return _moved(request)
        if error.block is Block.ACCOUNT and (name := request.meta.get(SESSION)):
            self._pool.limit(name, utc_now() + self._longest, verdict.signal)
        if again := self._retry(request, error.reason):
            await self._wait(request)
            return again
        return self._left(request, response, verdict)

    async def _short(self, request: Request, response: Response, verdict: Verdict) -> Request | Response:
        """Ask who we are where a reply is a guest's; a list that still ends there is asked for again, twice."""
        if SESSION not in request.meta:
            return response
        if await self._is_out(request, is_strong=False):
            return _moved(request)
        if not is_listing(request) or verdict.signal == "truncated-content":
            return response
        times = request.meta.get(_CEILING, 0)
        again = self._retry(request, verdict.signal) if times < _CEILING_TRIES else None
        if again:
            again.meta[_CEILING] = times + 1
            await self._wait(request)
        return again or response

    async def _is_out(self, request: Request, *, is_strong: bool) -> bool:
        """Say whether the session of a request has expired; the site is asked."""
        name = request.meta.get(SESSION)
        return name is not None and await self._suspicion.state(name, is_strong=is_strong) is State.EXPIRED

    def _left(self, request: Request, response: Response, verdict: Verdict) -> Request | Response:
        """Keep a request for the next crawl, where one goes on with this queue; else its reply is its end."""
        if verdict.error is None:
            return response
        self._tell(verdict.error)
        meta = {name: value for name, value in request.meta.items() if name != "retry_times"}
        if self._closing and self._config.is_kept:
            return request.replace(dont_filter=True, meta={**meta, BLOCKED: verdict.signal})
        if self._config.is_own:
            self._held += 1
            self._count("kept")
            meta |= {"download_slot": self._held_slot, BLOCKED: verdict.signal}
            return request.replace(dont_filter=True, meta=meta)
        request.meta[BLOCKED] = verdict.signal
        return response

    def _tell(self, error: PageError) -> None:
        """Say what to do about a kind of refusal, once."""
        if error.reason in self._told:
            return
        self._told.add(error.reason)
        advice = _ADVICE.get(error.block, "") if isinstance(error, BlockedError) else ""
        told = "Refused to the end: %s.%s docs/blocks.md says what to do about %r."
        logger.warning(told, error, advice, error.signal)

    def _note(self, verdict: Verdict) -> None:
        """Count what a reply meant; what only a spider can tell is counted when it does."""
        if verdict.meaning is Meaning.OK:
            self._count("ok")
        elif verdict.meaning is not Meaning.UNKNOWN and not isinstance(verdict.error, DamagedPageError):
            self._count(f"{verdict.meaning}/{verdict.signal}")

    def unread(self, response: Response, error: PageError) -> None:
        """Count a page that a spider could not read, and close a crawl that reads none any more."""
        assert self.crawler.stats
        if judge(response).meaning is Meaning.OK:  # which it was counted as
            self.crawler.stats.inc_value("zhihu/replies/ok", -1)
        self._count(f"{error.meaning}/{error.signal}")
        if error.meaning is Meaning.UNKNOWN and self._row.is_over_unread(
            self.crawler.stats.get_value("zhihu/pages/ok", 0)
        ):
            self._end(f"{self._config.in_a_row} pages in a row cannot be read ({error})")

    def idle(self) -> None:
        """Close with a reason that says that the crawl is not through."""
        if self._held:
            told = "%d requests were refused to the end. They are kept: give the same command again to ask for them."
            logger.error(told, self._held)
            raise CloseSpider(CLOSED)

    def _close(self, verdict: Verdict) -> None:
        self._end(f"{self._row.refused} replies in a row were refusals, the last one: {verdict.error}")

    def _end(self, why: str) -> None:
        if self._closing is None:
            kept = (
                "its queue stays" if self._config.is_kept else "without a JOBDIR or a Redis nothing of its queue stays"
            )
            logger.error("%s. The crawl closes, %s. docs/blocks.md says what to do.", why, kept)
            assert self.crawler.engine
            closing = self.crawler.engine.close_spider_async(reason=CLOSED)
            self._closing = asyncio.get_running_loop().create_task(closing)

    def _count(self, name: str) -> None:
        assert self.crawler.stats
        self.crawler.stats.inc_value(f"zhihu/replies/{name}")


def _moved(request: Request) -> Request:
    """Return a request for whichever session is left."""
    return request.replace(dont_filter=True, meta={**request.meta, MOVED: True})
