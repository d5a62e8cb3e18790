"""What one worker holds: requests that wait, pages that are worked on, and what came of them. No network, no Scrapy.

A page's children are kept here until it is done, and go to Redis together with it. Where a page has very many, they go
ahead in stages that count for nothing until the page itself is done.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zhihu_crawler.frontier.codec import CHILD, PUT_ASIDE
from zhihu_crawler.frontier.leases import Batch, Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from scrapy import Request

    from zhihu_crawler.frontier.leases import Buried, Child, Root

STAGE = 500
"""Children of one page that go together; a page with more sends the first ahead."""
MOST = 2000
"""Children in one exchange, more or less: the rest goes with the next."""


def _first(leases: Sequence[Lease]) -> int | None:
    return 0 if leases else None


class Book:
    """Keeps the leases of this worker and everything that is not in Redis yet."""

    def __init__(self) -> None:
        self.ready: deque[Lease] = deque()
        self.going: dict[Request, Lease] = {}
        self.done: deque[Lease] = deque()
        self.roots: deque[Root] = deque()
        self.buried: deque[Buried] = deque()
        self.size = 0
        self._by_id: dict[str, Lease] = {}

    def receive(self, lease: Lease) -> None:
        """Take in a request that came from the queue."""
        self._by_id[lease.id] = lease
        self.ready.append(lease)

    def bury(self, lease: Lease, kind: str, reason: str) -> None:
        """Put aside at once what cannot be read."""
        self._by_id[lease.id] = lease
        lease.fail("dead", kind, reason)
        self.done.append(lease)

    def begin(self, choose: Callable[[Sequence[Lease]], int | None] = _first) -> Request | None:
        """Give out the next request, or the one whose place is chosen."""
        place = choose(self.ready)
        if place is None:
            return None
        lease = self.ready[place]
        del self.ready[place]
        assert lease.request is not None
        self.going[lease.request] = lease
        return lease.request

    def has_finished(self, in_progress: Collection[Request]) -> bool:
        """Say whether nobody works any more on some of what was begun."""
        return any(request not in in_progress for request in self.going)

    def finish(self, in_progress: Collection[Request], *, is_ending: bool = False) -> None:
        """Note which pages are done: those that nobody works on any more.

        What a middleware refused goes back where that is how the crawl ends (robots.txt forbids it).
        """
        for request in [request for request in self.going if request not in in_progress]:
            lease = self.going.pop(request)
            lease.request = None
            if reason := request.meta.get(PUT_ASIDE):
                lease.fail("dead", "page", str(reason))
            if is_ending and lease.kind == "ignored":
                lease.verdict = "back"
            if lease.lost:
                self._forget(lease)
            else:
                self.done.append(lease)

    def give_back(self) -> None:
        """Return what was not begun."""
        while self.ready:
            lease = self.ready.pop()
            lease.fail("back", "", "")
            self.done.append(lease)

    def lease(self, id_: str | None) -> Lease | None:
        """Return the lease that a request was found under, or is crawled under, while it is held."""
        return self._by_id.get(id_.removeprefix(CHILD)) if id_ else None

    def add(self, lease: Lease | None, root: Root) -> None:
        """Keep a child until its page is done, or what has no page until the next exchange."""
        if lease is None:
            self.roots.append(root)
        elif lease.lost or root.child is None:
            return
        else:
            lease.children.append(root.child)
        self.size += root.child is not None

    def cut(self, no: int) -> Batch:
        """Take what goes with the next exchange; it stays here until it is confirmed."""
        batch = Batch(no)
        size = 0
        for lease in self.going.values():
            if len(lease.children) >= STAGE and not lease.lost and size < MOST:
                size += _stage(lease, batch)
        while self.done and size < MOST:
            lease = self.done[0]
            if len(lease.children) > MOST:
                size += _stage(lease, batch)
                continue
            size += len(lease.children)
            batch.pages.append(self.done.popleft())
        while self.roots and size < MOST:
            batch.roots.append(self.roots.popleft())
            size += 1
        while self.buried and len(batch.buried) < STAGE:
            batch.buried.append(self.buried.popleft())
        return batch

    def confirm(self, batch: Batch, stale: Iterable[str], learn: Callable[[int], None]) -> None:
        """Redis has it: forget the pages and remember their children's marks, unless they were another's by then."""
        others = set(stale)
        for lease in batch.pages:
            if lease.id not in others and lease.verdict in ("ok", "dead"):
                _learn(lease.children, learn)
            self._forget(lease)
        _learn((root.child for root in batch.roots if root.child), learn)
        self._discount(batch)

    def _discount(self, batch: Batch) -> None:
        self.size -= sum(len(children) for _, _, children in batch.stages)
        self.size -= sum(root.child is not None for root in batch.roots)

    def expire(self, batch: Batch | None) -> int:
        """Let go of all leases: they went to others. Says how many; what had no page stays, but for seeds."""
        if batch is not None:
            self._discount(batch)
            self.buried.extendleft(reversed(batch.buried))
            self.roots.extendleft(reversed(batch.roots))
            self.size += sum(root.child is not None for root in batch.roots)
        dropped = sum(root.child is not None for root in self.roots if root.seeds)  # they go back to where they were
        self.roots = deque(root for root in self.roots if not root.seeds)
        self.size -= dropped
        lost = self.lose(list(self._by_id))
        for lease in batch.pages if batch else ():
            self._forget(lease)
        return lost

    def held(self) -> list[str]:
        """Return the ids of everything that Redis should take for leased to this worker."""
        return [lease.id for lease in self._by_id.values() if not lease.lost]

    def lose(self, ids: Iterable[str]) -> int:
        """Let go of leases that this worker has no more; says how many."""
        lost = [lease for id_ in list(ids) if (lease := self._by_id.get(id_)) and not lease.lost]
        for lease in lost:
            lease.lost = True
            self.size -= len(lease.children)
            lease.children.clear()
        self.ready = deque(lease for lease in self.ready if not self._drop_if_lost(lease))
        self.done = deque(lease for lease in self.done if not self._drop_if_lost(lease))
        return len(lost)

    def distrust(self) -> int:
        """After Redis may have forgotten marks: pages that left out a child by memory are read again. Says how many."""
        doubtful = [lease for lease in self._by_id.values() if lease.trusting and lease.verdict == "ok"]
        for lease in doubtful:
            lease.fail("back", "", "")
        return len(doubtful)

    def _drop_if_lost(self, lease: Lease) -> bool:
        if lease.lost:
            self._forget(lease)
        return lease.lost

    def _forget(self, lease: Lease) -> None:
        self._by_id.pop(lease.id, None)
        self.size -= len(lease.children)
        lease.children = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held and nothing waits to be sent."""
        return not (self.ready or self.going or self.done or self.roots or self.buried)

    def wants_exchange(self) -> bool:
        """Say whether something waits to be sent."""
        return bool(self.done or self.roots or self.buried or any(True for _ in self._long_pages()))

    def _long_pages(self) -> Iterator[Lease]:
        return (lease for lease in self.going.values() if len(lease.children) >= STAGE)


def _stage(lease: Lease, batch: Batch) -> int:
    """Send a page's first children ahead."""
    children, lease.children = lease.children[:MOST], lease.children[MOST:]
    lease.stages += 1
    batch.stages.append((lease, lease.stages, children))
    return len(children)


def _learn(children: Iterable[Child], learn: Callable[[int], None]) -> None:
    for child in children:
        if child.how != "again":
            learn(child.mark)
