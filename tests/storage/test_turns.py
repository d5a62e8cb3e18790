"""Items that come all at once are not all made into documents at once: others on the event loop get their turns."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.samples import make_item
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.storage import store as store_module
from zhihu_crawler.storage.spool import load, waiting
from zhihu_crawler.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.items import Item
    from zhihu_crawler.storage.entries import Entry


class Deaf:
    """Servers that answer when they are told to."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()

    async def write(self, entries: list[Entry]) -> dict[int, str]:
        await self.may_answer.wait()
        return {}

    async def close(self) -> None:
        """Hang up."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    config = StoreConfig(uri="mongodb://127.0.0.1/zhihu", spool_dir=tmp_path, flush=60)
    store = Store(config, "test", lambda *_: None)
    store._sender = Deaf()
    return store


def answers(count: int) -> list[Item]:
    return [make_item("answer", str(number)) for number in range(count)]


def test_others_get_a_turn_between_the_items_of_a_page(store: Store, monkeypatch: pytest.MonkeyPatch):
    turn, made = 0, Counter[int]()
    entry_of = store_module.entry_of

    def counted(item: Item) -> Entry:
        made[turn] += 1
        return entry_of(item)

    async def other() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def work() -> None:
        others = asyncio.create_task(other())
        store._sender.may_answer.set()
        puts = [asyncio.create_task(store.put(item)) for item in answers(200)]
        await asyncio.gather(*puts)
        others.cancel()
        await store.close()

    monkeypatch.setattr(store_module, "entry_of", counted)
    asyncio.run(work())
    assert made.total() == 200
    assert max(made.values()) == 20


def test_a_process_that_ends_keeps_items_that_wait_for_their_turn(store: Store, tmp_path: Path):
    async def work() -> None:
        puts = [asyncio.create_task(store.put(item)) for item in answers(150)]
        for _ in range(4):
            await asyncio.sleep(0)
        assert store._coming
        assert store._buffer
        store.abandon()
        store._spool.close()
        for put in puts:
            put.cancel()

    asyncio.run(work())
    [path] = waiting(tmp_path)
    assert {load(line).id for line in path.read_bytes().splitlines()} == {str(number) for number in range(150)}
