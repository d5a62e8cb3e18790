"""Faults of a file as lines that a person reads: ``schedule.toml:12: daily: evry = "6h": no such key; ...``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.schedule.faults import Fault, shown
from zhihu_crawler.schedule.lines import Path, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABSENT = object()


class Teller:
    """Collects the faults of one file.

    Args:
        told: the file as it was parsed.
        lines: where in it what stands.
        name: how it is called.
    """

    def __init__(self, told: Mapping[str, Any], lines: dict[Path, int], name: str) -> None:
        self._told, self._where, self._name = told, lines, name
        self._faults: list[tuple[int, str]] = []
        self.by_schedule: dict[str, list[str]] = {}
        """What is wrong with which schedule."""

    @property
    def lines(self) -> tuple[str, ...]:
        """All faults in the order of the file."""
        return tuple(text for _, text in sorted(self._faults, key=lambda fault: fault[0]))

    def tell(self, fault: Fault) -> None:
        """Add a fault."""
        line, table = line_of(self._where, fault.path), self._table(fault.path)
        words = [f"{self._name}:{line}", table, self._key(fault.path), fault.what]
        text = ": ".join(word for word in words if word)
        self._faults.append((line, text))
        if fault.path[0] == "schedule" and table:
            self.by_schedule.setdefault(table, []).append(text)

    def _table(self, path: Path) -> str:
        """Return how the table is called that a fault lies in: by its name, or by its place."""
        if len(path) < 2:
            return ""
        name = self._value((*path[:2], "name"))
        return name if isinstance(name, str) and name else f"{path[0]} {int(path[1]) + 1}"

    def _key(self, path: Path) -> str:
        inner = path if len(path) == 1 else path[2:]
        key = ".".join(str(part) for part in inner if not isinstance(part, int))
        value = self._value(path)
        return f"{key} = {shown(value)}" if key and value is not _ABSENT and not isinstance(value, dict) else key

    def _value(self, path: Path) -> Any:
        value: Any = self._told
        for part in path:
            is_there = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
            if not is_there:
                return _ABSENT
            value = value[part]
        return value
