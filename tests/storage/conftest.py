from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from zhihu_crawler.items import PLURALS, Item
from zhihu_crawler.storage.bulk import Bulk
from zhihu_crawler.storage.entries import entry_of
from zhihu_crawler.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.mongo import ReplicaSet

Document = dict[str, Any]


@dataclass
class Written:
    """A database of the test's set, written to by our writer and read back as a whole."""

    runner: asyncio.Runner
    client: AsyncMongoClient[Document]
    name: str = "zhihu"

    def __post_init__(self) -> None:
        self.writer = Writer(Bulk(self.client, self.name))

    def write(self, *items: Item) -> dict[int, str]:
        return self.runner.run(self.writer.write([entry_of(item) for item in items]))

    def all(self, collection: str) -> dict[str, Document]:
        async def read() -> dict[str, Document]:
            return {one["_id"]: one async for one in self.client[self.name][collection].find().sort("_id")}

        return self.runner.run(read())

    def one(self, kind: str) -> Document:
        [document] = self.all(PLURALS[kind]).values()
        return document

    def texts(self) -> dict[str, str]:
        return {one["_id"]: one["text"] for one in self.all("versions").values()}

    def empty(self) -> None:
        async def drop() -> None:
            for name in await self.client[self.name].list_collection_names():
                await self.client[self.name][name].delete_many({})

        self.runner.run(drop())
        self.writer = Writer(Bulk(self.client, self.name))


@pytest.fixture
def written(mongo: ReplicaSet) -> Iterator[Written]:
    with asyncio.Runner() as runner:

        async def connect() -> AsyncMongoClient[Document]:
            return AsyncMongoClient(mongo.uri(), tz_aware=True, w="majority")

        client = runner.run(connect())
        yield Written(runner, client)
        runner.run(client.close())
