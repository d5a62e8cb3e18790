"""scrapy-redis's queue as a worker sees it: pushes go to the book, pops come from it, and neither waits for Redis."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scrapy_redis.queue import Base

from zhihu_crawler.frontier.codec import LEASE, UnreadableError, UnserialisableError, decode, encode
from zhihu_crawler.frontier.leases import Buried, Child, Lease, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from scrapy import Request, Spider

    from zhihu_crawler.frontier.book import Book

    Choose = Callable[[Sequence[Lease]], int | None]

_MOST_PRIORITY = 2**19 - 1
"""Of either sign; what is beyond counts as this, so that order within a priority stays exact in Redis."""


class LeaseQueue(Base):  # type: ignore[misc]  # scrapy-redis has no types
    """Requests on their way to and from Redis. ``waiting`` is how many Redis had at the last exchange.

    ``choose`` says which of those that are here is next; the first, where it is left out.
    """

    def __init__(self, spider: Spider, key: str, book: Book, choose: Choose | None = None) -> None:
        super().__init__(server=None, spider=spider, key=key, serializer=json)  # never asked: codec writes and reads
        self.book = book
        self.waiting = 0
        self._choose = choose

    def _encode_request(self, request: Request) -> bytes:
        return encode(request, self.spider)

    def _decode_request(self, encoded_request: bytes) -> Request:
        return decode(encoded_request, self.spider)

    def __len__(self) -> int:
        return self.waiting + len(self.book.ready)

    def push(
        self,
        request: Request,
        mark: int | None = None,
        lease: Lease | None = None,
        start: tuple[str, int] | None = None,
    ) -> bool:
        """Keep a request until its page is done.

        Args:
            request: what was found.
            mark: its mark, ``None`` where it is wanted in any case.
            lease: of the page that it was found on.
            start: of a start request, the id of all of them and how many there were up to it.

        Returns:
            Whether it could be kept: one that cannot travel is put aside, with the reason.
        """
        how = "again" if mark is None else "start" if start else "new"
        try:
            took_its_place = lease is not None and request.meta.get(LEASE) == lease.id
            child = self.child(request, how, mark, lease.headers if lease and took_its_place else None)
        except UnserialisableError as error:
            self.book.buried.append(Buried("unserialisable", str(error), request.url.encode()))
            return False
        self.book.add(lease, Root(child, start[0], str(start[1])) if start else Root(child))
        return True

    def child(
        self, request: Request, how: str, mark: int | None = None, headers: Container[bytes] | None = None
    ) -> Child:
        """Write a request down.

        Raises:
            UnserialisableError: it cannot travel.
        """
        priority = min(max(request.priority, -_MOST_PRIORITY), _MOST_PRIORITY)
        return Child(how, mark or 0, priority, encode(request, self.spider, headers))

    def pop(self, timeout: int = 0) -> Request | None:  # noqa: ARG002  # scrapy-redis's signature
        """Give out the next request."""
        return self.book.begin(self._choose) if self._choose else self.book.begin()

    def receive(self, id_: str, payload: bytes) -> Lease | None:
        """Take in what came from Redis; what cannot be read is put aside at once, and is ``None``."""
        lease = Lease(id_)
        try:
            request = self._decode_request(payload)
        except UnreadableError as error:
            self.book.bury(lease, "unreadable", str(error))
            return None
        request.meta[LEASE] = id_
        lease.request, lease.headers = request, frozenset(request.headers)
        self.book.receive(lease)
        return lease

    def clear(self) -> Any:
        """Nothing here: a shared queue is cleared by ``scrapy frontier clear``."""
