"""What MongoDB checks of every document: JSON Schema in its own dialect, made from the items' classes.

At the level "warn": a document of another shape is stored and named in the server's log, for it was made by a newer or
an older version of this project, or by hand; the crawl's own check stands in ``pipelines/validate.py``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from zhihu_crawler.items import KINDS
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.merging import WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]
_TYPES = {"string": "string", "boolean": "bool", "integer": ["int", "long"], "number": ["double", "int", "long"]}
_DATE: Schema = {"bsonType": "date"}
_COUNT: Schema = {"bsonType": ["int", "long"], "minimum": 0}
_KEPT: Schema = {
    "_id": {"bsonType": "string"},
    "first_seen": _DATE,
    "last_seen": _DATE,
    "deleted_at": _DATE,
    "history": {"bsonType": "array", "items": {"bsonType": "object", "required": ["at"], "properties": {"at": _DATE}}},
    "meta": {"bsonType": "object"},
    "tokens": {"bsonType": "array", "items": {"bsonType": "string"}},
    "follower": {"bsonType": "string"},
    "followee": {"bsonType": "string"},
    "body_file": {"bsonType": "object", "required": ["file", "bytes"]},
    "revision": _COUNT,
    "changed_at": _DATE,
}
_ALWAYS = ("_id", "crawled_at", "layout", "partial", "first_seen", "last_seen", "meta")


@cache
def validator_of(kind: str) -> Schema:
    """Return the validator of a kind's collection."""
    made = TypeAdapter(KINDS[kind]).json_schema(mode="serialization")
    parts = made.get("$defs", {})
    properties = {name: _translated(field, parts) for name, field in made["properties"].items() if name != "kind"}
    required = [*_ALWAYS, *(["revision"] if kind in TEXTS else []), *_whole(kind, made)]
    return {"$jsonSchema": {"bsonType": "object", "required": required, "properties": properties | _KEPT}}


def _whole(kind: str, made: Mapping[str, Any]) -> list[str]:
    """A report is never put together from parts: all that its class demands is there."""
    known = ("kind", *_ALWAYS)
    return [name for name in made["required"] if name not in known and name != "url"] if kind == WHOLE else []


def _translated(field: Mapping[str, Any], parts: Mapping[str, Any]) -> Schema:
    """Turn a field's schema into MongoDB's words; what may be null in an item may be absent or null here."""
    if "$ref" in field:
        return _translated(parts[field["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in field:
        options = [_translated(one, parts) for one in field["anyOf"] if one != {"type": "null"}]
        return _or_null(options[0])  # no field of an item is of two types
    if "enum" in field:
        return {"enum": list(field["enum"])}
    if field["type"] == "array":
        return {"bsonType": "array", "items": _translated(field["items"], parts)}
    if field["type"] == "object":
        inner = {name: _or_null(_translated(one, parts)) for name, one in field["properties"].items()}
        return {"bsonType": "object", "additionalProperties": False, "properties": inner}
    return {"bsonType": "date" if field.get("format") == "date-time" else _TYPES[field["type"]]}


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {"enum": list(dict.fromkeys([*schema["enum"], None]))}
    types = schema.get("bsonType", [])
    return schema | {"bsonType": list(dict.fromkeys([*([types] if isinstance(types, str) else types), "null"]))}
