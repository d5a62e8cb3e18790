"""What passes between a worker and Redis: what was found, what is leased, what goes in one exchange. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scrapy import Request


class Child(NamedTuple):
    """A request that was found, with its mark, its priority and its payload.

    ``how`` it is taken: ``new`` unless it was seen, ``start`` unless this crawl has it, ``seed`` in any case and marked
    as seen, ``again`` in any case and unmarked.
    """

    how: str
    mark: int
    priority: int
    payload: bytes


@dataclass(slots=True, eq=False)
class Lease:
    """A request that this worker has from the queue, with the names of the headers that it had, and what came of it.

    ``verdict``: ``ok``; ``dead`` is put aside, its children stay; ``again`` and ``back`` return it to the queue, with
    or without counting the try, and its children are dropped. ``trusting`` is set when a child was left out because
    this worker remembered its mark. A ``lost`` lease is somebody else's by now. ``notes`` are marks for ledgers.
    """

    id: str
    request: Request | None = None
    headers: frozenset[bytes] = frozenset()
    children: list[Child] = field(default_factory=list)
    stages: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)
    verdict: str = "ok"
    kind: str = ""
    reason: str = ""
    trusting: bool = False
    lost: bool = False

    def fail(self, verdict: str, kind: str, reason: str) -> None:
        """Note what went wrong; the first fault is the one that is told."""
        if self.verdict == "ok":
            self.verdict, self.kind, self.reason = verdict, kind, " ".join(reason.split())[:500]


class Root(NamedTuple):
    """A request without a page that it was found on.

    Of start requests it says how many were pushed with it (``start`` is their id), of seeds which batch they are of;
    one without a request ends the batch.
    """

    child: Child | None
    start: str = ""
    position: str = ""
    seeds: str = ""


class Buried(NamedTuple):
    """What is put aside without having been in the queue: a seed, or a request that cannot travel."""

    kind: str
    reason: str
    payload: bytes


@dataclass(slots=True)
class Batch:
    """What goes to Redis in one exchange: whole pages, stages of pages, and roots."""

    no: int
    pages: list[Lease] = field(default_factory=list)
    stages: list[tuple[Lease, int, list[Child]]] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)
    buried: list[Buried] = field(default_factory=list)
