"""The data dictionary: every field of every item in plain words, made from the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.commands._schemas import VALUES, schema_of
from zhihu_crawler.items import KINDS, PLURALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Layouts = dict[tuple[str, str], str]
"""Which layouts give a field, by kind and field."""

_HEAD = """\
# Data dictionary

Every item that a crawl or `scrapy extract` yields, field by field. Made by `make docs` from the classes in
`zhihu_crawler/items/`; machines read the same in [`schemas/`](../schemas).

- **Not seen is null.** A field is null (in CSV: empty) when the page did not show it. It is never a made-up 0, "" or
  false; a field marked *always* is never null.
- **Ids are text**: newer ones have 19 digits, which numbers of spreadsheets and JavaScript cut.
- **Times are UTC**, as `2026-03-01T12:00:00Z`.
"""
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes/no"}
_UNITS = {"position": "place, from 0", "page_position": "place, from 0", "page": "page, from 1", "pages": "pages"}


def read_layouts(path: Path) -> Layouts:
    """Read the table of kind, field and layouts (tab-separated, with a head line); empty when there is none."""
    if not path.is_file():
        return {}
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip())
    return {(kind, field): layouts for kind, field, layouts, *_ in rows}


def dictionary_text(layouts: Layouts) -> str:
    """Return the whole dictionary as Markdown; the column of layouts stands in it when they are known."""
    schemas = {kind: schema_of(kind) for kind in KINDS}
    parts: dict[str, Any] = {}
    for schema in schemas.values():
        parts |= schema.get("$defs", {})
    objects = {name: part for name, part in sorted(parts.items()) if "properties" in part}
    sections = [
        _HEAD,
        *(_kind_section(kind, schema, layouts) for kind, schema in schemas.items()),
        "## Parts\n\nObjects that stand inside items.\n",
        *(f"### {name}\n\n{part['description']}\n\n{_table(part)}" for name, part in objects.items()),
        "## Values\n\nFields with a fixed set of values.\n",
        *(_values_section(name, part) for name, part in sorted(parts.items()) if "enum" in part),
    ]
    return "\n".join(sections)


def _kind_section(kind: str, schema: dict[str, Any], layouts: Layouts) -> str:
    about = f"{schema['description']} Kind `{kind}`, file `{PLURALS[kind]}.jsonl`."
    return f"## {schema['title']}\n\n{about}\n\n{_table(schema, kind, layouts)}"


def _values_section(name: str, part: dict[str, Any]) -> str:
    rows: list[tuple[str, ...]] = [
        ("value", "meaning"),
        *((f"`{value}`", part[VALUES][value]) for value in part["enum"]),
    ]
    return f"### {name}\n\n{part['description']}\n\n{_markdown(rows)}"


def _table(schema: dict[str, Any], kind: str = "", layouts: Layouts | None = None) -> str:
    head = ("field", "type", "meaning", "unit")
    rows = [head, *_rows(schema)]
    if layouts:
        told = ("read from", *(layouts.get((kind, name), "") for name in schema["properties"]))
        rows = [(*row, cell) for row, cell in zip(rows, told, strict=True)]
    return _markdown(rows)


def _rows(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, field in schema["properties"].items():
        always = "" if _is_nullable(field) else " (always)"
        meaning = field.get("description", f'`"{field["const"]}"`.' if "const" in field else "")
        yield f"`{name}`", type_words(field) + always, meaning, _unit(name, field)


def type_words(field: Mapping[str, Any]) -> str:
    """Return a schema's type in plain words: ``text``, ``UTC time``, ``list of Badge``."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(type_words(one) for one in field["anyOf"] if one != {"type": "null"})
    if field.get("type") == "array":
        return f"list of {type_words(field['items'])}"
    return "UTC time" if field.get("format") == "date-time" else _WORDS[field["type"]]


def _is_nullable(field: Mapping[str, Any]) -> bool:
    return {"type": "null"} in field.get("anyOf", ())


def _unit(name: str, field: Mapping[str, Any]) -> str:
    words = type_words(field)
    if words == "UTC time":
        return "UTC"
    return _UNITS.get(name, "count") if words == "whole number" else ""


def _markdown(rows: list[tuple[str, ...]]) -> str:
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    cells.insert(1, ["---"] * len(cells[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
