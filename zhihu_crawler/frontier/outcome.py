"""What became of a page: notes faults on its lease, and ties what it leads to to it.

Scrapy hands a scheduler only requests, so a request carries in its ``meta`` the lease under which it was found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError

from zhihu_crawler.errors import RefusedError, SpooledError, StoreError
from zhihu_crawler.frontier.codec import CHILD, LEASE

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from zhihu_crawler.frontier.leases import Lease


def tag(output: Any, lease: Lease | None) -> Any:
    """Tie a request to the page that it was found on; items pass."""
    if isinstance(output, Request):
        if lease is None:
            output.meta.pop(LEASE, None)
        else:
            output.meta[LEASE] = CHILD + lease.id
    return output


class Errback:
    """A request's errback, which also notes on the lease that the download failed; ``wrapped`` may be ``None``."""

    def __init__(self, wrapped: Callable[[Failure], Any] | None, lease: Lease, failing: frozenset[int]) -> None:
        self.wrapped, self._lease, self._failing = wrapped, lease, failing

    def __call__(self, failure: Failure) -> Any:
        """Note it, and go on as the request wants."""
        note_failure(self._lease, failure, self._failing)
        if self.wrapped is None:
            return failure
        return _tagged(self.wrapped(failure), self._lease)


def note_failure(lease: Lease, failure: Failure, failing: frozenset[int]) -> None:
    """Note a download that failed, or that a middleware refused; an ordinary error of a page, such as 404, is none."""
    error = failure.value
    if isinstance(error, CloseSpider):
        lease.fail("back", "", "")
    elif isinstance(error, HttpError):
        note_status(lease, error.response.status, failing)
    else:
        kind = "ignored" if isinstance(error, IgnoreRequest) else "download"
        lease.fail("dead", kind, f"{type(error).__name__}: {error}")


def note_status(lease: Lease, status: int, failing: frozenset[int]) -> None:
    """Note a reply of a status that is retried, and came all the same."""
    if status in failing:
        lease.fail("dead", "http", f"HTTP {status} at the last try")


def note_error(lease: Lease, failure: Failure) -> None:
    """Note that a callback raised."""
    lease.fail("dead", "callback", f"{type(failure.value).__name__}: {failure.value}")


def note_item_error(lease: Lease, failure: Failure) -> None:
    """Note that a pipeline failed on an item: the page is read again, for its item is not stored."""
    lease.fail("again", "item", f"{type(failure.value).__name__}: {failure.value}")


def note_dropped(lease: Lease, exception: BaseException) -> None:
    """Note that neither the store nor its disk took an item: the page waits again. Other drops are meant."""
    cause = exception.__cause__
    if isinstance(cause, StoreError) and not isinstance(cause, RefusedError | SpooledError):
        lease.fail("back", "", "")


def _tagged(output: Any, lease: Lease) -> Any:
    """Tag what an errback gives, in whichever way it gives it."""
    if isinstance(output, Request):
        return tag(output, lease)
    if isinstance(output, AsyncIterator):
        return _tag_async(output, lease)
    if isawaitable(output):
        return _tag_later(output, lease)
    if isinstance(output, Iterable) and not isinstance(output, dict | str | bytes) and not hasattr(output, "fields"):
        return (tag(one, lease) for one in output)
    return output


async def _tag_async(outputs: AsyncIterator[Any], lease: Lease) -> AsyncIterator[Any]:
    async for output in outputs:
        yield tag(output, lease)


async def _tag_later(output: Any, lease: Lease) -> Any:
    return _tagged(await output, lease)
