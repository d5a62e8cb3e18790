"""The way through an export, one thing after the other, and where each stands: so that it can be gone on with.

Without an order, kinds are read one after the other by ``_id``; a place is the last one. With an order (a sort, named
things, a collection, a book), their ids are first written to a list in the draft; a place is a line of it. So a thing
whose votes change meanwhile comes once all the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from zhihu_crawler.export.disk import sync
from zhihu_crawler.export.plan import ENTRY_ORDER
from zhihu_crawler.export.query.paths import KEPT, a
from zhihu_crawler.export.sources import Wanted
from zhihu_crawler.storage.documents import to_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.sources import Document, Source
    from zhihu_crawler.items import Item

_AT_ONCE = 100
Place = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that was read. ``kept`` is what the store keeps of it beside the item."""

    kind: str
    id: str
    item: Item
    kept: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """A thing that could not be read, and why. ``is_damage``: it should have been."""

    kind: str
    id: str
    reason: str
    is_damage: bool = False


Step = tuple[Place, Found | Missing]


class Reading:
    """Reads what a plan wants from a source; ``folder`` keeps the list of ids."""

    def __init__(self, plan: Plan, source: Source, folder: Path) -> None:
        self._plan, self._source = plan, source
        self._list = folder / "order.jsonl"
        chosen = plan.fields or {}
        self._kept = {kind: [*plan.more, *(one for one in chosen.get(kind, ()) if one in KEPT)] for kind in plan.kinds}

    def total(self) -> int | None:
        """Count what will be read, ``None`` where that is not known."""
        if self._plan.is_listed:
            self._make_list()
            with self._list.open("rb") as lines:
                return sum(1 for _ in lines)
        counts = [self._source.count(wanted) for wanted in self._plan.wanted.values()]
        if any(count is None for count in counts):
            return None
        return sum(min(count or 0, self._plan.limit or count or 0) for count in counts)

    def steps(self, after: Place) -> Iterator[Step]:
        """Give everything behind a place, each with its own place."""
        if self._plan.is_listed:
            self._make_list()
            yield from self._listed(after.get("line", 0))
        else:
            yield from self._scanned(after)

    def _scanned(self, after: Place) -> Iterator[Step]:
        kinds = self._plan.kinds
        for number in range(after.get("kind", 0), len(kinds)):
            last, count = (after.get("id"), after["count"]) if after.get("kind") == number else (None, 0)
            left = None if self._plan.limit is None else self._plan.limit - count
            for document in islice(self._source.scan(self._plan.wanted[kinds[number]], last), left):
                count += 1
                yield {"kind": number, "id": document["_id"], "count": count}, self._found(kinds[number], document)

    def _listed(self, line: int) -> Iterator[Step]:
        with self._list.open(encoding="utf-8", newline="\n") as lines:
            rest = islice(lines, line, None)
            while batch := list(map(json.loads, islice(rest, _AT_ONCE))):
                known = {kind: self._source.fetch(kind, ids) for kind, ids in _by_kind(batch).items()}
                for kind, id_, reason in batch:
                    line += 1
                    yield {"line": line}, self._one(kind, id_, reason, known.get(kind, {}).get(id_))

    def _one(self, kind: str, id_: str, reason: str, document: Document | None) -> Found | Missing:
        if reason:
            return Missing(kind, id_, reason)
        return self._found(kind, document) if document else Missing(kind, id_, "gone since this export began")

    def _found(self, kind: str, document: Document) -> Found | Missing:
        id_ = str(document["_id"])
        if problem := self._source.complete(kind, document):
            return Missing(kind, id_, problem, is_damage=True)
        try:
            item = to_item(kind, document)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            place = ".".join(map(str, fault["loc"]))
            return Missing(kind, id_, f"not what {a(kind)} is: {place}: {fault['msg']}", is_damage=True)
        return Found(kind, id_, item, {name: document.get(name) for name in self._kept[kind]})

    def _make_list(self) -> None:
        """Write the list of ids, unless that was done when this export began."""
        if self._list.exists():
            return
        draft = self._list.with_suffix(".new")
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{json.dumps(one)}\n" for one in self._references())
        sync(draft)
        draft.replace(self._list)

    def _references(self) -> Iterator[tuple[str, str, str]]:
        """Give every thing with its kind, its id, and why it cannot be had, empty where it can."""
        told = False
        for kind, wanted in self._plan.wanted.items():
            if self._plan.collection and kind in ("answer", "article"):
                if not told:
                    yield from self._held(self._plan.collection)
                told = True
            elif self._plan.names:
                yield from self._named(wanted, self._plan.names)
            else:
                for id_ in self._spooled(wanted, self._plan.limit):
                    yield kind, id_, ""

    def _spooled(self, wanted: Wanted, limit: int | None) -> Iterator[str]:
        """Give sorted ids by way of a file: the source may have to begin anew, and there may be millions of them."""
        spool = self._list.with_suffix(".ids")

        def take(ids: Iterable[str]) -> None:
            with spool.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{json.dumps(id_, default=str)}\n" for id_ in islice(ids, limit))

        self._source.ids(wanted, take)
        with spool.open(encoding="utf-8", newline="\n") as lines:
            yield from map(json.loads, lines)
        spool.unlink()

    def _named(self, wanted: Wanted, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Give things by name, in the order of the names."""
        rest = islice(names, self._plan.limit)
        while batch := list(islice(rest, _AT_ONCE)):
            yield from self._some(wanted, batch)

    def _some(self, wanted: Wanted, names: list[str]) -> Iterator[tuple[str, str, str]]:
        there = self._source.find(wanted, names)
        left = [name for name in names if name not in there]
        known = self._source.find(Wanted(wanted.kind), left) if wanted.filter and left else {}
        for name in names:
            if name in there:
                yield wanted.kind, there[name], ""
            elif name not in known:  # what is known does not fulfil the conditions: it was not asked for
                yield wanted.kind, name, f"not found in {self._source.name}"

    def _held(self, collection: str) -> Iterator[tuple[str, str, str]]:
        """Give what a collection holds, in its order."""
        entries = Wanted("collection_entry", {"collection_id": {"$eq": collection}}, ENTRY_ORDER)
        ids = self._spooled(entries, None)
        counts = dict.fromkeys(self._plan.kinds, 0)
        while batch := list(islice(ids, _AT_ONCE)):
            known = self._source.fetch("collection_entry", batch)
            held = [known[id_] for id_ in batch if id_ in known]
            answers = {kind: self._there(kind, held) for kind in self._plan.kinds if kind in ("answer", "article")}
            for entry in held:
                kind, id_ = entry["content_kind"], entry["content_id"]
                if kind in answers and id_ in answers[kind]:
                    counts[kind] += 1
                    if self._plan.limit is None or counts[kind] <= self._plan.limit:
                        yield kind, id_, answers[kind][id_]
                elif kind not in ("answer", "article"):
                    yield kind, id_, "not a kind that is read"

    def _there(self, kind: str, held: list[Document]) -> dict[str, str]:
        """Return why each entry's answer or article cannot be had, empty where it can."""
        entries = {entry["content_id"]: entry for entry in held if entry["content_kind"] == kind}
        wanted = self._plan.wanted[kind]
        return {id_: _why(entries[id_], reason) for _, id_, reason in self._some(wanted, list(entries))}


def _why(entry: Document, reason: str) -> str:
    return "deleted on the site before it was read" if reason and entry.get("is_deleted") else reason


def _by_kind(batch: list[list[str]]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, id_, reason in batch:
        if not reason:
            kinds.setdefault(kind, []).append(id_)
    return kinds
