"""Spans and times in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def span(seconds: float) -> str:
    """Return a span with its two greatest units: ``19 d 4 h``, ``1 h 3 min``, ``45 s``."""
    whole = round(seconds)
    for number, (unit, name) in enumerate(_UNITS):
        if whole >= unit:
            smaller, short = _UNITS[number + 1] if number + 1 < len(_UNITS) else (1, "s")
            rest = whole % unit // smaller
            return f"{whole // unit} {name} {rest} {short}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def moment(time: datetime) -> str:
    """Return a time of UTC: ``2026-11-06 03:12:09 UTC``."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def count(number: int, name: str) -> str:
    """Return ``1 member``, ``2 members``."""
    return f"{number} {name}{'' if number == 1 else 's'}"
