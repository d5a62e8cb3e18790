"""``--filter '{"voteup_count": {"$gte": 100}}'``: a filter in MongoDB's own words, let through operator by operator.

What runs code on the server ($where, $expr, $function), or asks for what exports have no use for, is refused, and so
is a field that no item has or a value of another type: such a filter would quietly match nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import Field, Type, field_named, near
from zhihu_crawler.export.query.values import check_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from zhihu_crawler.export.query.where import Filter

_JOINING = ("$and", "$or", "$nor")
_SINGLE = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")
_LISTS = ("$in", "$nin", "$all")
OPERATORS = (*_JOINING, *_SINGLE, *_LISTS, "$not", "$exists", "$size", "$regex", "$options", "$elemMatch")
"""All that a filter may hold."""
_DEEPEST, _LONGEST_PATTERN, _MOST = 20, 500, 10_000


def read_filter(text: str, kind: str, now: datetime, *, kept: bool) -> Filter:
    """Read a filter on a kind.

    Raises:
        BadQuery: it is no JSON object, or holds what is not let through.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadQuery(
            f'the filter is no JSON: {error}; a filter is like {{"voteup_count": {{"$gte": 100}}}}'
        ) from error
    return _Reader(kind, now, kept=kept).filter(told, 0)


class _Reader:
    def __init__(self, kind: str, now: datetime, *, kept: bool) -> None:
        self._kind, self._now, self._kept = kind, now, kept

    def filter(self, told: Any, depth: int) -> Filter:
        """Check an object of conditions."""
        if not isinstance(told, dict):
            raise BadQuery(f"a filter is an object of fields and conditions, not {told!r:.100}")
        if depth > _DEEPEST:
            raise BadQuery(f"a filter goes {_DEEPEST} levels deep at most")
        return dict(self._conditions(told, depth))

    def _conditions(self, told: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        for name, value in told.items():
            if name in _JOINING:
                yield name, [self.filter(one, depth + 1) for one in _list(name, value)]
            elif name.startswith("$"):
                raise _refused(name)
            else:
                yield name, self._tests(field_named(self._kind, name, kept=self._kept), value, depth + 1)

    def _tests(self, field: Field, told: Any, depth: int) -> Filter:
        """Check what one field is compared with."""
        if depth > _DEEPEST:
            raise BadQuery(f"a filter goes {_DEEPEST} levels deep at most")
        if not isinstance(told, dict) or set(told) == {"$date"}:
            return {"$eq": check_value(field, told, self._now)}
        if not told:
            raise BadQuery(f"{field.path}: {{}} compares with nothing")
        if "$options" in told and "$regex" not in told:
            raise BadQuery(f"{field.path}: $options belongs to a $regex")
        return {name: self._test(field, name, value, depth) for name, value in told.items()}

    def _test(self, field: Field, name: str, value: Any, depth: int) -> Any:
        if name in _SINGLE:
            return check_value(field, value, self._now)
        if name in _LISTS:
            return [check_value(field, one, self._now) for one in _list(name, value)]
        if name == "$not":
            return self._tests(field, value, depth + 1)
        if name == "$elemMatch" and field.many and field.type is Type.OBJECT:
            return _within(self, field, value, depth)
        return _special(field, name, value)


def _within(reader: _Reader, field: Field, value: Any, depth: int) -> Filter:
    """Check the conditions on one object of a list: their fields are named from there."""
    if not isinstance(value, dict) or any(name.startswith("$") for name in value):
        raise BadQuery(f"{field.path}: $elemMatch takes an object of fields and conditions")
    named = {f"{field.path}.{name}": one for name, one in value.items()}
    cut = len(field.path) + 1
    return {name[cut:]: one for name, one in reader.filter(named, depth + 1).items()}


def _special(field: Field, name: str, value: Any) -> Any:
    if name == "$exists" and isinstance(value, bool):
        return value
    if name == "$size" and field.many and type(value) is int and value >= 0:
        return value
    if name == "$regex" and field.type is Type.TEXT and isinstance(value, str):
        return _pattern(field, value)
    if name == "$options" and isinstance(value, str) and set(value) <= set("ims"):
        return value
    if name in OPERATORS:
        raise BadQuery(f"{field.path}: {name} cannot take {value!r:.100} here")
    raise _refused(name)


def _pattern(field: Field, value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadQuery(f"{field.path}: {value!r:.100} is no regular expression: {error}") from error
    if len(value) > _LONGEST_PATTERN:
        raise BadQuery(f"{field.path}: a regular expression has {_LONGEST_PATTERN} characters at most")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value or len(value) > _MOST:
        raise BadQuery(f"{name} takes a list of 1 to {_MOST:,}, not {value!r:.100}")
    return value


def _refused(name: str) -> BadQuery:
    meant = near(name, OPERATORS)
    told = f"did you mean {' or '.join(meant)}?" if meant else f"there are: {', '.join(OPERATORS)}"
    return BadQuery(f"the operator {name!r:.100} is not let through; {told}")
