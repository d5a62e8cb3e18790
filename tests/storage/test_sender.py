"""How a connection to the store begins while a majority is away: it waits for one, for so long and no longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.sender import Sender

if TYPE_CHECKING:
    from tests.helpers.mongo import ReplicaSet


def pause_secondaries(mongo: ReplicaSet) -> None:
    for member in mongo.secondaries():
        member.pause()


async def opened(sender: Sender) -> None:
    try:
        await sender.open()
    finally:
        await sender.close()


def test_members_that_are_slow_as_a_crawl_begins_are_waited_for(mongo: ReplicaSet):
    sender = Sender(StoreConfig(uri=mongo.uri("zhihu"), wtimeout=0.2, start=60))

    async def work() -> None:
        opening = asyncio.create_task(opened(sender))
        await asyncio.sleep(2)
        assert not opening.done(), "nobody waited for a majority"
        for member in mongo.members:
            member.resume()
        await opening

    pause_secondaries(mongo)
    asyncio.run(asyncio.wait_for(work(), 120))
    with mongo.client() as client:
        assert set(PLURALS.values()) <= set(client.zhihu.list_collection_names())


def test_a_majority_that_stays_away_ends_the_start_in_time(mongo: ReplicaSet):
    sender = Sender(StoreConfig(uri=mongo.uri("zhihu"), wtimeout=0.2, start=2))
    pause_secondaries(mongo)
    with pytest.raises(UnreachableError, match="majority"):
        asyncio.run(asyncio.wait_for(opened(sender), 120))
