"""How a spider asks, and how it reads a reply: the part that knows nothing of listings and arguments."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from zhihu_crawler.errors import PageError
from zhihu_crawler.frontier.throttle import SITE_SLOT
from zhihu_crawler.items import Author, AuthorKind, Item, Layout, Tombstone, User
from zhihu_crawler.parsers.page import parse_page
from zhihu_crawler.parsers.result import Parsed, Source
from zhihu_crawler.payload import read_page
from zhihu_crawler.urls import Target, TargetKind, canonical_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy.http import Response
    from scrapy.statscollectors import StatsCollector
    from twisted.python.failure import Failure


class ReadingSpider(Spider):
    """Requests things of the site, and reads what came."""

    @property
    def stats(self) -> StatsCollector:
        """The crawl's stats."""
        return self.crawler.stats

    @abstractmethod
    def failed(self, failure: Failure) -> Iterator[Item]:
        """Tell of a request that got no reply."""

    def request(self, url: str, callback: Callable[..., Any], **cb_kwargs: Any) -> Request:
        """Make a request in the site's one slot; what fails goes to ``failed``."""
        return Request(
            url, callback=callback, errback=self.failed, cb_kwargs=cb_kwargs, meta={"download_slot": SITE_SLOT}
        )

    def page_request(self, of: TargetKind, named: str, callback: Callable[..., Any], **cb_kwargs: Any) -> Request:
        """Request a thing's own page."""
        return self.request(canonical_url(of, named, question_id=cb_kwargs.get("question_id")), callback, **cb_kwargs)

    def author_request(self, author: Author | None, callback: Callable[..., Any]) -> Iterator[Request]:
        """Request an author's profile, where there is one."""
        known = author is not None and author.kind in (AuthorKind.USER, AuthorKind.ORGANIZATION)
        if author and known and (token := author.url_token or author.id):
            yield self.page_request("user", token, callback, token=token)

    def read(self, response: Response, target: Target) -> Parsed:
        """Read a reply. Records that could not be read are counted and named, and cost nothing else.

        Raises:
            PageError: the reply as a whole is not what was asked for.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        source = Source(url=response.url, crawled_at=now, layout=Layout.API, captured_at=now)
        parsed = parse_page(read_page(response), source, target)
        for problem in parsed.problems:
            self.stats.inc_value(f"zhihu/unreadable/{problem.reason}")
            self.logger.warning("Left out of %s: %s", response.url, problem)
        self.stats.inc_value("zhihu/pages/ok")
        return parsed

    def try_read(self, response: Response, target: Target) -> Parsed | PageError:
        """Read a reply, or return what is wrong with it, for ``fail`` to tell."""
        try:
            return self.read(response, target)
        except PageError as error:
            return error


def tombstone(of: Target, url: str, signal: str) -> Tombstone:
    """Return what is told of a thing that is gone."""
    return Tombstone(
        id=f"{of.kind}:{of.id}",
        url=url,
        crawled_at=datetime.now(UTC).replace(microsecond=0),
        layout=Layout.API if "/api/" in url else Layout.STATE,
        gone_kind=of.kind,
        gone_id=of.id,
        signal=signal,
    )


def is_of(item: Item, id_: str) -> bool:
    """Say whether an item is the thing of an id; a user is known by a token too."""
    return id_ in (item.id, item.url_token) if isinstance(item, User) else item.id == id_
