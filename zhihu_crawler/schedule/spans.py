"""Lengths of time as people write them: ``90s``, ``15m``, ``12h``, ``7d``, ``2w``, ``1h30m``."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_PART = re.compile(r"([0-9]+)([smhdw])")


def read_span(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        ValueError: it is none; the message says how it is written.
    """
    if not _SPAN.fullmatch(text):
        raise ValueError("must be a length of time: a number and s, m, h, d or w, such as 90s, 15m, 12h, 7d or 1h30m")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        return timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError("must be a length of time that a calendar holds") from error


def tell_span(seconds: float) -> str:
    """Write a length of time in its two largest units: ``3 d 4 h``, ``12 s``."""
    told: list[str] = []
    left = max(round(seconds), 0)
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, _UNITS[unit])
        if number or (unit == "s" and not told):
            told.append(f"{number} {'min' if unit == 'm' else unit}")
        elif told:
            break
    return " ".join(told[:2])
