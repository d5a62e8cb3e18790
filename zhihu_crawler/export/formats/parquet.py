"""Parquet: typed columns, nested ones too, zstd. Needs pyarrow (requirements-parquet.txt).

A Parquet file cannot be gone on with. So each row group is first a file of its own in the draft, and at the end all are
copied into one, group by group: memory holds one group at a time.
"""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.disk import sync, sync_names
from zhihu_crawler.export.formats._sink import Kept, mark
from zhihu_crawler.export.query.selection import prune, tree_of
from zhihu_crawler.items import KINDS, PLURALS
from zhihu_crawler.storage.documents import COUNTERS, values_of

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.query.selection import Tree
    from zhihu_crawler.export.reading import Found

GROUP_ROWS, GROUP_LETTERS = 10_000, 3_000_000
"""A row group ends with so many rows, or with texts of so many letters: 9 MB of Chinese."""
_ROW_LETTERS = 300
"""What a row takes beside its text."""


def check_pyarrow() -> None:
    """Make sure that pyarrow is there.

    Raises:
        ExportError: it is not; with what to install.
    """
    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExportError("parquet needs pyarrow: .venv/bin/pip install -r requirements-parquet.txt") from error


class ParquetSink:
    """Writes each kind to a file of its own."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        check_pyarrow()
        self._arrow: Any = importlib.import_module("pyarrow")
        self._parquet: Any = importlib.import_module("pyarrow.parquet")
        self._plan, self._folder, self._result = plan, folder / "groups", folder / "files"
        self._trees = {kind: tree_of(plan.fields[kind]) if plan.fields else None for kind in plan.kinds}
        self._schemas = {kind: self._schema(kind) for kind in plan.kinds}
        self._rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in plan.kinds}
        self._groups: dict[str, int] = {}
        self._letters = 0

    def resume(self, kept: Kept) -> None:
        """Go on behind the groups that are whole."""
        self._groups = {kind: kept.get(kind, 0) for kind in self._plan.kinds}
        self._folder.mkdir(exist_ok=True)
        self._result.mkdir(exist_ok=True)

    def write(self, found: Found) -> str | None:
        """Keep a row for the next group."""
        values = values_of(found.item) | found.kept | {"kind": found.kind}
        tree = self._trees[found.kind]
        row = prune(values, tree) if tree else values
        self._rows[found.kind].append(row)
        self._letters += _ROW_LETTERS + sum(len(value) for value in row.values() if isinstance(value, str))
        return None

    def is_due(self, seconds: float) -> bool:  # noqa: ARG002  # it is the size that counts
        """When a group is full."""
        return self._letters >= GROUP_LETTERS or sum(map(len, self._rows.values())) >= GROUP_ROWS

    def checkpoint(self) -> Kept:
        """Write what was kept as a group of each kind."""
        for kind, rows in self._rows.items():
            if rows:
                table = self._arrow.Table.from_pylist(rows, self._schemas[kind])
                group = self._group(kind, self._groups[kind])
                self._parquet.write_table(table, group, compression="zstd")
                sync(group)
                self._groups[kind] += 1
                rows.clear()
        self._letters = 0
        sync_names([self._folder])
        return dict(self._groups)

    def _group(self, kind: str, number: int) -> Path:
        return self._folder / f"{kind}-{number:06}.parquet"

    def finish(self) -> Path:
        """Put the groups together."""
        self.checkpoint()
        for kind, count in self._groups.items():
            with self._parquet.ParquetWriter(self._path(kind), self._schemas[kind], compression="zstd") as writer:
                for number in range(count):
                    table = self._parquet.read_table(self._group(kind, number), schema=self._schemas[kind])
                    writer.write_table(table, row_group_size=max(1, len(table)))
            sync(self._path(kind))
        if len(self._plan.kinds) == 1:
            return self._path(self._plan.kinds[0])
        mark(self._result, self._plan)
        return self._result

    def _path(self, kind: str) -> Path:
        return self._result / f"{PLURALS[kind]}.parquet"

    def close(self) -> None:
        """Nothing is open between two groups."""

    def remarks(self) -> list[str]:
        """Nothing is different in Parquet."""
        return []

    def _schema(self, kind: str) -> Any:
        """Return the types of a kind's columns: those chosen, in their order."""
        types = self._types(KINDS[kind]) | _kept_types(self._arrow, kind)
        tree = self._trees[kind] or dict.fromkeys([*self._types(KINDS[kind]), *self._plan.more])
        return self._arrow.schema([(name, self._chosen(types[name], below)) for name, below in tree.items()])

    def _chosen(self, kind: Any, tree: Tree | None) -> Any:
        if tree is None:
            return kind
        if self._arrow.types.is_list(kind):
            return self._arrow.list_(self._chosen(kind.value_type, tree))
        return self._arrow.struct([(name, self._chosen(kind.field(name).type, below)) for name, below in tree.items()])

    def _types(self, record: Any) -> dict[str, Any]:
        hints = get_type_hints(record)
        return {field.name: self._type(hints[field.name]) for field in fields(record)}

    def _type(self, hint: Any) -> Any:
        if get_origin(hint) is tuple:
            return self._arrow.list_(self._type(get_args(hint)[0]))
        parts = [part for part in get_args(hint) if part is not type(None)]
        if parts and not isinstance(parts[0], str):
            return self._type(parts[0])
        if is_dataclass(hint) and isinstance(hint, type):
            return self._arrow.struct(list(self._types(hint).items()))
        plain = {int: self._arrow.int64(), bool: self._arrow.bool_(), datetime: self._arrow.timestamp("us", tz="UTC")}
        return plain.get(hint, self._arrow.string())


def _kept_types(arrow: Any, kind: str) -> dict[str, Any]:
    time = arrow.timestamp("us", tz="UTC")
    history = arrow.struct([("at", time), *((name, arrow.int64()) for name in COUNTERS.get(kind, ()))])
    times = dict.fromkeys(("first_seen", "last_seen", "changed_at", "deleted_at"), time)
    return times | {"revision": arrow.int64(), "tokens": arrow.list_(arrow.string()), "history": arrow.list_(history)}
