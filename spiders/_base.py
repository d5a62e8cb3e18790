"""What all spiders share: seeds become requests, a reply becomes items, a listing is walked to its end."""

from __future__ import annotations

import logging
from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy_spider_metadata._params import Args  # the package re-exports it without saying so to type checkers

from spiders._arguments import SeedArguments
from spiders._reading import ReadingSpider, tombstone
from spiders._seeds import read_seeds_file
from zhihu_crawler.errors import BadSeed, DamagedPageError, Meaning, PageError
from zhihu_crawler.items import Item, Stop, User
from zhihu_crawler.parsers.result import ListingPage, Parsed
from zhihu_crawler.signals import page_unread
from zhihu_crawler.urls import Target, TargetKind, read_url
from zhihu_crawler.walk import Ledger, Walk, falls_short, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from zhihu_crawler.items import Listing
    from zhihu_crawler.walk import Step

Arguments = TypeVar("Arguments", bound=SeedArguments)
MOST_LISTINGS_IN_STATS = 50
DOUBTED = "zhihu_doubted"
"""Entry of ``meta``: how often a page was asked for again that may be a block, and may be what there is."""
_DOUBTFUL = frozenset({Meaning.HIDDEN, Meaning.UNKNOWN})


class ZhihuSpider(Args[Arguments], ReadingSpider):
    """Base of all spiders: each names its arguments' model and its ``kinds``, and writes its callbacks.

    Callbacks are given a target's fields and a walk's as plain ``cb_kwargs``, so that any queue can hold a request.
    """

    kinds: ClassVar[tuple[str, ...]]
    doubtful_tries: ClassVar[int] = 2
    _emitted = 0
    _listings = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ledgers: dict[str, Ledger] = {}

    @abstractmethod
    def seed_request(self, target: Target) -> Request:
        """Make the first request for a seed."""

    def requests_from(self, item: Item, **carried: Any) -> Iterator[Request]:  # noqa: ARG002  # a hook
        """Say where to go from an item that was passed on; ``carried`` came with the reply's ``cb_kwargs``."""
        yield from ()

    async def start(self) -> AsyncIterator[Any]:
        """Request every seed: those of the arguments, then the lines of the seeds file."""
        for target in self.args.targets():
            yield self.seed_request(target)
        if self.args.seeds_file is not None:
            for seed in read_seeds_file(self.args.seeds_file, self.args.kind):
                if isinstance(seed, BadSeed):
                    self.stats.inc_value("zhihu/seeds/bad")
                    self.logger.warning("Skipped a seed: %s", seed)
                else:
                    yield self.seed_request(seed)

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
            request = self._again(response, error.reason, is_doubt=is_doubt)
            if request:
                yield request
                return
        self.stats.inc_value(f"zhihu/pages/{error.reason}")
        is_gone = of is not None and error.meaning is Meaning.GONE
        self.logger.log(logging.INFO if is_gone else logging.WARNING, "%s: %s", response.url, error)
        if of is not None and is_gone:
            yield tombstone(of, response.url, error.signal)
        elif walk:
            stopped = Stop.LOGIN if error.reason == "blocked/login" else Stop.ERROR
            yield self.end(walk, stopped, _told(error))

    def _again(self, response: Response, reason: str, *, is_doubt: bool) -> Request | None:
        """Return a request for another try: as often as any where a page was cut, for mere doubt only a few times."""
        doubted = response.meta.get(DOUBTED, 0) + is_doubt if response.request else 0
        if not response.request or doubted > self.doubtful_tries:
            return None
        again = get_retry_request(response.request, spider=self, reason=reason)
        if again:
            again.meta[DOUBTED] = doubted
        return again

    def emit(self, items: Iterable[Item], **carried: Any) -> Iterator[Item | Request]:
        """Pass items on, with the requests that follow from them, up to ``max_items``.

        Raises:
            CloseSpider: the limit was reached.
        """
        limit = self.args.max_items
        for item in items:
            if limit is not None and self._emitted >= limit:
                raise CloseSpider("max_items")
            self._emitted += 1
            yield item
            yield from self.requests_from(item, **carried)

    def is_enough(self, more: int) -> bool:
        """Say whether so many more items reach ``max_items``."""
        return self.args.max_items is not None and self._emitted + more >= self.args.max_items

    def parse_head(self, response: Response, kind: TargetKind, id_: str) -> Iterator[Item | Request]:
        """Read one thing from its own page, and nothing else that the page holds."""
        target = Target(kind, id_)
        parsed = self.try_read(response, target)
        if isinstance(parsed, PageError):
            yield from self.fail(response, parsed, of=target)
        else:
            yield from self.emit(item for item in parsed.items if item.kind == kind and _is(item, id_))

    def parse_profile(self, response: Response, token: str) -> Iterator[Item | Request]:
        """Read a user from the profile's page."""
        yield from self.parse_head(response, "user", token)

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
            yield self.end(Walk.from_dict(walk), Stop.ERROR, f"no reply: {why:.200}")

    def read_listing(
        self, response: Response, walk: Walk, callback: Callable[..., Any], **carried: Any
    ) -> Iterator[Item | Request]:
        """Read one page of a listing from the API, pass its items on, and go on with it."""
        parsed = self.try_read(response, Target(walk.owner_kind, walk.owner_id, _listing_at(response.url)))
        if isinstance(parsed, PageError):
            yield from self.fail(response, parsed, walk)
        else:
            yield from self.walk_on(response, walk, parsed, callback, **carried)

    def walk_on(
        self, response: Response, walk: Walk, parsed: Parsed, callback: Callable[..., Any], **carried: Any
    ) -> Iterator[Item | Request]:
        """Pass on what a page of a listing gave, then ask for the next one or report how the listing ended."""
        page = parsed.listing(walk.name) or ListingPage(
            owner_kind=walk.owner_kind, owner_id=walk.owner_id, name=walk.name, received=0
        )
        if falls_short(walk, page) and (again := self._again(response, "ends-early", is_doubt=True)):
            yield again
            return
        ledger = self._ledgers.setdefault(walk.id, Ledger())
        fresh = [key for key in page.keys if ledger.is_new(key)]
        wanted = fresh if walk.limit is None else fresh[: max(walk.limit - walk.got, 0)]
        left_out = set(page.keys) - set(wanted)
        after = step(walk, page, len(wanted), response.url, ledger)
        items = [item for item in parsed.items if item.key not in left_out]
        if self.is_enough(len(items)):
            ending: Iterator[Item | Request] = iter([self.end(after.walk, after.stopped or Stop.LIMIT, after.detail)])
        elif after.next_url is None:
            ending = self.end_or_begin(after, response, callback, **carried)
        else:
            request = self.request(after.next_url, callback, walk=after.walk.to_dict(), **carried)
            ending = iter([request.replace(dont_filter=True)])  # the ledger knows better what was read
        yield from ending
        yield from self.emit(items, **carried)

    def end_or_begin(
        self, after: Step, response: Response, callback: Callable[..., Any], **carried: Any
    ) -> Iterator[Item | Request]:
        """Report how a listing ended. A page that names no next one is followed by the API's first page, once."""
        first = self.first_page_url(after.walk)
        if after.stopped is Stop.LAST_PAGE and first and "/api/" not in response.url:
            yield self.request(first, callback, walk=after.walk.to_dict(), **carried)
        else:
            yield self.end(after.walk, after.stopped or Stop.ERROR, after.detail)

    def first_page_url(self, walk: Walk) -> str | None:  # noqa: ARG002  # a hook
        """Return the address at which the API begins a listing, ``None`` where its page is all there is."""
        return None

    def count(self, listing: Listing) -> None:
        """Keep what listings gave in the stats: sums for all, a record of its own for each of the first ones."""
        sums = {"got": listing.got, "total": listing.total or 0, f"stopped/{listing.stopped}": 1}
        for name, more in sums.items():
            self.stats.inc_value(f"zhihu/listings/{listing.name}/{name}", more)
        self._listings += 1
        if self._listings <= MOST_LISTINGS_IN_STATS:
            record = f"{listing.got} of {'?' if listing.total is None else listing.total}, {listing.stopped}"
            self.stats.set_value(f"zhihu/listing/{listing.id}", record)

    def end(self, walk: Walk, stopped: Stop, detail: str | None = None) -> Listing:
        """Report how a listing ended, in the stats and as an item."""
        self._ledgers.pop(walk.id, None)
        listing = walk.report(stopped, at=datetime.now(UTC).replace(microsecond=0), detail=detail)
        self.count(listing)
        self.logger.log(
            logging.DEBUG if listing.complete else logging.INFO,
            "%s: got %s of %s, stopped: %s %s",
            *(walk.id, walk.got, "?" if walk.total is None else walk.total, stopped, detail or ""),
        )
        return listing


def _told(error: PageError) -> str:
    """The kind of error and its message, once where the message begins with it."""
    message = f"{error!s:.200}"
    return message if message.startswith(error.reason) else f"{error.reason}: {message}"


def _listing_at(url: str) -> str | None:
    target = read_url(url)
    return target.listing if target else None


def _is(item: Item, id_: str) -> bool:
    return id_ in (item.id, item.url_token) if isinstance(item, User) else item.id == id_
