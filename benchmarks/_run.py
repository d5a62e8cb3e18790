"""What the benchmarks share: contenders in turn, medians, a table, and one line of JSON with every goal."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass
class Goals:
    """Ratios and the least that each must be; ``finish`` prints them and says whether all were reached."""

    ratios: dict[str, tuple[float, float]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)

    def at_least(self, name: str, ratio: float, goal: float) -> None:
        """Note a ratio and its goal."""
        self.ratios[name] = (round(ratio, 3), goal)

    def finish(self) -> int:
        """Print one line of JSON; the exit status is 1 where a goal was missed."""
        told = {
            name: {"ratio": ratio, "goal": goal, "ok": ratio >= goal} for name, (ratio, goal) in self.ratios.items()
        }
        print(json.dumps({"goals": told, "facts": self.facts}))
        return 0 if all(one["ok"] for one in told.values()) else 1


def in_turn(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run the contenders one after the other, ``rounds`` times, and return the seconds that each run took.

    One run of each goes before, uncounted, so that nobody pays for imports and caches.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            begun = time.perf_counter()
            contender()
            if number:
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """Return how many times as fast the second was: the median of the rounds' own ratios, so that drift cancels."""
    return statistics.median(one / other for one, other in zip(slow, fast, strict=True))


def median(values: Iterable[float]) -> float:
    """Return the middle one."""
    return statistics.median(values)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console(file=sys.stdout, width=140).print(table)
