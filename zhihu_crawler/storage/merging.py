"""Which fields of a kind are merged one by one, which only together, and which never change.

A field is a register: of two readings the later one wins, and of two at the same time the greater value, so that the
order in which they arrive does not matter. Fields that mean something only together are won or lost together.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from zhihu_crawler.items import KINDS
from zhihu_crawler.storage.documents import BOOKKEEPING, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhihu_crawler.storage.documents import Document

READING = ("partial", "crawled_at", "layout")
"""One together: the newest page that showed the thing in full, before the newest that mentioned it."""
PRECISIONS = ("day", "minute", "second")
"""One together is ``created`` with its precision: the more exact one, before the later one."""
WHOLE = "listing"
"""The kind whose documents are reports: the newest replaces the earlier one with all its fields."""
_CONSTANT = {
    "collection_entry": ("id", "collection_id", "content_kind", "content_id"),
    "follow": ("follower", "followee"),
    "user": (),
}


class Plan(NamedTuple):
    """How a kind is merged."""

    kind: str
    text: str | None
    """The field of its text: one together with ``content_truncated``, a whole text before a cut one."""
    has_truncated: bool
    pairs: tuple[str, ...]
    """``created`` and ``updated``, where each has its precision beside it."""
    constant: frozenset[str]
    """Follow from the ``_id``."""
    apart: frozenset[str]
    """Everything above: what is no register of its own."""


@cache
def plan_of(kind: str) -> Plan:
    """Return how a kind is merged."""
    names = {field.name for field in fields(KINDS[kind])}
    text = TEXTS.get(kind)
    pairs = tuple(name for name in ("created", "updated") if f"{name}_precision" in names)
    constant = frozenset(_CONSTANT.get(kind, ("id",)))
    apart = {*READING, *constant, "content_truncated", *([text] if text else ())}
    apart.update(f"{name}{end}" for name in pairs for end in ("", "_precision"))
    return Plan(kind, text, "content_truncated" in names, pairs, constant, frozenset(apart))


def registers(plan: Plan, document: Document) -> Iterator[tuple[str, Any]]:
    """Give every field that is merged by itself, and its value: ``("voteup_count", 3)``, ``("author.name", "x")``."""
    for name, value in document.items():
        if name in BOOKKEEPING or name in plan.apart:
            continue
        if isinstance(value, dict):
            for inner, one in value.items():
                yield f"{name}.{inner}", one
        else:
            yield name, value


def seen_key(path: str) -> str:
    """Return the name under ``meta.seen`` that a field's time has: names hold no dots there."""
    return path.replace(".", "/")
