"""The values that a query compares with, read by the type of the field they are compared to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import Field, Type, near

Moments = tuple[datetime, datetime]
"""The first moment of a time and the first one after it: a day, a minute or a second long."""
_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DAY, _MINUTE = len("2026-03-01"), len("2026-03-01T12:00")
_LONG = 2**63


def read_time(text: str, now: datetime) -> Moments:
    """Read ``2026-03-01``, ``2026-03-01T12:00:00+08:00`` (UTC without an offset), or an age such as ``7d`` or ``12h``.

    Raises:
        BadQuery: it is none of these.
    """
    text = text.strip()
    try:
        if found := _AGO.fullmatch(text.lower()):
            moment = now - int(found[1]) * _UNITS[found[2]]
            return moment, moment + timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment, moment + _length(text)
    except (ValueError, OverflowError) as error:
        raise BadQuery(
            f"{text!r} is no time: give 2026-03-01, 2026-03-01T12:00+08:00 (UTC where no offset is given), or an age "
            "such as 30m, 12h, 7d, 4w"
        ) from error


def _length(text: str) -> timedelta:
    if len(text) <= _DAY:
        return timedelta(days=1)
    clock = re.split(r"[+Z]|-\d\d:?\d\d$", text[_DAY:])[0]
    return timedelta(minutes=1) if len(clock) <= _MINUTE - _DAY else timedelta(seconds=1)


def read_value(field: Field, text: str, now: datetime) -> Any:
    """Read one value from a command line; of a time its ``Moments``.

    Raises:
        BadQuery: it is not of the field's type.
    """
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    if field.type is Type.OBJECT:
        raise BadQuery(f"{field.path} is an object: compare one of its fields, or {field.path}=null")
    if field.type is Type.TEXT:
        return _known(field, text[1:-1] if quoted else text)
    if field.type is Type.TIME:
        return read_time(text, now)
    if field.type is Type.FLAG:
        if text.lower() not in _WORDS:
            raise BadQuery(f"{field.path} is true or false, not {text!r}")
        return _WORDS[text.lower()]
    return _number(field, text)


def _number(field: Field, text: str) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise BadQuery(f"{field.path} is a whole number, not {text!r}") from error
    return _bounded(field, number)


def _bounded(field: Field, number: int) -> int:
    if not -_LONG <= number < _LONG:
        raise BadQuery(f"{field.path}: {number} is more than a counter can hold")
    return number


def check_value(field: Field, value: Any, now: datetime) -> Any:
    """Return a value of a JSON filter as the store holds it: times as times; ``None`` as it is.

    Raises:
        BadQuery: it is not of the field's type.
    """
    if value is None:
        return None
    if isinstance(value, dict) and set(value) == {"$date"} and field.type is Type.TIME:
        value = value["$date"]
    if field.type is Type.TIME and isinstance(value, str):
        return read_time(value, now)[0]
    if field.type is Type.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        return _bounded(field, value)
    if field.type is Type.FLAG and isinstance(value, bool):
        return value
    if field.type is Type.TEXT and isinstance(value, str):
        return _known(field, value)
    raise BadQuery(f"{field.path} is {field.type}, not {value!r:.100}")


def _known(field: Field, value: str) -> str:
    if "\x00" in value or not _is_unicode(value):
        raise BadQuery(f"{field.path}: {value!r} holds what no text can hold")
    if field.choices and value not in field.choices:
        meant = near(value, field.choices)
        told = f"; did you mean {' or '.join(meant)}?" if meant else f"; it is one of {', '.join(field.choices)}"
        raise BadQuery(f"{field.path} is never {value!r}{told}")
    return value


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
