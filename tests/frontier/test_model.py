"""The scripts against the model, on a real Redis: whatever happens in whatever order, they say the same."""

from __future__ import annotations

import asyncio
import json

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.frontier.model import Model
from tests.helpers.redis import running_redis, servers
from zhihu_crawler.frontier import link as link_module
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.leases import Batch, Child, Lease, Root
from zhihu_crawler.frontier.link import ExpiredError, Keys, Link, RestartedError, mark_of

LEASE_MS, ATTEMPTS = 30_000, 3
CHILDREN = st.lists(
    st.builds(
        Child,
        how=st.sampled_from(["new", "new", "again", "seed"]),
        mark=st.integers(-4, 4),
        priority=st.sampled_from([0, 0, 1, -1, -524_287, 524_287]),
        payload=st.integers(0, 9).map(lambda number: b'{"n":%d}' % number),
    ),
    max_size=4,
)
NOTES = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["", *map(mark_of, "xyz")])), max_size=3)
VERDICTS = st.sampled_from(["ok", "ok", "ok", "dead", "again", "back"])


def with_the_tests_clock(name, real=link_module.source.__wrapped__):
    """The server's clock is read from a key, so that it can jump."""
    text = real(name)
    assert "redis.call('TIME')" in text
    return text.replace("redis.call('TIME')", "{redis.call('GET', '{q}:clock') / 1000, 0}")


@pytest.fixture(scope="module", params=sorted(servers()))
def server(request):
    with running_redis(binary=servers()[request.param]) as server:
        yield server


def test_the_scripts_do_what_the_model_does(server, monkeypatch):
    monkeypatch.setattr(link_module, "source", with_the_tests_clock)
    loop = asyncio.new_event_loop()

    class OnThisServer(Frontier):
        redis, run = server, loop.run_until_complete

    try:
        run_state_machine_as_test(OnThisServer, settings=settings(max_examples=40, stateful_step_count=40))
    finally:
        loop.close()


class Frontier(RuleBasedStateMachine):
    """Up to four workers that join, take, finish pages, lose replies, freeze, die and leave, while clocks jump."""

    workers = Bundle("workers")

    @initialize()
    def begin(self):
        self.client = connect(self.redis.url)
        self.run(self.client.flushall())
        self.model = Model(LEASE_MS, ATTEMPTS)
        self.links, self.numbers, self.last, self.ahead = {}, {}, {}, {}
        self.tick(0)

    def teardown(self):
        if hasattr(self, "client"):
            self.run(self.client.aclose())

    def tick(self, milliseconds):
        self.model.now += milliseconds
        self.run(self.client.set("{q}:clock", self.model.now))

    @precondition(lambda self: len(self.links) < 4)
    @rule(target=workers)
    def join(self):
        link = Link(self.client, Keys("q"), "w", lease=LEASE_MS / 1000, attempts=ATTEMPTS, seen_days=0)
        self.run(link.open({}))
        self.links[link.worker] = link
        self.numbers[link.worker] = 0
        self.model.join(link.worker)
        return link.worker

    @rule(milliseconds=st.sampled_from([1, 10_000, 29_999, 30_001, 86_400_000, -5_000, -86_400_000]))
    def the_clock_jumps(self, milliseconds):
        self.tick(milliseconds)

    @rule(worker=consumes(workers))
    def die(self, worker):
        del self.links[worker]

    @rule(worker=consumes(workers), reason=st.sampled_from(["finished", "shutdown"]))
    def leave(self, worker, reason):
        self.run(self.links.pop(worker).close(reason))
        if worker in self.model.expiry:
            self.model.leave(worker)

    @rule(target=workers, worker=consumes(workers), roots=CHILDREN, wanted=st.integers(0, 5), picked=st.data())
    def exchange(self, worker, roots, wanted, picked):
        pages = self.pages_of(worker, picked)
        self.numbers[worker] += 1
        batch = Batch(self.numbers[worker], pages=pages, roots=[Root(child) for child in roots])
        self.last[worker] = (batch, wanted)
        if not self.model.heartbeat(worker):
            return self.rejoin(worker, batch, wanted)
        duplicates, stale = 0, []
        for page in pages:
            more = self.model.finish(worker, page.id, page.verdict, self.staged(page) + page.children, page.notes)
            stale += [page.id] if more is None else []
            duplicates += more or 0
        duplicates += sum(self.model.push(*child) for child in roots)
        entries = self.model.take(worker, wanted) if wanted else []
        reply = self.run(self.links[worker].exchange(batch, wanted))
        assert (reply.duplicates, reply.stale, reply.entries) == (duplicates, stale, entries)
        assert reply.waiting == len(self.model.queue)
        if wanted and not entries:
            assert reply.elsewhere == sum(map(len, self.model.leases.values()))
        self.last[worker] = (batch, wanted, reply)
        return worker

    def rejoin(self, worker, batch, wanted):
        """It was given up: nothing of the exchange is done, and it has to join anew."""
        link = self.links.pop(worker)
        with pytest.raises(ExpiredError):
            self.run(link.exchange(batch, wanted))
        self.run(link.open({}))
        self.links[link.worker], self.numbers[link.worker] = link, 0
        self.model.join(link.worker)
        return link.worker

    def pages_of(self, worker, picked):
        """Some of what the worker has, or had, with what came of it."""
        held = [*self.model.leases.get(worker, {}), "999"]
        pages = []
        for id_ in picked.draw(st.lists(st.sampled_from(held), max_size=3, unique=True)):
            page = Lease(id_, children=picked.draw(CHILDREN), notes=picked.draw(NOTES), verdict=picked.draw(VERDICTS))
            if picked.draw(st.booleans()):
                self.stage(worker, page)
            pages.append(page)
        return pages

    def stage(self, worker, page):
        """The first children go ahead, and count for nothing yet."""
        if worker not in self.model.expiry or not page.children or not self.model.heartbeat(worker):
            return
        self.numbers[worker] += 1
        page.stages = 1
        ahead = list(page.children)
        self.run(self.links[worker].exchange(Batch(self.numbers[worker], stages=[(page, 1, ahead)]), 0))
        self.ahead[page.id] = ahead
        page.children = []

    def staged(self, page):
        return self.ahead.pop(page.id) if page.stages else []

    @rule(worker=workers)
    def a_reply_is_lost_and_the_exchange_sent_again(self, worker):
        """It changes nothing, and gives the same as long as the leases are there."""
        if len(self.last.get(worker, ())) < 3 or not self.model.heartbeat(worker):
            return
        batch, wanted, reply = self.last[worker]
        again = self.run(self.links[worker].exchange(batch, wanted))
        assert (again.duplicates, again.stale) == (reply.duplicates, reply.stale)
        if batch.no == self.numbers[worker]:
            assert again.entries == [entry for entry in reply.entries if entry[0] in self.model.leases[worker]]

    @rule(worker=workers, keep=st.integers(0, 3))
    def redis_restarts(self, worker, keep):
        """The worker and Redis agree on what is leased; nothing else is lost."""
        link = self.links[worker]
        link._run = "another"
        with pytest.raises((RestartedError, ExpiredError)):
            self.run(link.exchange(Batch(self.numbers[worker] + 1), 0))
        held = dict(list(self.model.leases.get(worker, {}).items())[:keep])
        if worker not in self.model.expiry:
            with pytest.raises(ExpiredError):
                self.run(link.resync(held))
            link._run = self.run(self.client.info("server"))["run_id"]
            return
        returned, missing = self.run(link.resync([*held, "999"]))
        assert (returned, missing) == (len(self.model.leases[worker]) - len(held), ["999"])
        self.model.queue |= {id_: entry for id_, entry in self.model.leases[worker].items() if id_ not in held}
        self.model.leases[worker] = held
        self.model.expiry[worker] = self.model.now + LEASE_MS

    @invariant()
    def redis_holds_what_the_model_holds(self):
        if not hasattr(self, "model"):
            return
        queue, leases, dead, meta, ledgers = self.run(self.held())
        assert queue == {id_: (entry.score, entry.begun, entry.payload) for id_, entry in self.model.queue.items()}
        assert leases == {
            worker: {id_: (entry.score, entry.begun, entry.payload) for id_, entry in held.items()}
            for worker, held in self.model.leases.items()
        }
        assert dead == self.model.dead
        assert int(meta.get(b"done", 0)) == self.model.done
        assert ledgers == self.model.ledgers

    async def held(self):
        members = await self.client.zrange("{q}:requests", 0, -1, withscores=True)
        queue = {id_: (int(score), *rest) for member, score in members for id_, *rest in [link_module._entry(member)]}
        leases = {}
        for worker in self.model.leases:
            found = await self.client.hgetall(f"{{q}}:leases:{worker}")
            leases[worker] = {}
            for lease in found.values():
                score, _, member = lease.partition(b" ")
                id_, *rest = link_module._entry(member)
                leases[worker][id_] = (int(score), *rest)
        dead = {
            id_.decode(): json.loads(told)["payload"].encode()
            for id_, told in (await self.client.hgetall("{q}:dead")).items()
        }
        ledgers = {}
        for key in await self.client.smembers("{q}:ledgers"):
            name = key.decode().rpartition(":")[2]
            ledgers[name] = {mark.decode() for mark in await self.client.smembers(f"{key.decode()}:0")}
        return queue, leases, dead, await self.client.hgetall("{q}:frontier"), ledgers
