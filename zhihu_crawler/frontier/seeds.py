"""Seeds that anybody pushes to ``<spider>:start_urls``, as users of scrapy-redis do: a list, a set, or a sorted set.

A seed is what the spider's ``make_request_from_data`` reads; without one, an address, or a JSON object with ``url`` and
any of ``method``, ``meta``, ``headers``, ``body``, ``cookies``, ``cb_kwargs``, ``callback``, ``priority``. What else
such an object has goes to the request's ``meta``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scrapy import Request

from zhihu_crawler.frontier.codec import UnserialisableError
from zhihu_crawler.frontier.leases import Buried, Root
from zhihu_crawler.frontier.link import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scrapy import Spider

    from zhihu_crawler.frontier.link import Link
    from zhihu_crawler.frontier.queue import LeaseQueue

ARGUMENTS = "arguments"
"""Key of a seed in JSON, and of the meta of its requests: the spider's arguments that hold for it alone."""
_PARTS = frozenset({"method", "meta", "headers", "body", "cookies", "cb_kwargs", "priority"})


class Seeds:
    """Moves seeds into the queue in batches: claimed, pushed, settled; a batch is never lost and never pushed twice."""

    def __init__(self, link: Link, key: str, batch: int, queue: LeaseQueue, mark: Callable[[Request], int]) -> None:
        self.key = key
        self._claimed = f"{key}:claimed" if "{" in key else f"{{{key}}}:claimed"  # on the node of the seeds
        self._link, self._most, self._queue, self._book, self._mark = link, batch, queue, queue.book, mark
        self._no = 0
        self._open: str | None = None
        self._pushed: str | None = None
        self.bad = self.read = 0

    def confirm(self, roots: Iterable[Root]) -> None:
        """Note a batch that is in the queue."""
        for root in roots:
            if root.seeds and root.child is None:
                self._pushed = root.seeds

    def forget(self) -> None:
        """The worker has a new name: what was claimed under the old one goes back by itself."""
        self._open = self._pushed = None

    async def take(self) -> int:
        """Settle the last batch, then claim the next; returns how many seeds came."""
        if self._open is not None:
            if self._pushed != self._open:
                return 0
            await self._settle(self._link.worker, self._open, "done")
            self._open = None
        number, seeds = await self._link.call(
            "claim", self._link.worker, str(self._no + 1), self._most, keys=[self.key, self._claimed]
        )
        if not seeds:
            return 0
        self._no, self._open = int(number), number.decode()
        for seed in seeds:
            self._push(seed)
        self._book.add(None, Root(None, seeds=self._open))
        return len(seeds)

    def _push(self, seed: bytes) -> None:
        """Make requests of a seed; a bad one is put aside and harms no other."""
        try:
            children = [
                self._queue.child(request, "seed", self._mark(request))
                for request in requests_of(seed, self._queue.spider)
            ]
            if not children:
                raise ValueError("the spider makes no request of it")
        except (ValueError, TypeError, AttributeError, KeyError, UnserialisableError) as error:
            self.bad += 1
            self._book.buried.append(Buried("seed", f"{error}"[:500], seed))
            return
        self.read += 1
        for child in children:
            self._book.add(None, Root(child, seeds=self._open or ""))

    async def left(self) -> bool:
        """Say whether seeds wait, or are on their way into the queue."""
        client = self._link.client
        return bool(await client.exists(self.key) or await client.hlen(self._claimed))

    async def rescue(self) -> int:
        """Give back what workers claimed that are gone; returns how many seeds."""
        claimed = [as_text(worker) for worker in await self._link.client.hkeys(self._claimed)]
        others = [worker for worker in claimed if worker != self._link.worker]
        if not others:
            return 0
        told, back = (await self._link.call("alive", *others))[1], 0
        for place, worker in enumerate(others):
            if not told[2 * place]:
                pushed = told[2 * place + 1].decode()
                if pushed:
                    await self._settle(worker, pushed, "done")
                back += await self._settle(worker, "", "back")
        return back

    async def _settle(self, worker: str, number: str, how: str) -> int:
        given: int = await self._link.call("settle", worker, number, how, keys=[self.key, self._claimed])
        return given


def requests_of(seed: bytes, spider: Spider) -> Iterator[Request]:
    """Read a seed.

    Raises:
        ValueError: it is none; the message says why.
    """
    own = getattr(spider, "make_request_from_data", None)
    made: Any = own(seed) if own else request_of(seed, spider)
    yield from [made] if isinstance(made, Request) else made or ()


def request_of(seed: bytes, spider: Spider) -> Request:
    """Read an address, or a JSON object with one.

    Raises:
        ValueError: it is neither.
    """
    text = seed.decode()
    if not text.lstrip().startswith("{"):
        return Request(text.strip(), dont_filter=True)
    told = json.loads(text)
    if not isinstance(told.get("url"), str):
        raise ValueError('a seed in JSON needs "url"')
    parts = {name: told.pop(name) for name in _PARTS & told.keys()}
    url, callback = told.pop("url"), told.pop("callback", None)
    request = Request(url, dont_filter=True, **parts)
    if callback is not None:
        request.callback = getattr(spider, str(callback))
    request.meta.update(told)
    return request
