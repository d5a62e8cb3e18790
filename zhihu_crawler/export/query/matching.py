"""Whether a document fulfils a filter, decided as MongoDB decides it: for item files, which no server looks through.

A test asks a real server the same questions and compares.
"""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_MISSING = object()


def matches(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether a document (times as ``datetime``, what was not seen absent) fulfils a checked filter."""
    return all(_fulfils(document, name, test) for name, test in wanted.items())


def _fulfils(document: Mapping[str, Any], name: str, test: Any) -> bool:
    if name == "$and":
        return all(matches(document, one) for one in test)
    if name == "$or":
        return any(matches(document, one) for one in test)
    if name == "$nor":
        return not any(matches(document, one) for one in test)
    found = list(_values(document, name.split(".")))
    return _passes(found, test)


def _values(document: Any, path: list[str]) -> Iterator[Any]:
    """Give what lies at a path: a list as itself; of a list on the way, what each of its objects has there."""
    value = document.get(path[0], _MISSING)
    if len(path) == 1:
        yield value
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield from _values(one, path[1:])
    elif isinstance(value, dict):
        yield from _values(value, path[1:])
    else:
        yield _MISSING


def _passes(found: list[Any], test: Mapping[str, Any]) -> bool:
    options = test.get("$options", "")
    return all(_test(found, name, value, options) for name, value in test.items() if name != "$options")


def _test(found: list[Any], name: str, value: Any, options: str) -> bool:
    if name == "$eq":
        return any(_equals(one, value) for one in found)
    if name == "$ne":
        return not any(_equals(one, value) for one in found)
    if name == "$in":
        return any(_equals(one, each) for one in found for each in value)
    if name == "$nin":
        return not any(_equals(one, each) for one in found for each in value)
    if name == "$not":
        return not _passes(found, value)
    return _rarely(found, name, value, options)


def _rarely(found: list[Any], name: str, value: Any, options: str) -> bool:
    if name in _ORDER:
        return any(_compares(one, value, name) for one in _spread(found))
    if name == "$regex":
        pattern = _compiled(value, options)
        return any(isinstance(one, str) and pattern.search(one) for one in _spread(found))
    if name == "$exists":
        return any(one is not _MISSING for one in found) is value
    if name == "$size":
        return any(isinstance(one, list) and len(one) == value for one in found)
    if name == "$all":
        return all(any(_equals(one, each) for one in found) for each in value)
    assert name == "$elemMatch", name
    return any(isinstance(one, dict) and matches(one, value) for one in _elements(found))


def _equals(one: Any, value: Any) -> bool:
    if value is None:
        return one is _MISSING or one is None or (isinstance(one, list) and None in one)
    if isinstance(one, list):
        return any(_same(each, value) for each in one)
    return _same(one, value)


def _same(one: Any, value: Any) -> bool:
    return type(one) is type(value) and bool(one == value)  # 1 is not true, as in BSON


def _compares(one: Any, value: Any, name: str) -> bool:
    if value is None:  # only null is as great as null
        return name in ("$gte", "$lte") and (one is None or one is _MISSING)
    return type(one) is type(value) and _ORDER[name](one, value)


def _spread(found: list[Any]) -> Iterator[Any]:
    for one in found:
        if isinstance(one, list):
            yield from one
        else:
            yield one


def _elements(found: list[Any]) -> Iterator[Any]:
    for one in found:
        if isinstance(one, list):
            yield from one


@lru_cache(maxsize=64)
def _compiled(pattern: str, options: str) -> re.Pattern[str]:
    flags = 0
    for letter in options:
        flags |= _FLAGS[letter]
    return re.compile(pattern, flags)
