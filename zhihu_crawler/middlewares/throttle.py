"""The gate: a request waits here for its token, and what comes back is timed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from zhihu_crawler.frontier.throttle import SITE
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.frontier.throttle.seats import HANDED_BACK, SITE_SLOT, budget_of, slot_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class ThrottleMiddleware:
    """Lets a request out when the site's budget, and its session's, have a token for it.

    It stands behind whatever answers without asking the site (robots.txt, the HTTP cache) and before what only moves a
    request (the origin): every request that really goes out takes a token, retries, redirects and robots.txt too.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._throttle = throttle_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.closed, signal=signals.spider_closed)
        return middleware

    async def process_request(self, request: Request) -> Request | None:
        """Wait for a seat in the download slot, then for a token.

        Where the crawl closes meanwhile, the request goes back to the queue, which a paused crawl goes on from.
        """
        if urlparse_cached(request).scheme not in ("http", "https"):
            return None
        budget = budget_of(request.meta)
        if request.meta.get("download_slot", SITE_SLOT) == SITE_SLOT:
            request.meta["download_slot"] = slot_of(budget)
        slot = request.meta["download_slot"]
        await self._throttle.seats.take(slot, request)
        if await self._throttle.acquire(budget, of=request) is None:
            self._throttle.seats.give_back(request)
            return self._hand_back(request)
        request.meta.pop(HANDED_BACK, None)
        return None

    def _hand_back(self, request: Request) -> Request:
        """Return the request for the queue; one that comes again (robots.txt is in none) is refused."""
        if request.meta.get(HANDED_BACK):
            raise IgnoreRequest("the crawl closes")
        self._count("handed_back")
        return request.replace(dont_filter=True, meta={**request.meta, HANDED_BACK: True})

    def process_response(self, request: Request, response: Response) -> Response:
        """Take the time, and let the next request of the slot wait for its token."""
        self._throttle.seats.give_back(request)
        latency = request.meta.get("download_latency")
        if latency is not None and self._throttle.permit_of(request):
            self._throttle.note_latency(latency, is_good=response.status == 200)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Take the time of what never came: a site that does not answer is a slow one."""
        self._throttle.seats.give_back(request)
        if permit := self._throttle.permit_of(request):
            self._throttle.note_latency(asyncio.get_running_loop().time() - permit.at, is_good=False)

    async def closed(self) -> None:
        """Keep how the budget stands at the end in the stats, and let go of it."""
        stats, site = self._crawler.stats, self._throttle.budget(SITE)
        assert stats
        if site.known and site.known.effective:
            stats.set_value("zhihu/throttle/rate", round(site.known.effective, 4))
            stats.set_value("zhihu/throttle/latency_ms", round(site.known.latency * 1000))
        await self._throttle.close()

    def _count(self, name: str) -> None:
        assert self._crawler.stats
        self._crawler.stats.inc_value(f"zhihu/throttle/{name}")
