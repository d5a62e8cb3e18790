"""What an item is as a row of a table, and as plain values: the same in a crawl's own files and in an export."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import orjson

from zhihu_crawler.items import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TIMES = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
"""How times are written: ``2026-11-24T08:00:00Z``."""


def plain(item: Any) -> Any:
    """Return an item as JSON would hold it: times as ``2026-11-24T08:00:00Z``; anything else unchanged."""
    return orjson.loads(orjson.dumps(item, option=TIMES)) if is_dataclass(item) else item


def columns(kinds: Iterable[str]) -> Iterator[str]:
    """Name the columns of some kinds of items, each once; what an item is and when it was read come first and last."""
    names = dict.fromkeys(column for kind in kinds for column in _columns_of(KINDS[kind]))
    last = ("crawled_at", "layout", "partial")
    yield from (name for name in names if name not in last)
    yield from last


def _columns_of(record: type) -> Iterator[str]:
    hints = get_type_hints(record)
    for field in fields(record):
        inner = next(
            (part for part in get_args(hints[field.name]) if isinstance(part, type) and is_dataclass(part)), None
        )
        if inner is None:
            yield field.name
        else:
            yield from (f"{field.name}.{name}" for name in _columns_of(inner))


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the cells of a row: an inner object's fields under ``author.name`` and the like, a list as one cell."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}", cell(value)
        else:
            yield f"{prefix}{name}", value


def cell(value: list[Any]) -> str:
    """Write a list of texts as ``a; b``, any other list as JSON."""
    if all(isinstance(part, str) for part in value):
        return "; ".join(value)
    return orjson.dumps(value).decode()
