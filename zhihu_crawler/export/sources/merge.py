"""One thing, read on several pages, as one: for item files, by the rules that the store merges by.

What was not seen takes nothing back; of two readings of a field the later one counts, of two texts a whole one before
a cut one, of two times the more exact one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zhihu_crawler.storage.merging import PRECISIONS, READING, WHOLE, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zhihu_crawler.export.sources import Document
    from zhihu_crawler.storage.merging import Plan


def merged(kind: str, readings: Sequence[Document]) -> Document:
    """Return what several readings of one thing (``documents.values_of``) say together."""
    ordered = sorted(readings, key=lambda values: values["crawled_at"])
    if kind == WHOLE:
        return ordered[-1]
    plan = plan_of(kind)
    together: list[tuple[tuple[str, ...], Callable[[Document], int]]] = [
        (READING, lambda values: not values.get("partial"))
    ]
    if plan.text:
        together.append(((plan.text, "content_truncated"), lambda values: not values.get("content_truncated")))
    together += [((name, f"{name}_precision"), partial(_exactness, name)) for name in plan.pairs]
    whole = _each_by_itself(plan, ordered)
    for names, rank in together:
        _take(whole, ordered, names, rank)
    return whole


def _each_by_itself(plan: Plan, ordered: Sequence[Document]) -> Document:
    whole: Document = {}
    for values in ordered:
        for name, value in values.items():
            if name not in plan.apart or name in plan.constant:
                whole[name] = _joined(whole.get(name), value)
    return whole


def _joined(old: Any, new: Any) -> Any:
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


def _take(
    whole: Document, ordered: Sequence[Document], names: tuple[str, ...], rank: Callable[[Document], int]
) -> None:
    """Take fields that belong together from the reading of the highest rank, and of those from the latest."""
    having = [(rank(values), place, values) for place, values in enumerate(ordered) if names[0] in values]
    if having:
        _, _, chosen = max(having, key=lambda one: one[:2])
        whole.update({name: chosen[name] for name in names if name in chosen})


def _exactness(name: str, values: Document) -> int:
    precision = values.get(f"{name}_precision")
    return PRECISIONS.index(precision) if precision in PRECISIONS else -1
