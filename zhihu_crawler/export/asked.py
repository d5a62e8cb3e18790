"""An export as it was asked for, and as it is made once that was checked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.export.formats import Format
    from zhihu_crawler.export.sources import Wanted


@dataclass(slots=True)
class Asked:
    """An export as it stands on a command line; plain values, so that a draft can tell whether it is the same one."""

    kinds: list[str]
    output: str = ""
    format: str = ""
    files: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    filter: str = ""
    since: str = ""
    until: str = ""
    by: str = ""
    fields: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    limit: int = 0
    ids: list[str] = field(default_factory=list)
    question: str = ""
    collection: str = ""
    column: str = ""
    author: str = ""
    title: str = ""
    excel: bool = False

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """An export that can be made: what is ``wanted`` by kind, in which form, where to.

    ``names`` are the things of the (only) kind that were named, in that order; ``about`` is the thing that the whole
    export is about (``("collection", "123")``), by which a book is called.
    """

    format: Format
    output: Path | None
    wanted: dict[str, Wanted]
    fields: dict[str, tuple[str, ...]] | None = None
    more: tuple[str, ...] = ()
    limit: int | None = None
    names: tuple[str, ...] | None = None
    collection: str | None = None
    about: tuple[str, str] | None = None
    title: str = ""
    excel: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in the order asked for."""
        return tuple(self.wanted)

    @property
    def is_listed(self) -> bool:
        """Whether ids are gathered and put into order before the things are read."""
        return bool(
            self.names or self.collection or self.format.is_book or any(one.order for one in self.wanted.values())
        )
