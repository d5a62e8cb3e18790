"""Seeds out of the store, read from a secondary so that crawls are not slowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import BadSetting, RunError
from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.connect import explain, sync_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.settings import BaseSettings

    from zhihu_crawler.errors import BadSeed
    from zhihu_crawler.schedule.query import Query
    from zhihu_crawler.schedule.spiders import SeedModel
    from zhihu_crawler.urls import Target

_UNIQUE = ("id", "_id")


def query_seeds(query: Query, model: type[SeedModel], settings: BaseSettings) -> Iterator[Target | BadSeed]:
    """Give the things that a query finds, each once.

    Raises:
        RunError: there is no store, it cannot be reached, or it refuses the filter.
    """
    try:
        config = StoreConfig.from_settings(settings)
    except BadSetting as error:
        raise RunError(str(error), is_passing=False) from error
    if config is None:
        raise RunError("a query needs the store: set MONGODB_URI", is_passing=False)
    try:
        with sync_client(config, readPreference="secondaryPreferred") as client:
            collection = client[config.database][PLURALS[query.kind]]
            with collection.aggregate(stages(query, query.field_for(model.kind)), allowDiskUse=True) as found:
                yield from model.read_seeds(str(document["seed"]) for document in found)
    except PyMongoError as error:
        raise RunError(explain(error, config), is_passing=not isinstance(error, OperationFailure)) from error


def stages(query: Query, field: str) -> list[dict[str, Any]]:
    """Return the stages of MongoDB's aggregation that give the values of a field as ``seed``, each once."""
    order, sign = (query.sort or "").lstrip("-"), -1 if (query.sort or "").startswith("-") else 1
    made: list[dict[str, Any]] = [{"$match": {"$and": [query.filter, {field: {"$type": "string"}}]}}]
    if field in _UNIQUE:
        made += [{"$sort": {order: sign}}] if order else []
        made += [{"$limit": query.limit}] if query.limit else []
        return [*made, {"$project": {"_id": 0, "seed": f"${field}"}}]
    rank = {"rank": {"$max" if sign < 0 else "$min": f"${order}"}} if order else {}
    made += [{"$unwind": f"${field}"}, {"$group": {"_id": f"${field}", **rank}}]
    made.append({"$sort": {"rank": sign, "_id": 1} if order else {"_id": 1}})
    made += [{"$limit": query.limit}] if query.limit else []
    return [*made, {"$project": {"_id": 0, "seed": "$_id"}}]
