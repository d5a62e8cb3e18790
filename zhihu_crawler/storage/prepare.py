"""What a database needs before the first write: a server that is new enough, collections, validators, indexes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pymongo.errors import CollectionInvalid, OperationFailure

from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.items import KINDS, PLURALS
from zhihu_crawler.storage.bulk import CLIENT_BULK_WIRE_VERSION, Bulk
from zhihu_crawler.storage.connect import OLDEST_WIRE_VERSION
from zhihu_crawler.storage.indexes import indexes
from zhihu_crawler.storage.validators import validator_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    from zhihu_crawler.storage.documents import Document

logger = logging.getLogger(__name__)


async def greet(client: AsyncMongoClient[Document], database: str) -> Bulk:
    """Find out what the servers can, and that they take writes, and return the way to write to a database.

    Raises:
        PyMongoError: none can be reached, or none is primary.
        UnreachableError: they are too old.
    """
    hello = await client[database].command("hello")
    newest = int(hello["maxWireVersion"])
    if newest < OLDEST_WIRE_VERSION:
        raise UnreachableError("MongoDB 6.0 or newer is wanted; the server there is older")
    return Bulk(client, database, at_once=newest >= CLIENT_BULK_WIRE_VERSION)


async def prepare(database: AsyncDatabase[Document]) -> None:
    """Make what is missing; nothing where all is there. Documents of other shapes are left as they are.

    Raises:
        PyMongoError: not allowed, or the server went away.
    """
    there = {one["name"]: one.get("options", {}) async for one in await database.list_collections()}
    for kind in KINDS:
        await _make_collection(database, kind, there.get(PLURALS[kind]))
    for name, declared in indexes().items():
        await database[name].create_indexes([index.model() for index in declared])


async def _make_collection(database: AsyncDatabase[Document], kind: str, options: Mapping[str, object] | None) -> None:
    name = PLURALS[kind]
    wanted: dict[str, Any] = {"validator": validator_of(kind), "validationLevel": "strict", "validationAction": "warn"}
    if options is None:
        try:
            await database.create_collection(name, check_exists=False, **wanted)
        except (CollectionInvalid, OperationFailure) as error:
            if getattr(error, "code", None) != _EXISTS:
                raise
        return
    if {key: options.get(key) for key in wanted} != wanted:
        try:
            await database.command("collMod", name, **wanted)
        except OperationFailure as error:  # readWrite may create collections, but not change their rules
            logger.warning("The validator of %s.%s stays an older one: %s", database.name, name, error.details or error)


_EXISTS = 48
