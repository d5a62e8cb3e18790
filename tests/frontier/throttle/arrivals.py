"""What the sandbox saw: its own log of arrivals, counted in windows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Arrivals:
    """Moments of the wall clock and who came, in order."""

    moments: list[tuple[float, str]]

    @classmethod
    def read(cls, log: Path, ending: str = "") -> Self:
        """Read the log; ``ending`` of the path picks requests."""
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return cls(
            sorted(
                (datetime.fromisoformat(line["time"]).timestamp(), line["path"].rpartition("?")[2])
                for line in lines
                if line["path"].endswith(ending)
            )
        )

    def between(self, start: float, end: float) -> Self:
        """Return those of a time."""
        return type(self)([(at, who) for at, who in self.moments if start <= at < end])

    def __len__(self) -> int:
        return len(self.moments)

    def shares(self) -> Counter[str]:
        """Return how many each sender made."""
        return Counter(who for _, who in self.moments)

    def burst(self, rate: float) -> float:
        """Return the bucket that these arrivals need: by how much the busiest window exceeds its length's due."""
        times = [at for at, _ in self.moments]
        most, level, before = 0.0, 0.0, times[0]
        for at in times:  # a bucket that leaks at the rate: its highest level
            level, before = max(0.0, level - rate * (at - before)) + 1, at
            most = max(most, level)
        return most

    def longest_gap(self) -> tuple[float, float]:
        """Return the start and the length of the longest time in which nobody came."""
        pairs = pairwise(at for at, _ in self.moments)
        return max(((early, late - early) for early, late in pairs), key=lambda gap: gap[1])
