"""Where an export reads from: the store, or item files of crawls. Both give the same documents in the same order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
Document = dict[str, Any]
"""An item as the store holds it (``storage.documents``), with its ``_id``."""
Order = list[tuple[str, bool]]
"""Fields to sort by, each with whether it descends."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents of one kind: those that fulfil ``filter``, sorted by ``order`` (by ``_id`` where it is empty)."""

    kind: str
    filter: Document = field(default_factory=dict)
    order: Order = field(default_factory=list)


class Source(Protocol):
    """Gives documents; each call goes on by itself when the connection breaks, as long as somebody answers in time."""

    name: str
    """Whence it reads, as told to a user: without a password."""
    unit: str
    """What it is made of, as told where some of it cannot be read: lines, documents."""
    kept: bool
    """Whether it knows what the store keeps beside an item."""

    def count(self, wanted: Wanted) -> int | None:
        """Count what is wanted, ``None`` where that takes too long to be worth it."""

    def scan(self, wanted: Wanted, after: str | None) -> Iterator[Document]:
        """Give what is wanted in the order of ``_id``, from behind an ``_id``."""

    def ids(self, wanted: Wanted, take: Callable[[Iterator[str]], T]) -> T:
        """Hand the ``_id``s of what is wanted, sorted, to ``take``: anew from the first when reading them broke."""

    def fetch(self, kind: str, ids: Sequence[str]) -> dict[str, Document]:
        """Give documents by their ``_id``; what is not there is left out."""

    def find(self, wanted: Wanted, names: Sequence[str]) -> dict[str, str]:
        """Give the ``_id`` of those of the things named (by id, of a user by token as well) that are wanted."""

    def complete(self, kind: str, document: Document) -> str | None:
        """Put in what lies elsewhere (a text in GridFS); return why it could not be."""

    def faults(self) -> dict[str, list[Any]]:
        """Tell what could not be read at all: how often and where, by reason."""

    def close(self) -> None:
        """Let go of connections and files."""
