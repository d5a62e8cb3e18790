"""What all spiders share: seeds become requests, a reply becomes items, a listing is walked to its end."""

from __future__ import annotations

import logging
from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from scrapy.exceptions import CloseSpider
from scrapy_spider_metadata._params import Args  # the package re-exports it without saying so to type checkers
from scrapy_spider_metadata._utils import get_generic_param

from spiders._arguments import SeedArguments
from spiders._failing import FailingSpider
from spiders._reading import is_of
from spiders._seeds import digest, read_message, read_seeds_file
from zhihu_crawler.errors import BadSeed, PageError
from zhihu_crawler.frontier.seeds import ARGUMENTS
from zhihu_crawler.items import Item, Stop
from zhihu_crawler.parsers.result import ListingPage, Parsed
from zhihu_crawler.urls import Target, TargetKind, read_url
from zhihu_crawler.walk import Ledgers, Walk, falls_short, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from zhihu_crawler.items import Listing
    from zhihu_crawler.walk import Step

Arguments = TypeVar("Arguments", bound=SeedArguments)
MOST_LISTINGS_IN_STATS = 50


class ZhihuSpider(Args[Arguments], FailingSpider):
    """Base of all spiders: each names its arguments' model and its ``kinds``, and writes its callbacks.

    Callbacks are given a target's fields and a walk's as plain ``cb_kwargs``, so that any queue can hold a request.
    """

    kinds: ClassVar[tuple[str, ...]]
    _emitted = 0
    _listings = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledgers = Ledgers()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider; a worker of a shared crawl that is given no seeds takes those that wait in Redis."""
        if crawler.settings.get("REDIS_URL") and not cls.arguments().has_seeds(kwargs):
            kwargs.setdefault("wait", "1")
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def arguments(cls) -> type[SeedArguments]:
        """Return the model of the arguments."""
        model = get_generic_param(cls, Args)
        assert model is not None
        assert issubclass(model, SeedArguments)
        return model

    @abstractmethod
    def seed_request(self, target: Target, args: Arguments) -> Request:
        """Make the first request for a seed, with the arguments that hold for it."""

    def requests_from(self, item: Item, args: Arguments, **carried: Any) -> Iterator[Request]:  # noqa: ARG002  # a hook
        """Say where to go from an item that was passed on; ``carried`` came with the reply's ``cb_kwargs``."""
        yield from ()

    async def start(self) -> AsyncIterator[Any]:
        """Request every seed: those of the arguments, then the lines of the seeds file."""
        for target in self.args.targets():
            yield self.seed_request(target, self.args)
        if self.args.seeds_file is not None:
            for seed in read_seeds_file(self.args.seeds_file, self.args.kind):
                if isinstance(seed, BadSeed):
                    self.stats.inc_value("zhihu/seeds/bad")
                    self.logger.warning("Skipped a seed: %s", seed)
                else:
                    yield self.seed_request(seed, self.args)

    def start_id(self) -> str:
        """Name what the start requests are made from, for the workers that share them."""
        told = self.args.model_dump_json(exclude={"max_items"})
        return f"{told} {digest(self.args.seeds_file)}" if self.args.seeds_file else told

    def make_request_from_data(self, data: bytes) -> Request:
        """Read a seed that was pushed to Redis, as scrapy-redis calls it.

        Raises:
            BadSeed: it names nothing that this spider reads, or brings arguments that cannot be used.
        """
        seed = read_message(data, self.args.kind)
        if given := seed.meta.get(ARGUMENTS):
            seed.meta[ARGUMENTS] = self.arguments().read_brought(given)
        request = self.seed_request(seed.target, self.args_of(seed.meta))
        request.meta.update(seed.meta)
        return request.replace(dont_filter=True, priority=seed.priority)

    def args_of(self, meta: Mapping[str, Any]) -> Arguments:
        """Return the arguments that hold for what follows from a seed: the crawl's, but for those it brought along."""
        return self.args.model_copy(update=meta.get(ARGUMENTS) or {})

    def emit(self, response: Response, items: Iterable[Item], **carried: Any) -> Iterator[Item | Request]:
        """Pass on items of a reply, with the requests that follow from them, up to ``max_items``.

        Raises:
            CloseSpider: the limit was reached.
        """
        limit, args = self.args.max_items, self.args_of(response.meta)
        for item in items:
            if limit is not None and self._emitted >= limit:
                raise CloseSpider("max_items")
            self._emitted += 1
            yield item
            yield from self.requests_from(item, args, **carried)

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
            yield from self.emit(response, (item for item in parsed.items if item.kind == kind and is_of(item, id_)))

    def parse_profile(self, response: Response, token: str) -> Iterator[Item | Request]:
        """Read a user from the profile's page."""
        yield from self.parse_head(response, "user", token)

    async def read_listing(
        self, response: Response, walk: Walk, callback: Callable[..., Any], **carried: Any
    ) -> AsyncIterator[Item | Request]:
        """Read one page of a listing from the API, pass its items on, and go on with it."""
        parsed = self.try_read(response, Target(walk.owner_kind, walk.owner_id, _listing_at(response.url)))
        if isinstance(parsed, PageError):
            for output in self.fail(response, parsed, walk):
                yield output
        else:
            async for output in self.walk_on(response, walk, parsed, callback, **carried):
                yield output

    async def walk_on(
        self, response: Response, walk: Walk, parsed: Parsed, callback: Callable[..., Any], **carried: Any
    ) -> AsyncIterator[Item | Request]:
        """Pass on what a page of a listing gave, then ask for the next one or report how the listing ended."""
        page = parsed.listing(walk.name) or ListingPage(
            owner_kind=walk.owner_kind, owner_id=walk.owner_id, name=walk.name, received=0
        )
        if falls_short(walk, page) and (again := self.again(response, "ends-early", is_doubt=True)):
            yield again
            return
        if (ledger := await self.ledgers.open(walk, page, response.request)) is None:
            return
        fresh = [key for key in page.keys if ledger.is_new(key)]
        wanted = fresh if walk.limit is None else fresh[: max(walk.limit - walk.got, 0)]
        left_out = set(page.keys) - set(wanted)
        after = step(walk, page, len(wanted), response.url, ledger)
        self.ledgers.note(walk, page, response.request)
        items = [item for item in parsed.items if item.key not in left_out]
        if self.is_enough(len(items)):
            yield self.end(after.walk, after.stopped or Stop.LIMIT, response.request, after.detail)
        elif after.next_url is None:
            yield self.end_or_begin(after, response, callback, **carried)
        else:
            request = self.request(after.next_url, callback, walk=after.walk.to_dict(), **carried)
            yield request.replace(dont_filter=True)  # the ledger knows better what was read
        for output in self.emit(response, items, **carried):
            yield output

    def end_or_begin(
        self, after: Step, response: Response, callback: Callable[..., Any], **carried: Any
    ) -> Item | Request:
        """Report how a listing ended. A page that names no next one is followed by the API's first page, once."""
        first = self.first_page_url(after.walk, self.args_of(response.meta))
        if after.stopped is Stop.LAST_PAGE and first and "/api/" not in response.url:
            return self.request(first, callback, walk=after.walk.to_dict(), **carried)
        return self.end(after.walk, after.stopped or Stop.ERROR, response.request, after.detail)

    def first_page_url(self, walk: Walk, args: Arguments) -> str | None:  # noqa: ARG002  # a hook
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

    def end(self, walk: Walk, stopped: Stop, request: Request | None, detail: str | None = None) -> Listing:
        """Report how a listing ended with the page of a request, in the stats and as an item."""
        if stopped not in (Stop.ERROR, Stop.LOGIN):  # those may go on when their page is tried again
            self.ledgers.close(walk, request)
        listing = walk.report(stopped, at=datetime.now(UTC).replace(microsecond=0), detail=detail)
        self.count(listing)
        self.logger.log(
            logging.DEBUG if listing.complete else logging.INFO,
            "%s: got %s of %s, stopped: %s %s",
            *(walk.id, walk.got, "?" if walk.total is None else walk.total, stopped, detail or ""),
        )
        return listing


def _listing_at(url: str) -> str | None:
    target = read_url(url)
    return target.listing if target else None
