"""One object of a reply or of a page's state, read field by field under the API's names.

The state of a page holds the API's objects in camelCase, so one set of readers serves both: ask for ``voteup_count``
and ``voteupCount`` is found as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from zhihu_crawler.errors import FieldError, PageError, RecordError
from zhihu_crawler.parsers import values

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_Value = TypeVar("_Value")


@lru_cache(maxsize=512)
def camel(name: str) -> str:
    """``voteup_count`` as the state writes it: ``voteupCount``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


class Record:
    """A mapping with typed access. A field of the wrong type is noted in ``problems`` and read as ``None``.

    Args:
        raw: the object.
        label: what it is, for messages: ``"answer 123"``.
        problems: where faults are noted; shared by everything that one page holds.
    """

    __slots__ = ("label", "problems", "raw")

    def __init__(self, raw: object, label: str, problems: list[PageError]) -> None:
        if raw.__class__ is not dict and not isinstance(raw, Mapping):  # the first is told ten times as fast
            raise RecordError(f"{label} is {values.brief(raw)}, not an object: the reply is damaged or of a new shape")
        self.raw: Mapping[str, Any] = raw
        self.label = label
        self.problems = problems

    def get(self, *names: str) -> Any:
        """Return the first of the fields that is there and not null, as it is."""
        raw = self.raw
        for name in names:
            value = raw.get(name)
            if value is None:
                value = raw.get(camel(name))
            if value is not None:
                return value
        return None

    def has(self, name: str) -> bool:
        """Say whether the field is there, null included."""
        return name in self.raw or camel(name) in self.raw

    def _read(self, names: tuple[str, ...], reader: Callable[[object], _Value | None]) -> _Value | None:
        try:
            return reader(self.get(*names))
        except ValueError as error:
            self.note(names[0], error)
            return None

    def note(self, name: str, why: object) -> None:
        """Note that a field cannot be read."""
        self.problems.append(FieldError(f"{self.label}: {name}: {why}; the field is left out"))

    def text(self, *names: str) -> str | None:
        """Text as it is."""
        value = self.get(*names)
        if value is None or value.__class__ is str:  # nearly always; the reader tells what is wrong otherwise
            return value
        return self._read(names, values.read_text)

    def word(self, *names: str) -> str | None:
        """Text, an empty one being none."""
        return self.text(*names) or None

    def count(self, *names: str) -> int | None:
        """A whole number, not negative."""
        return self._read(names, values.read_int)

    def flag(self, *names: str) -> bool | None:
        """True or false."""
        value = self.get(*names)
        if value is None or value is True or value is False:
            return value
        return self._read(names, values.read_bool)

    def time(self, *names: str) -> datetime | None:
        """A moment in UTC."""
        return self._read(names, values.read_time)

    def id(self, *names: str) -> str | None:
        """An identifier as text."""
        return self._read(names, values.read_id)

    def sub(self, *names: str) -> Record | None:
        """An object within this one; an empty one is none."""
        value = self.get(*names)
        if value is None or value in ({}, ""):
            return None
        if not isinstance(value, Mapping):
            self.note(names[0], f"{values.brief(value)} is no object")
            return None
        return Record(value, f"{self.label} {names[0]}", self.problems)

    def subs(self, *names: str) -> list[Record] | None:
        """A list of objects; ``None`` where the field is absent, odd members left out and noted."""
        value = self.get(*names)
        if value is None:
            return None
        if not isinstance(value, list):
            self.note(names[0], f"{values.brief(value)} is no list")
            return None
        return list(self._members(names[0], value))

    def _members(self, name: str, value: list[Any]) -> Iterator[Record]:
        for member in value:
            if isinstance(member, Mapping):
                yield Record(member, f"{self.label} {name}", self.problems)
            elif member is not None:
                self.note(name, f"{values.brief(member)} is no object")

    def names(self, *names: str) -> tuple[str, ...] | None:
        """The ``name`` of every object of a list, or the list's own texts."""
        value = self.get(*names)
        if isinstance(value, list) and all(isinstance(member, str) for member in value):
            return tuple(member for member in value if member)
        members = self.subs(*names)
        return None if members is None else tuple(name for member in members if (name := member.word("name")))

    def name_of(self, *names: str) -> str | None:
        """The ``name`` of an object within this one, or the text that stands there."""
        value = self.get(*names)
        if isinstance(value, str):
            return value or None
        found = self.sub(*names)
        return found.word("name") if found else None

    def require_id(self, *names: str) -> str:
        """Return the identifier without which the record is nothing.

        Raises:
            RecordError: it is absent or unreadable.
        """
        try:
            found = values.read_id(self.get(*names))
        except ValueError as error:
            raise RecordError(f"{self.label}: {names[0]}: {error}; the record is left out") from error
        if found is None:
            raise RecordError(f"{self.label} has no {names[0]}: the reply is cut, or Zhihu renamed the field")
        return found
