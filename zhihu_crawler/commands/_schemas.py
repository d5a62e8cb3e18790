"""JSON Schemas of the items, made from their classes."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from zhihu_crawler import items
from zhihu_crawler.items import KINDS, Item

if TYPE_CHECKING:
    from enum import Enum
    from pathlib import Path

VALUES = "x-valueDescriptions"
"""Keyword of our own: what each value of an enumeration means. Validators pass over what they do not know."""


class _Schema(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def schema_files(folder: Path) -> dict[Path, str]:
    """Return the text of every kind's schema by the path it belongs at."""
    return {
        folder / f"{kind}.json": json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n"
        for kind in sorted(KINDS)
    }


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind as the export files hold it; properties stand in the fields' order."""
    made: dict[str, Any] = _plain_marks(_made_by_pydantic(KINDS[kind]))
    for name, definition in made.get("$defs", {}).items():
        if "enum" in definition:
            definition[VALUES] = value_docs(getattr(items, name))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"zhihu_crawler/schemas/{kind}.json",
        "title": made.pop("title"),
    }
    return head | made


def value_docs(enumeration: type[Enum]) -> dict[str, str]:
    """Return what the docstrings below an enumeration's members say, "" where there is none."""
    docs = _attribute_docs(enumeration)
    return {member.value: docs.get(name, "").replace("``", "`") for name, member in enumeration.__members__.items()}


def _made_by_pydantic(item: type[Item]) -> dict[str, Any]:
    made = TypeAdapter(item).json_schema(mode="serialization", schema_generator=_Schema)
    inherited = _attribute_docs(Item)  # pydantic reads the docstrings of a class's own fields alone
    for name, field in made["properties"].items():
        if name in inherited:
            field.setdefault("description", inherited[name])
    made["required"] = ["kind", *(name for name in made["required"] if name != "kind")]  # every item carries it
    return made


def _attribute_docs(cls: type) -> dict[str, str]:
    """Return the docstrings below a class's attributes by name."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        _target(attribute): inspect.cleandoc(str(below.value.value))
        for attribute, below in pairwise(definition.body)
        if isinstance(attribute, (ast.Assign, ast.AnnAssign))
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }


def _target(attribute: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(attribute.target if isinstance(attribute, ast.AnnAssign) else attribute.targets[0])


def _plain_marks(node: Any) -> Any:
    """Put one backtick where docstrings have two."""
    if isinstance(node, dict):
        return {key: _plain_marks(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain_marks(value) for value in node]
    return node.replace("``", "`") if isinstance(node, str) else node
