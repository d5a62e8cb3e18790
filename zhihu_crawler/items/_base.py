"""What every record has in common: whence it came, and what its gaps mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # the annotations are evaluated for the JSON Schemas
from enum import StrEnum
from typing import Any, ClassVar


class Layout(StrEnum):
    """Which of Zhihu's formats a record was read from (eras as seen in stored pages)."""

    STATE = "state"
    """``script#js-initialData`` of a page, since about mid-2018."""
    DATA_STATE = "data-state"
    """``div#data[data-state]`` or ``textarea#preloadedState``, late 2016 to mid-2018."""
    DOM = "dom"
    """Microdata and classes of a modern page whose state is absent or lacks the entity."""
    LEGACY = "legacy"
    """Server-rendered page of 2015 and 2016."""
    LEGACY_AJAX = "legacy-ajax"
    """Ajax reply of that time, whose JSON holds HTML."""
    API = "api"
    """JSON of ``/api/v4`` and its neighbours, and of ``api.zhihu.com``."""
    ZHUANLAN_API = "zhuanlan-api"
    """JSON of ``zhuanlan.zhihu.com/api`` as of 2015 and 2016."""


class Precision(StrEnum):
    """How exactly a page tells a time."""

    SECOND = "second"
    """To the second."""
    MINUTE = "minute"
    """To the minute."""
    DAY = "day"
    """The day alone: midnight in China stands for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing as it read when it was crawled. ``None`` in any field means: not seen on this page.

    It never means zero, empty or false, and it never overwrites a value seen elsewhere.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "use_attribute_docstrings": True,
        "extra": "forbid",
        "revalidate_instances": "always",  # a dataclass is made without checks; the pipeline makes them up
    }

    kind: str
    """What this is; the name of its export file is the plural."""
    id: str | None
    """Zhihu's identifier, always text: newer ones have 19 digits and do not fit a float."""
    url: str | None
    """Canonical address of the thing itself, whatever page it was read from."""
    crawled_at: datetime
    """When the page was read (UTC)."""
    layout: Layout
    """The format the record was read from."""
    partial: bool = False
    """True when read from a card, a list or a reference rather than in full."""

    @property
    def key(self) -> str:
        """Identity across pages and crawls: ``"answer:123"``."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRef:
    """A topic as another record names it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    id: str | None
    """Topic id; ``None`` where the page gives only the name."""
    name: str
    """Its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRef:
    """A question as an answer names it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    id: str
    """Question id."""
    title: str | None = None
    """Its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRef:
    """A column as an article names it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Item.__pydantic_config__

    id: str
    """The column's slug, as in its address."""
    title: str | None = None
    """Its title."""
