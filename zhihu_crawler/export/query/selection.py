"""Which of the asked fields each row has: ``author.name`` alone of an author, in the order they were asked in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import KEPT, Field, Type, a, field_named, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Tree = dict[str, "Tree | None"]
"""Chosen fields by name; ``None`` takes all that is below."""


def choose(kinds: Iterable[str], paths: Sequence[str], *, kept: bool) -> dict[str, tuple[str, ...]]:
    """Return the chosen fields of each kind; one that several kinds are asked for is left out where it is not.

    Raises:
        BadQuery: no kind has a field, or a kind has none of them.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    faults: dict[str, list[BadQuery]] = {}
    for kind in kinds:
        mine = []
        for path in dict.fromkeys(paths):
            try:
                mine.append(field_named(kind, path, kept=kept).path)
            except BadQuery as error:
                faults.setdefault(path, []).append(error)
        chosen[kind] = tuple(_without_doubles(mine))
    for errors in faults.values():
        if len(errors) == len(chosen):
            raise errors[0]
    if bare := [kind for kind, mine in chosen.items() if not mine]:
        raise BadQuery(f"{a(bare[0])} has none of the fields {', '.join(paths)}")
    return chosen


def _without_doubles(paths: list[str]) -> list[str]:
    """``author`` holds ``author.name`` already."""
    return [path for path in paths if not any(path.startswith(f"{other}.") for other in paths)]


def tree_of(paths: Iterable[str]) -> Tree:
    """Return paths as a tree."""
    tree: Tree = {}
    for path in paths:
        *outer, last = path.split(".")
        branch = tree
        for name in outer:
            inner = branch.setdefault(name, {})
            assert inner is not None  # what holds another chosen field is not chosen itself
            branch = inner
        branch[last] = None
    return tree


def prune(values: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    """Return what was chosen of plain values, absent ones as ``None``."""
    return {name: _pruned(values.get(name), branch) for name, branch in tree.items()}


def _pruned(value: Any, branch: Tree | None) -> Any:
    if branch is None or value is None:
        return value
    if isinstance(value, list):
        return [prune(one, branch) for one in value]
    return prune(value, branch)


def order_of(kinds: Iterable[str], sort: Sequence[str], *, kept: bool) -> dict[str, list[tuple[str, bool]]]:
    """Return for each kind the fields to sort by, each with whether it descends: ``voteup_count:desc``.

    Raises:
        BadQuery: a kind has no such field, or nothing can be sorted by it.
    """
    return {kind: [_sorting(kind, one, kept=kept) for one in sort] for kind in kinds}


def _sorting(kind: str, text: str, *, kept: bool) -> tuple[str, bool]:
    path, _, way = text.partition(":")
    if way not in ("", "asc", "desc"):
        raise BadQuery(f"{text!r}: sort by FIELD, FIELD:asc or FIELD:desc")
    field = field_named(kind, path, kept=kept)
    if field.many or field.type is Type.OBJECT:
        raise BadQuery(f"{path} is {'a list' if field.many else 'an object'}: nothing can be sorted by it")
    return field.path, way == "desc"


def all_fields(kind: str, more: Sequence[str]) -> list[Field]:
    """Return a kind's own top-level fields, and what the store keeps beside them as far as it was asked for."""
    return [field for field in fields_of(kind).values() if "." not in field.path] + [KEPT[name] for name in more]
