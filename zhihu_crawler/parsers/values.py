"""One reader for each kind of value that Zhihu writes: numbers, dates, flags, text.

Every reader returns ``None`` for an absent value and raises ``ValueError`` for one that is there but is not of its
kind, so that nothing is ever made up.
"""

from __future__ import annotations

import re
import reprlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html import unescape
from typing import Any

from zhihu_crawler.items import Precision

CHINA = timezone(timedelta(hours=8), "UTC+8")
"""Pages write their dates in China's time, which has had no daylight saving since 1991."""
_FACTORS = {"": 1, "k": 1_000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+", re.ASCII)
_NUMBER = re.compile(
    r"(?<![\d.,:/-])(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?!\d|[.,:/-]\d)"
    r"\s*(?P<factor>(?:[kw](?![a-z])|[万亿])?)",
    re.IGNORECASE,
)
"""A number that stands by itself: no part of a date, a clock, a version, or of digits grouped in another way."""
_NO_COMMENT = frozenset({"添加评论", "暂无评论"})
_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)(?:\s+(\d{1,2}):(\d{2})(?!\d))?")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)")
_EARLIEST, _LATEST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Zhihu opened in December 2010: a time before that is damage (zero, or seconds cut short)."""
_MOST = 2**63
"""Larger numbers are no counts, and no file or store holds them."""
_MS_FROM = 100_000_000_000
"""Unix numbers from here on are milliseconds; as seconds they would be of the year 5138."""


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 80
_REPR.maxlevel = _REPR.maxlist = _REPR.maxdict = 3


def brief(value: object) -> str:
    """Return a value for a message: as Python writes it, but short, however long or deep it is."""
    return _REPR.repr(value)


def read_int(value: object) -> int | None:
    """Read a count given as a number or as digits.

    Raises:
        ValueError: it is neither, is negative, or is not whole.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{brief(value)} is no whole number")
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value.strip()):
            raise ValueError(f"{brief(value)} is no whole number")
        value = int(value.replace(",", ""))
    if not (0 <= value < _MOST) or value != int(value):  # false for nan and inf too
        raise ValueError(f"{brief(value)} is no count")
    return int(value)


def read_count(text: str | None) -> int | None:
    """Read the number that a label shows: ``16K``, ``1.2 万``, ``20,437``, ``160 条评论``; ``添加评论`` is 0.

    Raises:
        ValueError: the label is there but shows no number.
    """
    if text is None or not (text := text.strip()):
        return None
    if text in _NO_COMMENT:
        return 0
    found = _NUMBER.search(text)
    if not found:
        raise ValueError(f"{brief(text)} shows no number")
    number = found["number"].replace(",", "")
    count = Decimal(number) * _FACTORS[found["factor"].lower()]
    if not count < _MOST or count != count.to_integral_value():
        raise ValueError(f"{brief(text)} shows no count")
    return int(count)


def exact(**moments: datetime | None) -> dict[str, Any]:
    """Return moments that are told to the second, each with its precision: ``created`` and ``created_precision``."""
    told: dict[str, Any] = {}
    for name, moment in moments.items():
        told |= {name: moment, f"{name}_precision": Precision.SECOND if moment else None}
    return told


def read_bool(value: object) -> bool | None:
    """Read a flag: a JSON boolean, or the attributes' "0" and "1".

    Raises:
        ValueError: anything else.
    """
    if value is None or isinstance(value, bool):
        return value
    if value in ("0", "1", 0, 1):
        return value in ("1", 1)
    raise ValueError(f"{brief(value)} is no flag")


def read_text(value: object) -> str | None:
    """Return text as it is (an empty one too).

    Raises:
        ValueError: not text.
    """
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{brief(value)} is no text")


def read_id(value: object) -> str | None:
    """Read an id as text. Pages held whole numbers until early 2024, text since (zhihu-formats: stored pages).

    Raises:
        ValueError: a fraction, a flag, or anything else; a float has lost digits already.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(f"{brief(value)} is no id")


def read_time(value: object) -> datetime | None:
    """Read a moment: unix seconds or milliseconds, or ISO 8601 with an offset. 0 means that the site has none.

    Raises:
        ValueError: neither, or outside 2010 to 2099.
    """
    if value is None or (value in (0, "", "0") and value is not False):
        return None
    if isinstance(value, str) and not value.strip().isdigit():
        moment = _read_iso(value.strip())
    else:
        number = read_int(value) or 0
        try:
            moment = datetime.fromtimestamp(number / 1000 if number >= _MS_FROM else number, UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(f"{brief(value)} is no time") from error
    return _plausible(moment, value)


def _plausible(moment: datetime, value: object) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError(f"{brief(value)} is no time since Zhihu opened (it reads {moment:%Y-%m-%d})")
    return moment.astimezone(UTC)


def _read_iso(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{brief(text)} is no time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def read_date_label(text: str | None, captured_at: datetime | None) -> tuple[datetime, Precision] | None:
    """Read what a page says beside an answer: ``编辑于 2014-09-25``, ``发布于 昨天 15:05``, ``编辑于 15:05``.

    ``captured_at`` is when the page was served; without it a date that is told relative to that day is ``None``,
    because nobody knows it. A day is given as its midnight in China.

    Raises:
        ValueError: a label that tells no date in any of these ways.
    """
    if text is None or not text.strip():
        return None
    if found := _DAY.search(text):
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        moment = _plausible(datetime(year, month, day, hour, minute, tzinfo=CHINA), text)
        return moment, Precision.MINUTE if found[4] else Precision.DAY
    clock = _CLOCK.search(text)
    if clock is None and "昨天" not in text and "今天" not in text:
        raise ValueError(f"{brief(text)} tells no date")
    return _relative_date(text, clock, captured_at) if captured_at else None


def _relative_date(text: str, clock: re.Match[str] | None, captured_at: datetime) -> tuple[datetime, Precision]:
    today = captured_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    day = today - timedelta(days=1) if "昨天" in text else today
    if clock is None:
        return day.astimezone(UTC), Precision.DAY
    moment = day.replace(hour=int(clock[1]), minute=int(clock[2]))
    return moment.astimezone(UTC), Precision.MINUTE


def squeeze(text: str | None) -> str | None:
    """Return a label's text with its white space (and zero-width marks) folded, ``None`` when nothing is left."""
    if text is None:
        return None
    folded = " ".join(text.replace("\u200b", " ").split())
    return folded or None


def plain_text(html: str | None) -> str | None:
    """Return a title's text without the marks that search replies put in (``<em>``), entities read."""
    if html is None or ("<" not in html and "&" not in html):
        return html
    return unescape(re.sub(r"</?em>", "", html))
