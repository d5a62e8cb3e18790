"""Many writes in few commands: one for all collections where the server can (8.0), else one a collection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo import DeleteOne, InsertOne, ReadPreference, UpdateOne
from pymongo.errors import BulkWriteError, ClientBulkWriteException

from zhihu_crawler.storage.faults import is_passing

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence

    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    from zhihu_crawler.storage.documents import Document

CLIENT_BULK_WIRE_VERSION = 25
"""MongoDB 8.0, the first with ``bulkWrite``."""


class Write(NamedTuple):
    """One write: a document to insert, or a filter with an update; or a filter alone, to delete."""

    collection: str
    insert: Document | None = None
    where: Document | None = None
    update: Any = None
    upsert: bool = True

    def model(self, namespace: str | None = None) -> Any:
        """Return it as pymongo's own. None of these touches more than one document: such a bulk can be retried."""
        if self.insert is not None:
            return InsertOne(self.insert, namespace=namespace)
        assert self.where is not None
        if self.update is None:
            return DeleteOne(self.where, namespace=namespace)
        return UpdateOne(self.where, self.update, upsert=self.upsert, namespace=namespace)


class Bulk:
    """Writes to one database. ``at_once`` says whether the server takes several collections in one command.

    What a writer reads comes from the primary, whatever the URI prefers: a secondary does not know the newest writes.
    """

    def __init__(self, client: AsyncMongoClient[Document], database: str, *, at_once: bool = False) -> None:
        self._client = client
        self.database: AsyncDatabase[Document] = client.get_database(database, read_preference=ReadPreference.PRIMARY)
        self.at_once = at_once

    async def run(self, writes: Sequence[Write]) -> dict[int, Mapping[str, Any]]:
        """Write, in any order, and return the errors of single writes by their place.

        Raises:
            PyMongoError: the writes as a whole did not go through, or not to a majority; some may have.
        """
        if not writes:
            return {}
        if self.at_once:
            return await self._run_at_once(writes)
        places: dict[str, list[int]] = {}
        for place, write in enumerate(writes):
            places.setdefault(write.collection, []).append(place)
        parts = [self._run_one(name, [writes[place] for place in group]) for name, group in places.items()]
        errors: dict[int, Mapping[str, Any]] = {}
        for group, found in zip(places.values(), await _all(parts), strict=True):
            errors |= {group[place]: error for place, error in found.items()}
        return errors

    async def _run_one(self, collection: str, writes: Sequence[Write]) -> dict[int, Mapping[str, Any]]:
        try:
            await self.database[collection].bulk_write([write.model() for write in writes], ordered=False)
        except BulkWriteError as error:
            if is_passing(error):
                raise
            return {one["index"]: one for one in error.details["writeErrors"]}
        return {}

    async def _run_at_once(self, writes: Sequence[Write]) -> dict[int, Mapping[str, Any]]:
        name = self.database.name
        models = [write.model(f"{name}.{write.collection}") for write in writes]
        try:
            await self._client.bulk_write(models, ordered=False)
        except ClientBulkWriteException as error:
            if is_passing(error) or not error.write_errors:
                raise
            return {one["idx"]: one for one in error.details["writeErrors"]}
        return {}


async def _all(parts: Iterable[Any]) -> list[Any]:
    """Wait for all, even where one fails: nothing goes on in the background; then raise the first fault."""
    results = await asyncio.gather(*parts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


async def batches(cursor: AsyncIterable[Document], size: int) -> AsyncIterator[list[Document]]:
    """Give what a cursor gives, in lists."""
    batch: list[Document] = []
    async for document in cursor:
        batch.append(document)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
