"""Retries that wait: all of the crawl where the site asks for it, else the one request, longer each time."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, Self

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.utils.response import response_status_message

from zhihu_crawler.errors import Block, BlockedError, GoneError, PageError
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.seats import budget_of
from zhihu_crawler.payload import read_page

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from zhihu_crawler.frontier.throttle import Throttle

LONGEST_WAIT_SECONDS = 600.0
"""A page that fails for longer is better left alone: it is tried after this, and then given up."""
_SMALL = 20_000
"""Refusals that come as 200 are small; a reply that is larger is not read twice."""


class Verdict(Enum):
    """What a reply says of how often the site is asked."""

    GOOD = "good"
    SILENT = "silent"
    """Nothing: a redirect, a login wall, a page that wants a browser."""
    STRAINED = "strained"
    """A server in trouble: slower."""
    REFUSED = "refused"
    """Too often: everybody stops."""


class PatientRetryMiddleware(RetryMiddleware):
    """Scrapy's retries. What the site says about the rate goes to the throttle, and holds for all workers.

    A refusal (429, or Zhihu's code 40362 in any reply) pauses everybody, and the request waits for its turn like all
    others. A server's error slows everybody down; that request alone waits for RETRY_EXCEPTIONS_DELAY doubled per try,
    unless the site names a time, which then is everybody's. So does a request that got no reply.
    """

    _throttle: Throttle

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._first_wait = settings.getfloat("RETRY_EXCEPTIONS_DELAY", 1.0)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, with the crawl's throttle."""
        middleware = super().from_crawler(crawler)
        middleware._throttle = throttle_of(crawler)  # noqa: SLF001  # our own; Scrapy gives the crawler in the same way
        return middleware

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either kind
        """Tell the throttle, and schedule again what may be tried again."""
        if "cached" in response.flags:
            return response
        verdict, reason = judge(response, self.retry_http_codes)
        if verdict in (Verdict.STRAINED, Verdict.REFUSED):
            return await self._again(request, response, verdict, reason)
        if verdict is Verdict.GOOD and (permit := self._throttle.permit_of(request)):
            await self._throttle.note_good(permit)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]  # as above
        """Schedule a failed download again, after its pause."""
        outcome = super().process_exception(request, exception)
        if outcome is not None:
            await self._wait(request)
        return outcome

    async def _again(self, request: Request, response: Response, verdict: Verdict, reason: str) -> Request | Response:
        """Tell the throttle, and return the request for another try, or the reply after the last one."""
        asked, permit = retry_after(response), self._throttle.permit_of(request)
        is_refused = verdict is Verdict.REFUSED
        tell = self._throttle.brake if is_refused else self._throttle.slow_down
        await tell(budget_of(request.meta), reason, retry_after=asked, permit=permit)
        if request.meta.get("dont_retry", False):
            return response
        again = self._retry(request, f"refused: {reason}" if is_refused else response_status_message(response.status))
        if again and not is_refused and asked is None:
            await self._wait(request)
        return again or response

    async def _wait(self, request: Request) -> None:
        doubled = self._first_wait * 2 ** request.meta.get("retry_times", 0)
        seconds = min(doubled * random.uniform(0.75, 1.25), LONGEST_WAIT_SECONDS)  # noqa: S311  # spreads retries, no secret
        assert self.crawler.stats
        self.crawler.stats.inc_value("zhihu/retry/waited_ms", round(seconds * 1000))
        await self._throttle.nap(seconds)


def judge(response: Response, strained: set[int]) -> tuple[Verdict, str]:
    """Say what a reply means for the rate, and why in a word; ``strained`` are the statuses of a server in trouble."""
    status = response.status
    if status == 429:
        return Verdict.REFUSED, "429"
    if status in strained:
        return Verdict.STRAINED, str(status)
    if status == 200 and len(response.body) > _SMALL:
        return Verdict.GOOD, ""
    try:
        read_page(response)
    except BlockedError as error:
        is_rate = error.block is Block.RATE
        return (Verdict.REFUSED, str(error.code or "rate")) if is_rate else (Verdict.SILENT, "")
    except GoneError:
        return Verdict.GOOD, ""
    except PageError:
        return Verdict.SILENT, ""
    return (Verdict.GOOD if status == 200 else Verdict.SILENT), ""


def retry_after(response: Response) -> float | None:
    """Read the header: seconds, or a date of HTTP; ``None`` where it is absent or neither."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
