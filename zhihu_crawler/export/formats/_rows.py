"""Rows of tables and lines: the chosen fields, or all of an item and what the store keeps beside it where asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from zhihu_crawler.export.query.paths import KEPT, fields_of
from zhihu_crawler.export.query.selection import prune, tree_of
from zhihu_crawler.rows import TIMES, columns, flat

if TYPE_CHECKING:
    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.reading import Found

MOST_IN_A_CELL = 32_767
"""Letters that Excel takes into one cell."""
_EXACT_DIGITS = 15
"""Excel counts in floating point: a longer number loses its last digits."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What begins a formula in spreadsheets; those set to Chinese or Japanese take the full-width signs too."""


class Rows:
    """Makes the rows of one kind."""

    def __init__(self, plan: Plan, kind: str) -> None:
        chosen = plan.fields[kind] if plan.fields else None
        self._tree = tree_of(chosen) if chosen else None
        self._more = plan.more
        self.columns = [*(_expanded(kind, chosen) if chosen else columns([kind])), *plan.more]

    def line(self, found: Found) -> bytes:
        """Return one line of JSON."""
        if self._tree is None and not self._more:
            return orjson.dumps(found.item, option=TIMES | orjson.OPT_APPEND_NEWLINE)
        return orjson.dumps(self.values(found)) + b"\n"

    def values(self, found: Found) -> dict[str, Any]:
        """Return what a row says, as JSON would hold it."""
        values: dict[str, Any] = orjson.loads(orjson.dumps(found.item, option=TIMES))
        if found.kept:
            values |= orjson.loads(orjson.dumps(found.kept, option=TIMES))
        return values if self._tree is None else prune(values, self._tree)

    def cells(self, found: Found) -> list[Any]:
        """Return a row of a table, in the order of the columns."""
        told = dict(flat(self.values(found)))
        return [told.get(name) for name in self.columns]


def _expanded(kind: str, chosen: tuple[str, ...]) -> list[str]:
    """Name the columns of chosen fields: of an object, one for each of its own."""
    known = [*columns([kind]), *KEPT]
    names: list[str] = []
    for path in chosen:
        below = [name for name in known if name == path or name.startswith(f"{path}.")]
        names += below or [_list_of(kind, path)]
    return list(dict.fromkeys(names))


def _list_of(kind: str, path: str) -> str:
    """Name the list that a field lies in, whose cell holds what was chosen of each of its objects."""
    while "." in path and fields_of(kind)[path.rpartition(".")[0]].many:
        path = path.rpartition(".")[0]
    return path


def for_excel(cells: list[Any]) -> tuple[list[Any], int]:
    """Return cells that Excel shows as they are, and how many had to be cut."""
    shown = [_excel(cell) for cell in cells]
    return [cell for cell, _ in shown], sum(was_cut for _, was_cut in shown)


def _excel(cell: Any) -> tuple[Any, bool]:
    if not isinstance(cell, str):
        return cell, False
    if cell.isascii() and cell.isdigit() and len(cell) > _EXACT_DIGITS:
        return f'="{cell}"', False
    if cell.startswith(_FORMULA):
        cell = f"'{cell}"
    if len(cell) > MOST_IN_A_CELL:
        return f"{cell[: MOST_IN_A_CELL - 1]}…", True
    return cell, False
