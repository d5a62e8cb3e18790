"""The store under faults, on a real set: nothing is lost, nothing is written twice, and a crawl goes on."""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.proxy import running_proxy
from tests.samples import AT, make_item
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import RefusedError, SpooledError, StoreError, UnreachableError
from zhihu_crawler.storage import sender as sender_module
from zhihu_crawler.storage.replay import replay
from zhihu_crawler.storage.sender import Sender
from zhihu_crawler.storage.spool import Spool, load, waiting
from zhihu_crawler.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet
    from zhihu_crawler.items import Item


class Stats(Counter[str]):
    def count(self, name: str, more: int) -> None:
        self[name] += more

    def sum(self, begin: str) -> int:
        return sum(value for name, value in self.items() if name.startswith(f"zhihu/store/{begin}"))


@pytest.fixture
def config(mongo: ReplicaSet, tmp_path: Path) -> StoreConfig:
    return StoreConfig(uri=mongo.uri("zhihu"), spool_dir=tmp_path / "spool", start=5, wtimeout=2, retry=30)


@asynccontextmanager
async def open_store(
    config: StoreConfig, stats: Stats, stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator[Store]:
    store = Store(config, "test", stats.count, stopping)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def put_all(store: Store, items: list[Item]) -> list[BaseException | None]:
    return await asyncio.gather(*(store.put(item) for item in items), return_exceptions=True)


def answers(count: int, **fields: Any) -> list[Item]:
    return [make_item("answer", str(number), content=f"text {number}", **fields) for number in range(count)]


def stored(mongo: ReplicaSet) -> dict[str, dict[str, Any]]:
    with mongo.client() as client:
        return {one["_id"]: one for one in client.zhihu.answers.find()}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


def test_an_item_comes_back_when_a_majority_has_it_and_batches_are_few(mongo: ReplicaSet, config: StoreConfig):
    stats = Stats()

    async def work() -> None:
        async with open_store(replace(config, flush=60), stats) as store:
            assert await put_all(store, answers(1000)) == [None] * 1000

    run(work())
    assert len(stored(mongo)) == 1000
    assert stats == {"zhihu/store/written/answer": 1000, "zhihu/store/batches": 5}


def test_a_lone_item_does_not_wait_for_others(mongo: ReplicaSet, config: StoreConfig):
    async def work() -> None:
        async with open_store(config, Stats()) as store:
            await asyncio.wait_for(store.put(make_item("answer")), 10)

    run(work())
    assert len(stored(mongo)) == 1


def test_what_was_gathered_is_written_when_the_crawl_ends(mongo: ReplicaSet, config: StoreConfig):
    async def work() -> None:
        store = Store(replace(config, flush=60), "test", Stats().count)
        await store.open()
        puts = [asyncio.create_task(store.put(item)) for item in answers(3)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*puts)

    run(work())
    assert len(stored(mongo)) == 3


def test_long_items_are_sent_before_their_number_is_full(config: StoreConfig):
    stats = Stats()

    async def work() -> None:
        async with open_store(replace(config, flush=60), stats) as store:
            await put_all(store, [make_item("answer", str(n), content="x" * 1_900_000) for n in range(10)])

    run(work())
    assert stats["zhihu/store/batches"] == 2


def test_refused_items_are_kept_aside_with_the_reason(mongo: ReplicaSet, config: StoreConfig):
    with mongo.client() as client:
        client.zhihu.answers.create_index("excerpt", unique=True, sparse=True)
    items = [*answers(2, excerpt="same"), make_item("answer", "9", voteup_count=2**70)]
    results: list[BaseException | None] = []
    stats = Stats()

    async def work() -> None:
        async with open_store(config, stats) as store:
            results.extend(await put_all(store, items))

    run(work())
    assert [type(result) for result in results].count(RefusedError) == 2
    [aside] = config.spool_dir.glob("*.refused.jsonl")
    assert {"code 11000", "8-byte"} == {mark for mark in ("code 11000", "8-byte") if mark in aside.read_text()}
    assert (stats["zhihu/store/refused/answer"], stats["zhihu/store/written/answer"]) == (2, 1)
    assert waiting(config.spool_dir) == []


@pytest.mark.parametrize("harm", ["step down", pytest.param("kill twice", marks=pytest.mark.faults)])
def test_a_change_of_primaries_loses_nothing_and_spools_nothing(mongo: ReplicaSet, config: StoreConfig, harm: str):
    stats = Stats()
    items = answers(2400)

    async def work() -> None:
        async with open_store(config, stats) as store:
            puts = []
            for start in range(0, len(items), 200):
                puts.append(asyncio.create_task(put_all(store, items[start : start + 200])))
                await asyncio.sleep(0.05)
                if start in {"step down": (600,), "kill twice": (400, 1400)}[harm]:
                    await asyncio.to_thread(hurt)
            for results in await asyncio.gather(*puts):
                assert set(results) == {None}

    def hurt() -> None:
        if harm == "step down":
            mongo.step_down()
            return
        member = mongo.primary()
        member.kill()
        mongo.primary()
        member.start()
        mongo.wait_healthy()

    run(work())
    mongo.heal()
    documents = stored(mongo)
    assert len(documents) == 2400
    assert {len(one["meta"]["texts"]) for one in documents.values()} == {1}
    assert stats.sum("written") == 2400
    assert not config.spool_dir.exists()


def test_without_a_majority_the_crawl_holds_back_then_spools_then_goes_on(
    mongo: ReplicaSet, config: StoreConfig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(sender_module, "PROBE_SECONDS", 1.0)
    stats = Stats()

    async def work() -> None:
        async with open_store(replace(config, retry=4), stats) as store:
            await put_all(store, answers(10))
            for member in await asyncio.to_thread(mongo.secondaries):
                member.pause()
            begun = time.monotonic()
            puts = asyncio.create_task(put_all(store, answers(100)))
            await asyncio.sleep(2)
            assert not puts.done()
            assert {type(result) for result in await puts} == {SpooledError}
            assert time.monotonic() - begun < 30
            at_once = time.monotonic()
            assert {type(result) for result in await put_all(store, answers(120)[100:])} == {SpooledError}
            assert time.monotonic() - at_once < 5
            await asyncio.to_thread(mongo.heal)
            await asyncio.sleep(1.2)
            assert await put_all(store, answers(140)[120:]) == [None] * 20

    with caplog.at_level(logging.WARNING):
        run(work())
    assert stats["zhihu/store/spooled/answer"] == 120
    [spool] = waiting(config.spool_dir)
    assert len(spool.read_text().splitlines()) == 120
    told = [record.getMessage() for record in caplog.records]
    assert any("Holding back, 4 s at most" in line for line in told)
    assert any("100 items wait in" in line for line in told)
    assert any("takes writes again" in line for line in told)

    async def back() -> None:
        sender = Sender(config)
        await sender.open()
        assert (await replay(spool, sender, 50)).stored == 120
        await sender.close()

    asyncio.run(back())
    assert len(stored(mongo)) == 140


def test_a_crawl_that_is_told_to_stop_does_not_wait_for_a_dead_store(
    mongo: ReplicaSet, config: StoreConfig, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sender_module, "HURRY_SECONDS", 1.0)
    stopping = False

    async def work() -> None:
        nonlocal stopping
        async with open_store(replace(config, retry=60), Stats(), lambda: stopping) as store:
            for member in mongo.members:
                member.pause()
            puts = asyncio.create_task(put_all(store, answers(10)))
            await asyncio.sleep(1)
            stopping, begun = True, time.monotonic()
            assert {type(result) for result in await puts} == {SpooledError}
            assert time.monotonic() - begun < 6

    run(work())
    assert len(waiting(config.spool_dir)) == 1


WRITES = (b"\x02insert\x00", b"\x02update\x00")
"""How the command of an OP_MSG begins that writes."""


def direct(config: StoreConfig, port: int) -> StoreConfig:
    """A store that sees one member alone, and that through a proxy."""
    return replace(config, uri=f"mongodb://127.0.0.1:{port}/zhihu?directConnection=true&socketTimeoutMS=1500&w=1")


@pytest.mark.parametrize("times", [1, 3])
def test_a_reply_that_is_lost_after_the_write_does_no_harm(mongo: ReplicaSet, config: StoreConfig, times: int):
    stats = Stats()

    async def work() -> None:
        with running_proxy(mongo.primary().port) as proxy:
            async with open_store(direct(config, proxy.port), stats) as store:
                await put_all(store, answers(50))
                proxy.swallow(times, to=WRITES)
                changed = [
                    replace(item, content=f"new {item.id}", crawled_at=item.crawled_at.replace(hour=13))
                    for item in answers(50)
                ]
                assert await put_all(store, changed) == [None] * 50
                assert proxy.swallowed == times

    run(work())
    documents = stored(mongo)
    assert {one["content"] for one in documents.values()} == {f"new {n}" for n in range(50)}
    assert {(one["revision"], len(one["meta"]["texts"])) for one in documents.values()} == {(2, 2)}
    with mongo.client() as client:
        assert client.zhihu.versions.count_documents({}) == 100


def test_a_connection_that_hangs_is_given_up_and_the_write_tried_anew(mongo: ReplicaSet, config: StoreConfig):
    stats = Stats()

    async def work() -> None:
        with running_proxy(mongo.primary().port) as proxy:
            async with open_store(direct(config, proxy.port), stats) as store:
                await put_all(store, answers(5))
                proxy.hang()
                puts = asyncio.create_task(put_all(store, answers(50)))
                await asyncio.sleep(3)
                assert not puts.done()
                proxy.go_on()
                assert await puts == [None] * 50

    run(work())
    assert len(stored(mongo)) == 50


def test_where_neither_servers_nor_disk_take_items_that_is_told(mongo: ReplicaSet, config: StoreConfig):
    config.spool_dir.write_text("not a folder")
    stats = Stats()

    async def work() -> None:
        with running_proxy(mongo.primary().port) as proxy:
            async with open_store(replace(direct(config, proxy.port), retry=0.1, start=1), stats) as store:
                proxy.refuse()
                [result] = await put_all(store, answers(1))
                assert type(result) is StoreError
                assert "neither MongoDB" in str(result)

    run(work())
    assert stats["zhihu/store/lost/answer"] == 1


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("mongodb://127.0.0.1:1/zhihu", "no server can be reached: 127.0.0.1:1: [Errno 111] Connection refused"),
        ("mongodb://nowhere.invalid/zhihu", "check that the name is right"),
        ("mongodb://127.0.0.1:1/zhihu?serverSelectionTimeoutMS=60000", "no answer within 1 s"),
    ],
)
def test_a_store_that_is_not_there_is_told_within_the_time_for_it(uri: str, told: str, tmp_path: Path):
    store = Store(StoreConfig(uri=uri, start=1, spool_dir=tmp_path), "test", Stats().count)

    async def work() -> None:
        begun = time.monotonic()
        with pytest.raises(UnreachableError) as raised:
            await store.open()
        took = time.monotonic() - begun
        await store.close()
        assert took < 5
        assert told in str(raised.value)
        assert "\n" not in str(raised.value)

    run(work())


def test_a_spool_of_an_earlier_crawl_is_told_at_the_start(config: StoreConfig, caplog: pytest.LogCaptureFixture):
    config.spool_dir.mkdir()
    (config.spool_dir / "2026-01-01-answer-1.jsonl").write_text("{}\n{}\n")

    async def work() -> None:
        async with open_store(config, Stats()):
            pass

    run(work())
    assert "2 items of earlier crawls wait" in caplog.text


def test_a_fault_of_our_own_keeps_the_items(config: StoreConfig, monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: object) -> None:
        raise KeyError("ours")

    async def work() -> None:
        async with open_store(config, Stats()) as store:
            monkeypatch.setattr(store._sender._writer, "write", broken)
            assert [type(one) for one in await put_all(store, answers(2))] == [SpooledError] * 2

    run(work())
    assert len(waiting(config.spool_dir)) == 1


def test_times_of_items_are_kept_to_the_millisecond(mongo: ReplicaSet, config: StoreConfig):
    moment = AT.replace(microsecond=123456)

    async def work() -> None:
        async with open_store(config, Stats()) as store:
            for _ in range(2):
                await store.put(make_item("answer", crawled_at=moment, voteup_count=1))

    run(work())
    [document] = stored(mongo).values()
    assert document["last_seen"] == AT.replace(microsecond=123000)
    assert len(document["history"]) == 1


def test_a_disk_that_is_full_leaves_whole_lines(config: StoreConfig, tmp_path: Path):
    items = answers(20)
    spool = Spool(tmp_path / "full", "test")
    spool.keep(items[:10])
    size = spool.waiting.stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            spool.keep(items[10:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert spool.waiting.stat().st_size == size
    spool.keep(items[10:])
    spool.close()
    assert [load(line) for line in spool.waiting.read_bytes().splitlines()] == items


def test_a_process_that_ends_before_its_crawl_keeps_what_no_majority_has(config: StoreConfig):
    async def work() -> None:
        async with open_store(replace(config, flush=60, batch_size=5), Stats()) as store:
            held = asyncio.Event()
            store._sender.write = lambda _: held.wait()
            puts = [asyncio.create_task(store.put(item)) for item in answers(7)]
            await asyncio.sleep(0.01)
            store.abandon()
            for put in puts:
                put.cancel()
            store._buffer.clear()
            for task in list(store._sent):
                task.cancel()

    run(work())
    [path] = waiting(config.spool_dir)
    assert {load(line).id for line in path.read_bytes().splitlines()} == {str(number) for number in range(7)}
