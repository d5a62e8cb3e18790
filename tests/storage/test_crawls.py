"""Real crawls into a real set that is hurt while they run: every item is stored, once."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.crawls import scrapy
from tests.helpers.proxy import Proxy, running_proxy
from tests.helpers.sandbox import running_sandbox
from tests.helpers.stored_crawl import StoredCrawl, stored_crawl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet
    from tests.helpers.sandbox import Sandbox

pytestmark = pytest.mark.crawl
SMALL = ("25000001", 1_000)
LARGE = (",".join(["26000001", *(f"250000{number:02}" for number in range(1, 11))]), 30_000)
"""Questions of the sandbox, and how many answers they have."""
WRITES = (b"\x02insert\x00", b"\x02update\x00")


@pytest.fixture(scope="module", autouse=True)
def long_oplog(replica_set: ReplicaSet) -> None:
    """In 16 MiB, as in other tests, a member that was away for a few seconds would not find what it missed."""
    for member in replica_set.members:
        member.run("replSetResizeOplog", 1, size=990.0)


@pytest.fixture(scope="module")
def site() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def kill(mongo: ReplicaSet) -> None:
    mongo.primary().kill()


def step_down(mongo: ReplicaSet) -> None:
    mongo.step_down()


def hurt(harm: Callable[[], None], crawl: StoredCrawl, answers: int) -> None:
    """Once in a short crawl, which is soon over; twice in a long one."""
    for part in (0.2, 0.6) if answers == LARGE[1] else (0.2,):
        crawl.wait_for(round(answers * part))
        crawl.mongo.heal()
        harm()
        assert crawl.process.poll() is None, "the crawl was over before it was hurt"


def stored(mongo: ReplicaSet) -> list[dict[str, Any]]:
    fields = {"revision": 1, "meta.texts": 1, "history": 1, "content": 1, "content_truncated": 1, "question": 1}
    with mongo.client() as client:
        return list(client.zhihu.answers.find({}, fields))


def check_all_stored_once(mongo: ReplicaSet, answers: int, readings: int = 1) -> None:
    documents = stored(mongo)
    assert len(documents) == answers
    whole = [one for one in documents if not one.get("content_truncated")]  # a few are cut on the page itself
    assert len(whole) > answers * 0.9
    assert {(one["revision"], len(one["meta"]["texts"])) for one in whole} == {(1, 1)}
    assert {len(one["history"]) for one in documents} <= set(range(1, readings + 1))
    assert all(one["content"] and one["question"]["id"] for one in documents)


def check_undisturbed(crawl: StoredCrawl, answers: int) -> None:
    """Nothing shows that the set was hurt but the time that it took."""
    assert crawl.finish() == 0, crawl.log[-3000:]
    assert crawl.stats["zhihu/store/written/answer"] == answers
    assert not any("lost" in name or "spooled" in name or "refused" in name for name in crawl.stats)
    assert crawl.spools == []


SIZES = [pytest.param(*SMALL, id="small"), pytest.param(*LARGE, id="large", marks=pytest.mark.faults)]


@pytest.mark.parametrize("harm", [kill, pytest.param(step_down, marks=pytest.mark.faults)])
@pytest.mark.parametrize(("ids", "answers"), SIZES)
def test_a_primary_that_goes_in_the_middle_of_a_crawl_costs_nothing(  # noqa: PLR0917  # fixtures
    mongo: ReplicaSet,
    site: Sandbox,
    tmp_path: Path,
    ids: str,
    answers: int,
    harm: Callable[[ReplicaSet], None],
):
    with stored_crawl(tmp_path, site.origin, mongo, ids) as crawl:
        hurt(lambda: harm(mongo), crawl, answers)
        check_undisturbed(crawl, answers)
    check_all_stored_once(mongo, answers)


def lose_replies(proxy: Proxy) -> None:
    proxy.swallow(5, to=WRITES)


def hang(proxy: Proxy) -> None:
    proxy.hang()
    time.sleep(4)
    proxy.go_on()


@pytest.mark.faults
@pytest.mark.parametrize("harm", [lose_replies, hang])
@pytest.mark.parametrize(("ids", "answers"), SIZES)
def test_a_connection_that_hangs_and_a_reply_that_is_lost_cost_nothing(  # noqa: PLR0917  # fixtures
    mongo: ReplicaSet, site: Sandbox, tmp_path: Path, ids: str, answers: int, harm: Callable[[Proxy], None]
):
    with ExitStack() as stack:
        proxy = stack.enter_context(running_proxy(mongo.primary().port))
        uri = f"mongodb://127.0.0.1:{proxy.port}/zhihu?directConnection=true&socketTimeoutMS=1500&w=majority"
        crawl = stack.enter_context(stored_crawl(tmp_path, site.origin, mongo, ids, uri))
        hurt(lambda: harm(proxy), crawl, answers)
        check_undisturbed(crawl, answers)
        assert proxy.swallowed == (0 if harm is hang else 5 if answers == SMALL[1] else 10)
    check_all_stored_once(mongo, answers)


@pytest.mark.parametrize(("ids", "answers"), SIZES)
def test_without_a_majority_a_crawl_holds_back_then_spools_and_a_replay_brings_all(
    mongo: ReplicaSet, site: Sandbox, tmp_path: Path, ids: str, answers: int
):
    quick = {"MONGODB_RETRY_SECONDS": 3, "MONGODB_WTIMEOUT_SECONDS": 1}
    with stored_crawl(tmp_path, site.origin, mongo, ids, **quick) as crawl:
        crawl.wait_for(round(answers * 0.2))
        for member in mongo.secondaries():
            member.pause()
        begun = time.monotonic()
        while not crawl.spools:
            assert crawl.process.poll() is None, crawl.log[-3000:]
            assert time.monotonic() - begun < 60
            time.sleep(0.1)
        assert time.monotonic() - begun > 2, "nothing was held back"
        mongo.heal()
        assert crawl.finish() == 0, crawl.log[-3000:]
    stats = crawl.stats
    assert stats["zhihu/store/spooled/answer"] + stats["zhihu/store/written/answer"] == answers
    assert not any("lost" in name for name in stats)
    replay = {"MONGODB_URI": mongo.uri("zhihu"), "MONGODB_SPOOL_DIR": str(tmp_path / "spool")}
    done = scrapy("store-replay", **replay)
    assert done.returncode == 0, done.stdout + done.stderr
    assert crawl.spools == []
    check_all_stored_once(mongo, answers)


@pytest.mark.parametrize(("ids", "answers"), SIZES)
def test_a_crawler_that_is_killed_and_run_again_leaves_no_duplicates(
    mongo: ReplicaSet, site: Sandbox, tmp_path: Path, ids: str, answers: int
):
    with stored_crawl(tmp_path, site.origin, mongo, ids) as first:
        first.wait_for(round(answers * 0.4))
        first.process.kill()
        first.process.wait()
    before = {one["_id"]: one["history"] for one in stored(mongo)}
    assert answers * 0.4 <= len(before) < answers
    with stored_crawl(tmp_path, site.origin, mongo, ids) as second:
        check_undisturbed(second, answers)
    check_all_stored_once(mongo, answers, readings=2)
    after = {one["_id"]: one["history"] for one in stored(mongo)}
    assert all(after[id_][0] == history[0] and len(after[id_]) == 2 for id_, history in before.items())
