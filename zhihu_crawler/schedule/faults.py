"""What is wrong with a file of schedules, in words: where, which key, what would be right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_MOST_OF_A_VALUE = 60
_TYPES = {
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "string_type": "text, in quotes",
    "list_type": "a list, in brackets",
    "dict_type": "a table, such as { name = value }",
    "model_type": "a table, such as { name = value }",
    "datetime_type": "a date and time without quotes, such as 2026-01-05T04:00:00",
    "date_type": "a date without quotes, such as 2026-01-05",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: ``path`` is where in the file, ``what`` says what and what would be right."""

    path: tuple[str | int, ...]
    what: str


def near(name: object, known: Iterable[str]) -> str:
    """Return ``"; did you mean x?"`` where something like the name is known."""
    found = get_close_matches(str(name).lower(), list(known), 1, cutoff=0.55)
    return f"; did you mean {found[0]}?" if found else ""


def shown(value: object) -> str:
    """Return a value about as it stands in the file."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_OF_A_VALUE else text[: _MOST_OF_A_VALUE - 1] + "…"


def of_model(error: ValidationError, model: type[BaseModel], path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Give the faults of a table that a model refused; ``path`` is where the table stands."""
    for fault in error.errors():
        yield Fault((*path, *fault["loc"]), _in_words(fault, model))


def _in_words(fault: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return "no such key" + near(fault["loc"][-1], _keys(model, fault["loc"][:-1]))
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        return _one_of(fault["input"], context)
    if kind == "too_short":
        return "must not be empty"
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}"
    return plainly(fault["msg"])


def plainly(message: str) -> str:
    """Return a message of pydantic's in our words."""
    return message.removeprefix("Value error, ").replace("Input should", "must")


def _one_of(given: object, context: Mapping[str, Any]) -> str:
    known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
    return f"must be one of {', '.join(known)}" + near(given, known)


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the table that a path leads to, from a model on."""
    for name in path:
        field = model.model_fields.get(str(name))
        inner: tuple[Any, ...] = getattr(field.annotation, "__args__", (field.annotation,)) if field else ()
        model = next((kind for kind in inner if hasattr(kind, "model_fields")), model)
    return [field.alias or name for name, field in model.model_fields.items()]
