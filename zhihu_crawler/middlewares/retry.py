"""Retries that wait: as long as ``Retry-After`` asks, else longer each time."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.retry import RetryMiddleware

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

LONGEST_WAIT_SECONDS = 600.0
"""A site that asks for more is better left alone: the request is tried after this, and then given up."""


class PatientRetryMiddleware(RetryMiddleware):
    """Scrapy's retries, each after a pause of RETRY_EXCEPTIONS_DELAY doubled per try, or of what the site asks for."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._first_wait = settings.getfloat("RETRY_EXCEPTIONS_DELAY", 1.0)

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either kind
        """Schedule a reply of a retryable status again, after its pause."""
        outcome = super().process_response(request, response)
        if outcome is not response:
            self._count_wait(await self._wait(request, retry_after(response)))
        return outcome

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]  # as above
        """Schedule a failed download again, after its pause."""
        outcome = super().process_exception(request, exception)
        if outcome is not None:
            self._count_wait(await self._wait(request, None))
        return outcome

    async def _wait(self, request: Request, asked: float | None) -> float:
        doubled = self._first_wait * 2 ** request.meta.get("retry_times", 0)
        seconds = doubled * random.uniform(0.75, 1.25) if asked is None else asked  # noqa: S311  # spreads retries, no secret
        seconds = min(seconds, LONGEST_WAIT_SECONDS)
        await asyncio.sleep(seconds)
        return seconds

    def _count_wait(self, seconds: float) -> None:
        assert self.crawler.stats
        self.crawler.stats.inc_value("zhihu/retry/waited_ms", round(seconds * 1000))


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
