"""What the model does not hold: starts, modes, clearing, other formats, a server that came back empty."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.helpers.redis import running_redis, servers
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.leases import Batch, Buried, Child, Lease, Root
from zhihu_crawler.frontier.link import ExpiredError, FormatError, Keys, Link, LostError, RestartedError

KEYS = Keys("q")


@pytest.fixture(scope="module", params=sorted(servers()))
def server(request):
    with running_redis(binary=servers()[request.param]) as server:
        yield server


@pytest.fixture
def run():
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()


@pytest.fixture
def client(server, run):
    client = connect(server.url)
    run(client.flushall())
    yield client
    run(client.aclose())


@pytest.fixture
def admin(server, client):
    with server.client as blocking:
        yield Admin(blocking, KEYS, "q:start_urls")


def link(client, name="w", keys=KEYS, seen_days=0):
    return Link(client, keys, name, lease=30, attempts=3, seen_days=seen_days)


def root(mark=1, how="new", priority=0):
    return Root(Child(how, mark, priority, b'{"v":1,"u":"https://a.example/%d"}' % mark))


@pytest.fixture
def joined(client, run):
    def join(name="w", **more):
        one = link(client, name, **more)
        run(one.open({"pid": 1}))
        return one

    return join


def crawl_all(run, worker, no=100):
    """Take what waits, and be done with it."""
    entries = run(worker.exchange(Batch(no), 99)).entries
    run(worker.exchange(Batch(no + 1, pages=[Lease(id_) for id_, *_ in entries]), 0))


def test_the_first_worker_begins_a_crawl_and_the_others_join_it(client, run):
    first, second = link(client, "a"), link(client, "b")
    one, two = (run(each.open({})) for each in (first, second))
    assert (one.begun, two.begun, one.crawl, two.crawl) == (True, False, "1", "1")
    assert first.worker != second.worker


def test_a_crawl_that_was_finished_is_followed_by_a_new_one_in_which_nothing_was_seen(joined, run, client):
    first = joined()
    run(first.exchange(Batch(1, roots=[root(), root(2)]), 0))
    crawl_all(run, first)
    assert run(first.close("finished")) == "finished"

    second = link(client)
    assert run(second.open({})).crawl == "2"
    assert run(second.exchange(Batch(1, roots=[root()]), 0)).duplicates == 0
    assert run(client.exists("{q}:dupefilter:1", "{q}:dupefilter:1:0", "{q}:trash")) == 0


@pytest.mark.parametrize("why", ["shutdown", "cancelled"])
def test_a_crawl_that_was_interrupted_goes_on(joined, run, client, why):
    first = joined()
    run(first.exchange(Batch(1, roots=[root()]), 0))
    run(first.close(why))
    second = link(client)
    again = run(second.open({}))
    assert (again.begun, again.waiting) == (False, 1)
    assert run(second.exchange(Batch(1, roots=[root()]), 0)).duplicates == 1


def test_a_crawl_is_not_finished_while_anything_is_left(joined, run):
    first, second = joined("a"), joined("b")
    run(first.exchange(Batch(1, roots=[root()]), 0))
    run(second.exchange(Batch(1), 1))
    assert run(first.close("finished")) == "running"
    assert run(second.close("finished")) == "running"


def test_a_crawl_may_be_begun_anew_where_nobody_is_at_it(joined, run, client):
    first = joined()
    run(first.exchange(Batch(1, roots=[root(), root(2)]), 1))
    assert not run(link(client).open({}, "anew")).begun
    run(client.zadd("{q}:workers", dict.fromkeys(run(client.zrange("{q}:workers", 0, -1)), 0)))
    anew = run(link(client).open({}, "anew"))
    assert (anew.begun, anew.waiting, anew.leased) == (True, 0, 0)


def test_a_worker_that_was_given_up_begins_no_crawl_after_its_own_was_finished(joined, run, client):
    frozen, other = joined("frozen"), joined("other")
    run(client.zadd("{q}:workers", {frozen.worker: 1}))
    run(other.exchange(Batch(1), 0))
    run(other.close("finished"))
    rejoined = run(frozen.open({}, "again"))
    assert (rejoined.begun, rejoined.crawl) == (False, "1")
    run(frozen.close("finished"))
    assert run(link(client).open({})).begun


def test_start_requests_are_for_the_worker_that_comes_first(joined, run):
    first, second = joined("a"), joined("b")
    assert run(first.start("s")) == ("mine", 0)
    assert run(second.start("s")) == ("other", 0)
    assert run(second.start("another")) == ("mine", 0)
    roots = [Root(root().child, "s", "1"), Root(root(2).child, "s", "2")]
    run(first.exchange(Batch(1, roots=roots), 0))
    run(first.exchange(Batch(2, roots=[Root(None, "s", "done")]), 0))
    assert run(second.start("s")) == ("done", 0)


def test_another_worker_goes_on_with_start_requests_where_one_stopped(joined, run):
    first, second = joined("a"), joined("b")
    run(first.start("s"))
    run(first.exchange(Batch(1, roots=[Root(root().child, "s", "7")]), 0))
    run(first.close("shutdown"))
    assert run(second.start("s")) == ("mine", 7)


def test_nobody_idles_away_while_start_requests_are_being_pushed(joined, run):
    first, second = joined("a"), joined("b")
    run(first.start("s"))
    assert run(second.exchange(Batch(1), 1)).elsewhere == 1
    run(first.exchange(Batch(1, roots=[Root(None, "s", "done")]), 0))
    assert run(second.exchange(Batch(2), 1)).elsewhere == 0


def test_with_a_shared_seen_set_start_requests_are_crawled_once_in_every_crawl(joined, run):
    keys = Keys("q", "all")
    for crawl in (1, 2):
        worker = joined(keys=keys)
        reply = run(worker.exchange(Batch(1, roots=[root(1, "start"), root(1, "start"), root(2)]), 0))
        assert reply.duplicates == crawl  # the second start, and from the second crawl on what was seen in the first
        crawl_all(run, worker)
        assert run(worker.close("finished")) == "finished"
    other = joined(keys=Keys("p", "all"))
    assert run(other.exchange(Batch(1, roots=[root(2), root(3)]), 0)).duplicates == 1


def test_of_little_each_worker_gets_a_little(joined, run):
    first, _ = joined("a"), joined("b")
    reply = run(first.exchange(Batch(1, roots=[root(n) for n in range(6)]), 16))
    assert (len(reply.entries), reply.waiting) == (3, 3)


def test_a_server_that_came_back_empty_is_noticed(joined, run, client):
    worker = joined()
    run(client.flushall())
    asked = (
        lambda: worker.exchange(Batch(1), 1),
        lambda: worker.resync([]),
        lambda: worker.start("s"),
        lambda: worker.known("l", ["1"]),
        lambda: worker.close("finished"),
    )
    for ask in asked:
        with pytest.raises(LostError, match="the queue of 'q' was cleared"):
            run(ask())
    worker._run = "another"
    with pytest.raises(LostError, match="did not outlive a restart of Redis"):
        run(worker.exchange(Batch(1), 1))


def test_a_crawl_that_others_began_since_is_not_taken_for_this_one(joined, run, client):
    worker = joined()
    run(client.flushall())
    joined("other")
    with pytest.raises(LostError):
        run(worker.exchange(Batch(1), 1))


def test_a_restart_is_noticed_though_nothing_is_lost():
    with running_redis(aof=True) as server:

        async def live_through():
            async with connect(server.url) as client:
                worker = link(client)
                await worker.open({})
                await worker.exchange(Batch(1, roots=[root(), root(2)]), 2)
                server.restart()
                with pytest.raises(Exception, match="Connection"):
                    await worker.exchange(Batch(2), 0)
                with pytest.raises(RestartedError):
                    await worker.exchange(Batch(2), 0)
                assert await worker.resync(["1"]) == (1, [])
                return await worker.exchange(Batch(2), 9)

        reply = asyncio.run(live_through())
        assert [id_ for id_, *_ in reply.entries] == ["2"]


def test_a_queue_of_another_format_is_left_alone(joined, run, client):
    joined()
    run(client.hset("{q}:frontier", "format", "0"))
    with pytest.raises(FormatError, match=r"has the format 0, this version 1: .*scrapy frontier clear q"):
        run(link(client).open({}))


def test_what_another_hand_wrote_into_the_queue_is_put_aside_at_once(joined, run, client, admin):
    worker = joined()
    run(client.zadd("{q}:requests", {b"\x80\x04 a pickle\xff": -1}))
    reply = run(worker.exchange(Batch(1, roots=[root()]), 9))
    assert [payload for _, _, payload in reply.entries] == [b'{"v":1,"u":"https://a.example/1"}']
    (dead,) = admin.dead()
    assert (dead.kind, dead.reason) == ("unreadable", "it is no entry of this queue")


def test_what_was_put_aside_can_be_revived_in_its_place(joined, run, admin, client):
    worker = joined()
    entries = run(worker.exchange(Batch(1, roots=[root(1, priority=5), root(2), root(3, priority=9)]), 3)).entries
    page = Lease(entries[0][0], verdict="dead", kind="http", reason="HTTP 503")
    buried = [Buried("seed", "no id", b"\xff\x00"), Buried("unserialisable", "a set", b"https://a.example/4")]
    run(worker.exchange(Batch(2, pages=[page], buried=buried), 0))

    dead = {one.kind: one for one in admin.dead()}
    assert (dead["http"].url, dead["http"].begun, dead["http"].worker) == ("https://a.example/3", 0, worker.worker)
    assert dead["unserialisable"].url == "https://a.example/4"
    assert admin.revive([one.id for one in dead.values()]) == 2
    assert [one.kind for one in admin.dead()] == ["unserialisable"]
    assert run(client.lrange("q:start_urls", 0, -1)) == [b"\xff\x00"]
    run(worker.exchange(Batch(3, roots=[root(7, priority=8)]), 0))
    entries = run(worker.exchange(Batch(4), 2)).entries
    assert [json.loads(payload)["u"][-1] for *_, payload in entries] == ["3", "7"]


def test_a_pause_and_its_end(joined, run, admin):
    worker = joined()
    admin.pause()
    reply = run(worker.exchange(Batch(1, roots=[root()]), 9))
    assert (reply.entries, reply.mode, reply.waiting) == ([], "paused", 1)
    assert admin.state().mode == "paused"
    admin.resume()
    assert len(run(worker.exchange(Batch(2), 9)).entries) == 1


def test_a_drain_concerns_who_was_there_when_it_was_asked_for(joined, run, admin):
    old = joined("old")
    admin.drain()
    reply = run(old.exchange(Batch(1, roots=[root()]), 9))
    assert (reply.entries, reply.mode) == ([], "draining")
    run(asyncio.sleep(0.002))
    young = joined("young")
    reply = run(young.exchange(Batch(1), 9))
    assert (len(reply.entries), reply.mode) == (1, "")


def test_the_state_is_told_as_it_is(joined, run, admin, client):
    first, _ = joined("a"), joined("b")
    run(first.exchange(Batch(1, roots=[root(n) for n in (1, 1, 2, 3)]), 1))
    run(client.sadd("q:start_urls", "1", "2"))
    state = admin.state()
    assert (state.crawl, state.mode, state.waiting, state.seeds, state.dead, state.seen) == (1, "running", 2, 2, 0, 3)
    assert (state.counts["pushed"], state.counts["duplicates"], state.counts["done"]) == (3, 1, 0)
    assert {worker.name.partition("~")[0]: worker.leased for worker in state.workers} == {"a": 1, "b": 0}
    assert all(0 < worker.seconds <= 30 and worker.about == {"pid": 1} for worker in state.workers)
    assert len(admin.alive()) == 2


def test_seen_marks_are_counted_with_an_age_too(joined, run, server):
    worker = joined(seen_days=4)
    run(worker.exchange(Batch(1, roots=[root(n) for n in range(5)]), 0))
    with server.client as blocking:
        assert Admin(blocking, KEYS, "q:start_urls", seen_days=4).state().seen == 5


def test_clearing_leaves_seeds_and_what_is_others(joined, run, admin, client):
    worker = joined()
    run(worker.exchange(Batch(1, roots=[root()], buried=[Buried("seed", "why", b"x")]), 0))
    run(client.rpush("q:start_urls", "1"))
    run(client.set("{qq}:requests", "1"))
    assert admin.clear() > 5
    assert set(run(client.keys("*"))) == {b"q:start_urls", b"{qq}:requests"}
    assert not admin.exists()


def test_the_shared_seen_set_is_only_cleared_when_asked_for(joined, run, server):
    keys = Keys("q", "all")
    run(joined(keys=keys).exchange(Batch(1, roots=[root()]), 0))
    with server.client as blocking:
        admin = Admin(blocking, keys, "q:start_urls")
        admin.clear()
        assert blocking.exists("{all}:dupefilter") == 1
        admin.clear(shared=True)
        assert blocking.dbsize() == 0


def test_what_was_put_aside_can_be_deleted(joined, run, admin):
    run(joined().exchange(Batch(1, buried=[Buried("seed", "why", b"x")]), 0))
    assert admin.forget_dead([one.id for one in admin.dead("http")]) == 0
    assert admin.forget_dead([one.id for one in admin.dead("seed")]) == 1
    assert list(admin.dead()) == []


def test_who_was_given_up_is_told_nothing_of_a_listing(joined, run, client):
    first = joined("a")
    assert run(first.known("l", ["1"])) == [False]
    run(client.zrem(f"{KEYS.prefix}workers", first.worker))
    with pytest.raises(ExpiredError):
        run(first.known("l", ["1"]))
