"""``--where voteup_count>=100``: one condition as people write it, as a filter of MongoDB's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import Field, Type, field_named
from zhihu_crawler.export.query.values import read_value

if TYPE_CHECKING:
    from datetime import datetime

Filter = dict[str, Any]
"""A filter of MongoDB's form that holds no operators but those of ``filters.OPERATORS``."""
_CONDITION = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(>=|<=|!=|==|=|>|<|!~|~)\s*(.*?)\s*", re.DOTALL)
_KIND = re.compile(r"\s*([a-z_]+):(?=[A-Za-z_])")
_LISTED = re.compile(r'"(?:[^"]*)"|[^,]+')
_ORDER = {">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}
_HELP = "write a condition as FIELD=VALUE, with =, !=, >, >=, <, <= or ~ (holds)"


def split_kind(text: str) -> tuple[str | None, str]:
    """Split ``answer:voteup_count>=100`` into the kind that a condition is for, ``None`` for all, and the condition."""
    if found := _KIND.match(text):
        return found[1], text[found.end() :]
    return None, text


def read_where(text: str, kind: str, now: datetime, *, kept: bool) -> Filter:
    """Read one condition on a kind. What was not seen fulfils none but ``FIELD=null``.

    Raises:
        BadQuery: it cannot be read, there is no such field, or the value is not of its type.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise BadQuery(f"{text!r} is no condition: {_HELP}")
    path, sign, value = found.groups()
    field = field_named(kind, path, kept=kept)
    if value == "null" and sign in ("=", "==", "!="):
        return {path: {"$ne" if sign == "!=" else "$eq": None}}
    if not value:
        raise BadQuery(f'{text!r} compares with nothing: {_HELP}; for an empty text write {path}=""')
    return {path: _compared(field, sign, value, now)}


def _compared(field: Field, sign: str, value: str, now: datetime) -> Filter:
    if sign in ("~", "!~"):
        return _holds(field, sign, value)
    if sign in _ORDER:
        return _ordered(field, sign, read_value(field, value, now))
    values = [read_value(field, one.strip(), now) for one in _LISTED.findall(value)]
    if field.type is Type.TIME:
        return _moments(field, sign, values)
    if sign == "!=":
        return {"$nin": [*values, None]}
    return {"$eq": values[0]} if len(values) == 1 else {"$in": values}


def _holds(field: Field, sign: str, value: str) -> Filter:
    if field.type is not Type.TEXT:
        raise BadQuery(f"{field.path} is {field.type}: ~ looks into texts alone")
    pattern = {"$regex": re.escape(value.removeprefix('"').removesuffix('"')), "$options": "i"}
    return pattern if sign == "~" else {"$not": pattern, "$ne": None}


def _ordered(field: Field, sign: str, value: Any) -> Filter:
    if field.type in (Type.TEXT, Type.FLAG):
        raise BadQuery(f"{field.path} is {field.type}: it has no order, compare it with = or !=")
    if field.type is Type.TIME:  # 2026-03-01 is a whole day: what comes after it begins with the next
        begin, end = value
        return {">": {"$gte": end}, ">=": {"$gte": begin}, "<": {"$lt": begin}, "<=": {"$lt": end}}[sign]
    return {_ORDER[sign]: value}


def _moments(field: Field, sign: str, values: list[Any]) -> Filter:
    if len(values) != 1 or sign == "!=":
        raise BadQuery(f"{field.path} is a time: compare it with one, by =, >, >=, < or <=")
    begin, end = values[0]
    return {"$gte": begin, "$lt": end}
