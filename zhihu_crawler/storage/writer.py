"""A batch of entries, written: each with the least that is right for what is stored, and again where that changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.bulk import Bulk, Write
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.faults import is_known_id, told
from zhihu_crawler.storage.people import People
from zhihu_crawler.storage.texts import Texts
from zhihu_crawler.storage.updates import any_update, is_plain, newer_update

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zhihu_crawler.storage.documents import Document
    from zhihu_crawler.storage.entries import Entry

_ROUNDS = 8
_BREATH = 50
"""Updates that are built before others on the event loop get a turn."""


@dataclass(slots=True)
class _Step:
    """One document on its way: not seen before (an insert), older than this (a small update), or anything (a large)."""

    place: int
    kind: str
    document: Document
    stored: datetime | None = None
    is_known: bool = False

    def write(self) -> Write:
        name, document = PLURALS[self.kind], self.document
        if self.stored is None and not self.is_known:
            return Write(name, insert=document)
        if self.stored and not self.is_known and self.stored < document["last_seen"] and is_plain(self.kind, document):
            where = {"_id": document["_id"], "last_seen": {"$lt": document["last_seen"]}}
            return Write(name, where=where, update=newer_update(self.kind, document))
        return Write(name, where={"_id": document["_id"]}, update=any_update(self.kind, document))


class Writer:
    """Writes entries, which may arrive in any order and any number of times."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk
        self.texts = Texts(bulk)
        self._people = People(bulk, self.texts)

    async def write(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Write them, and return by place why the server will never take one; all others have a majority.

        Raises:
            PyMongoError: not all went through; the same call can be made again, whatever became of this one.
            UnreachableError: others write to the same documents all the time.
        """
        await self.texts.upload({one.document["meta"]["hash"]: one.long_text for one in entries if one.long_text})
        kinds = [entry.kind for entry in entries]
        documents, shown = await self._people.resolve(zip(kinds, (one.document for one in entries), strict=True))
        steps = [_Step(place, kind, one) for place, (kind, one) in enumerate(zip(kinds, documents, strict=True))]
        refused = await self._write_all(steps)
        for kind in TEXTS.keys() & set(kinds):
            if changed := [
                step.document["_id"] for step in steps if step.kind == kind and (step.stored or step.is_known)
            ]:
                await self.texts.move(kind, changed)
        await self._people.join(zip(kinds, documents, strict=True), shown)
        return refused

    async def _write_all(self, steps: list[_Step]) -> dict[int, str]:
        refused: dict[int, str] = {}
        await asyncio.gather(*(self._look(kind, steps) for kind in {step.kind for step in steps}))
        for _ in range(_ROUNDS):
            errors = await self._bulk.run([await self._made(number, step) for number, step in enumerate(steps)])
            known = [steps[place] for place, error in errors.items() if is_known_id(error)]
            refused |= {steps[place].place: told(error) for place, error in errors.items() if not is_known_id(error)}
            if not known:
                return refused
            for step in known:
                step.is_known = True
            steps = known
        raise UnreachableError(f"{len(steps)} documents were written to by others {_ROUNDS} times over")

    async def _look(self, kind: str, steps: list[_Step]) -> None:
        """Find out which are stored. What is found only chooses the write; each write is right by itself."""
        mine = {step.document["_id"]: step for step in steps if step.kind == kind}
        found = self._bulk.database[PLURALS[kind]].find({"_id": {"$in": list(mine)}}, {"last_seen": 1})
        async for one in found:
            mine[one["_id"]].stored = one.get("last_seen")
            mine[one["_id"]].is_known = "last_seen" not in one

    async def _made(self, number: int, step: _Step) -> Write:
        if number % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        return step.write()
