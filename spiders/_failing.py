"""What becomes of a reply that is not what was asked for, and of a request that got none."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, cast

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest

from spiders._reading import ReadingSpider, tombstone
from zhihu_crawler.errors import DamagedPageError, Meaning, PageError
from zhihu_crawler.frontier.codec import PUT_ASIDE
from zhihu_crawler.items import Item, Stop
from zhihu_crawler.signals import page_unread
from zhihu_crawler.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from zhihu_crawler.items import Listing
    from zhihu_crawler.urls import Target

DOUBTED = "zhihu_doubted"
"""Entry of ``meta``: how often a page was asked for again that may be a block, and may be what there is."""
_DOUBTFUL = frozenset({Meaning.HIDDEN, Meaning.UNKNOWN})


class FailingSpider(ReadingSpider):
    """Asks again where that may help, and tells what stays without an answer."""

    doubtful_tries: ClassVar[int] = 2

    @abstractmethod
    def end(self, walk: Walk, stopped: Stop, request: Request | None, detail: str | None = None) -> Listing:
        """Report how a listing ended."""

    def fail(
        self, response: Response, error: PageError, walk: Walk | None = None, *, of: Target | None = None
    ) -> Iterator[Item | Request]:
        """Ask again for a page that may come better; else count and name the error, and report the broken listing.

        Of a thing (``of``) that is gone a tombstone is told, and nothing of its listing.
        """
        if error.meaning is Meaning.UNKNOWN or isinstance(error, DamagedPageError):
            self.crawler.signals.send_catch_log(page_unread, response=response, error=error)
        is_doubt = error.meaning in _DOUBTFUL
        if is_doubt or isinstance(error, DamagedPageError):
            request = self.again(response, error.reason, is_doubt=is_doubt)
            if request:
                yield request
                return
        self.stats.inc_value(f"zhihu/pages/{error.reason}")
        is_gone = of is not None and error.meaning is Meaning.GONE
        self.logger.log(logging.INFO if is_gone else logging.WARNING, "%s: %s", response.url, error)
        if response.request and error.meaning not in (Meaning.GONE, Meaning.HIDDEN):
            response.request.meta[PUT_ASIDE] = _told(error)  # a shared queue keeps it for another try
        if of is not None and is_gone:
            yield tombstone(of, response.url, error.signal)
        elif walk:
            stopped = Stop.LOGIN if error.reason == "blocked/login" else Stop.ERROR
            yield self.end(walk, stopped, response.request, _told(error))

    def again(self, response: Response, reason: str, *, is_doubt: bool) -> Request | None:
        """Return a request for another try: as often as any where a page was cut, for mere doubt only a few times."""
        doubted = response.meta.get(DOUBTED, 0) + is_doubt if response.request else 0
        if not response.request or doubted > self.doubtful_tries:
            return None
        again = get_retry_request(response.request, spider=self, reason=reason)
        if again:
            again.meta[DOUBTED] = doubted
        return again

    def failed(self, failure: Failure) -> Iterator[Item]:
        """Count a request that got no reply; a listing that it was to go on with is reported as broken off."""
        request = cast("Request", failure.request)  # type: ignore[attr-defined]  # Scrapy puts it there
        why = failure.getErrorMessage() or type(failure.value).__name__
        if isinstance(failure.value, IgnoreRequest):
            self.stats.inc_value("zhihu/pages/ignored")  # a middleware refused it, and has said why
        else:
            self.stats.inc_value("zhihu/pages/failed")
            self.logger.warning("No reply from %s: %s", request.url, why)
        if walk := request.cb_kwargs.get("walk"):
            yield self.end(Walk.from_dict(walk), Stop.ERROR, request, f"no reply: {why:.200}")


def _told(error: PageError) -> str:
    """The kind of error and its message, once where the message begins with it."""
    message = f"{error!s:.200}"
    return message if message.startswith(error.reason) else f"{error.reason}: {message}"
