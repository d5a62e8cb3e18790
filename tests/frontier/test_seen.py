"""The seen-set on real servers: exact at every size, small between its splits, and forgetful only when asked to be."""

from __future__ import annotations

import random

import pytest

from tests.helpers.redis import running_redis, servers
from zhihu_crawler.frontier.link import source

MOST_BYTES = 16
DAY = 86_400_000
SCRIPTS = {
    "new": """
        local sets, new = open_seen(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3])), 0
        for place = 4, #ARGV do if see(sets, ARGV[place]) then new = new + 1 end end
        for _, set in ipairs(sets) do save(set) end
        return new
    """,
    "has": """
        local set, told = seen_set(KEYS[1]), {}
        for place = 2, #ARGV do told[place - 1] = is_in(set, ARGV[place]) and 1 or 0 end
        return told
    """,
    "drop": "drop(KEYS[1] .. ':trash', KEYS[1]) return 1",
    "sweep": "sweep(KEYS[1] .. ':trash', tonumber(ARGV[2])) return redis.call('DBSIZE')",
}


@pytest.fixture(scope="module", params=sorted(servers()))
def client(request):
    with running_redis(binary=servers()[request.param]) as server, server.client as client:
        yield client


@pytest.fixture
def seen(client):
    client.flushall()
    return Seen(client)


class Seen:
    def __init__(self, client):
        head = source("alive").rpartition("-- Says of workers")[0]
        self.client = client
        self.scripts = {name: client.register_script(head + text) for name, text in SCRIPTS.items()}

    def run(self, name, *args):
        return self.scripts[name](keys=["s"], args=["{s}:", *args])

    def add(self, marks, age=0, now=0):
        marks = list(marks)
        return sum(self.run("new", age, now, *marks[at : at + 5000]) for at in range(0, len(marks), 5000))

    def has(self, marks):
        marks = list(marks)
        return [flag for at in range(0, len(marks), 5000) for flag in self.run("has", *marks[at : at + 5000])]


def marks(count, seed=1):
    dice = random.Random(seed)
    return [dice.randrange(-(2**63), 2**63) for _ in range(count)]


def test_a_mark_is_new_once(seen):
    some = marks(3000)
    assert seen.add(some) == 3000
    assert seen.add(some) == 0
    assert seen.has(some) == [1] * 3000
    assert sum(seen.has(marks(3000, seed=2))) == 0


@pytest.mark.parametrize("mark", [0, -1, 1, 2**63 - 1, -(2**63), 10**12, -(10**12), 999_999_999_999])
def test_marks_at_the_edges_of_their_range_are_told_apart(seen, mark):
    assert seen.add([mark]) == 1
    assert seen.has([mark, mark - 1 if mark > 0 else mark + 1]) == [1, 0]
    seen.add(marks(5000))
    assert seen.has([mark]) == [1]


def test_nothing_is_lost_while_the_set_grows_and_no_shard_is_overfull(seen):
    some = marks(60_000)
    for at in range(0, len(some), 7000):
        assert seen.add(some[at : at + 7000]) == len(some[at : at + 7000])
        assert all(seen.has(some[: at + 7000 : 50]))
    assert all(seen.has(some))
    shards = list(seen.client.scan_iter("s:*", count=1000))
    sizes = [seen.client.scard(key) for key in shards]
    assert sum(sizes) == 60_000
    assert max(sizes) <= 512
    assert {seen.client.object("encoding", key) for key in shards} == {b"intset"}
    assert int(seen.client.hget("s", "count")) == 60_000
    assert int(seen.client.hget("s", "shards")) == len(sizes)


def test_a_mark_takes_no_more_than_16_bytes_at_any_size(seen):
    told, total = {}, 0
    for more in (1000, 1000, 2000, 4000, 8000, 5000, 4000, 15_000, 10_000, 10_000, 40_000):
        seen.add(marks(more, seed=total + 7))
        total += more
        told[total] = used(seen.client) / total
    assert all(each <= MOST_BYTES for each in told.values()), told


def used(client):
    """What the keys take by the server's own account; what an allocator keeps in reserve is measured by a benchmark."""
    pipe = client.pipeline(transaction=False)
    for key in client.scan_iter("s*", count=5000):
        pipe.memory_usage(key, samples=0)
    return sum(size or 0 for size in pipe.execute())


def test_with_an_age_a_mark_is_forgotten_after_it_and_not_before(seen):
    age, base = 8 * DAY, 40_000 * DAY  # far ahead, so that the server's own clock ends none of them
    assert seen.add([7], age, now=base) == 1
    assert seen.add([7], age, now=base + 7 * DAY) == 0
    assert seen.add([7], age, now=base + age) == 0
    assert seen.add([7], age, now=base + age * 5 // 4) == 1
    assert seen.add([7], age, now=base + age * 5 // 4 + DAY) == 0


def test_sets_that_grew_old_are_gone_from_memory_by_themselves(seen):
    seconds, _ = seen.client.time()
    assert seen.add(marks(2000), 400, now=seconds * 1000 - 600_000) == 2000
    assert seen.client.exists("s:0", *seen.client.keys("s*")) == 0


def test_a_set_that_grows_old_keeps_its_end_when_it_splits(seen):
    seconds, _ = seen.client.time()
    seen.add(marks(3000), DAY, now=seconds * 1000)
    keys = list(seen.client.scan_iter("s:*"))
    assert len(keys) > 10
    assert all(0 < seen.client.pttl(key) <= DAY * 5 // 4 for key in keys)


def test_a_set_is_dropped_in_steps(seen):
    seen.add(marks(5000))
    keys = seen.client.dbsize()
    seen.run("drop")
    left = [seen.run("sweep", 10) for _ in range(keys // 10 + 1)]
    assert left[0] == keys - 10  # its head is gone, the note of what is to go has come
    assert left[-1] == 0
    assert seen.run("sweep", 10) == 0
