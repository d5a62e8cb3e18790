"""The fields that a query may name, with their types, and what to say of those that do not exist."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import Enum, StrEnum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.items import KINDS, PLURALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "a whole number"
    FLAG = "true or false"
    TIME = "a time"
    OBJECT = "an object"


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its dotted path. ``many``: it is a list, or lies in one; ``choices``: all values that it can have."""

    path: str
    type: Type
    many: bool = False
    choices: tuple[str, ...] = ()


KEPT: dict[str, Field] = {
    field.path: field
    for field in (
        *(Field(name, Type.TIME) for name in ("first_seen", "last_seen", "changed_at", "deleted_at")),
        Field("revision", Type.NUMBER),
        Field("tokens", Type.TEXT, many=True),
        Field("history", Type.OBJECT, many=True),
    )
}
"""What the store keeps of a thing beside its own fields; item files do not have it."""
_TYPES: dict[type, Type] = {str: Type.TEXT, int: Type.NUMBER, bool: Type.FLAG, datetime: Type.TIME}
_NEAR = 0.6


def kind_named(name: str) -> str:
    """Return the kind of a name, singular or plural.

    Raises:
        BadQuery: there is no such kind.
    """
    names = {word: kind for kind in KINDS for word in (kind, PLURALS[kind])}
    asked = name.strip().lower().replace("-", "_")
    if asked in names:
        return names[asked]
    plurals = list(PLURALS.values())
    told = _meant(asked, plurals) or f"; there are: {', '.join(plurals)}"
    raise BadQuery(f"there is no kind {name!r}{told}")


@cache
def fields_of(kind: str) -> dict[str, Field]:
    """Return every field of a kind by its path, inner ones after the object that holds them."""
    return {field.path: field for field in _fields(KINDS[kind], "", many=False)}


def _fields(record: Any, prefix: str, *, many: bool) -> Iterator[Field]:
    hints = get_type_hints(record)
    for field in fields(record):
        inner, is_list = _inner(hints[field.name])
        path, within = f"{prefix}{field.name}", many or is_list
        if is_dataclass(inner):
            yield Field(path, Type.OBJECT, within)
            yield from _fields(inner, f"{path}.", many=within)
        else:
            yield Field(path, _type(inner), within, _choices(inner))


def _inner(hint: Any) -> tuple[Any, bool]:
    """Take ``| None`` and ``tuple[..., ...]`` off a type, and say whether the latter was there."""
    parts = [part for part in get_args(hint) if part not in (NoneType, Ellipsis)]
    if get_origin(hint) is tuple:
        return parts[0], True
    if get_origin(hint) is Literal or not parts:
        return hint, False
    return _inner(parts[0])


def _type(hint: Any) -> Type:
    return _TYPES.get(hint, Type.TEXT)  # enumerations and literals are text


def _choices(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return tuple(map(str, get_args(hint)))
    return tuple(member.value for member in hint) if isinstance(hint, type) and issubclass(hint, Enum) else ()


def field_named(kind: str, path: str, *, kept: bool) -> Field:
    """Return a field of a kind.

    Args:
        kind: what is exported.
        path: the field's dotted path, such as ``author.name``.
        kept: whether the store is read, which keeps more than an item has.

    Raises:
        BadQuery: there is none; with the nearest ones.
    """
    if field := fields_of(kind).get(path) or (KEPT.get(path) if kept else None):
        return field
    if path in KEPT:
        raise BadQuery(f"{path} is kept by the store alone; item files do not have it")
    known = [*fields_of(kind), *(KEPT if kept else ())]
    told = _meant(path, known) or f"; its fields: {', '.join(name for name in known if '.' not in name)}"
    raise BadQuery(f"{a(kind)} has no field {path!r}{told}")


def a(kind: str) -> str:
    """``an answer``, ``a question``."""
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind.replace('_', ' ')}"


def near(word: str, known: Iterable[str]) -> list[str]:
    """Return up to three names that look like a word, or that hold it or a part of it."""
    names = list(known)
    lasts = {name: name.rpartition(".")[2] for name in names}
    asked, last = word.lower(), word.lower().rpartition(".")[2]
    close = get_close_matches(asked, names, 3, _NEAR)
    close += [name for name in names if get_close_matches(last, [lasts[name]], 1, _NEAR + 0.15)]
    stem = last.removesuffix("s").removesuffix("_count")
    close += [name for name in names if len(stem) > 2 and stem in lasts[name]]  # "id" is in a dozen names
    return list(dict.fromkeys(close))[:3]


def _meant(word: str, known: Iterable[str]) -> str:
    found = near(word, known)
    return f", did you mean {' or '.join(found)}?" if found else ""
