from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from pymongo.errors import PyMongoError

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.sandbox.mongod import free_port
from zhihu_crawler.storage.health import Condition, Report, Verdict, assess, look, probe
from zhihu_crawler.storage.health.side_by_side import ask_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.helpers.mongo import ReplicaSet
    from zhihu_crawler.sandbox.mongod import Mongod

SECONDS = 1.0


def looked(mongo: ReplicaSet, *, seconds: float = SECONDS, lag: float = 60) -> Report:
    return assess(look(StoreConfig(uri=mongo.uri("zhihu")), seconds=seconds), lag_limit=lag)


def until(mongo: ReplicaSet, *conditions: Condition, lag: float = 60) -> Report:
    """Look until just these conditions are found; a set needs a moment to notice."""
    deadline = time.monotonic() + 30
    while True:
        report = looked(mongo, lag=lag)
        if sorted(reason.condition for reason in report.reasons) == sorted(conditions):
            return report
        assert time.monotonic() < deadline, report.reasons


def down(member: Mongod, report: Report) -> None:
    [reason] = [reason for reason in report.reasons if reason.member == member.address]
    assert reason.condition is Condition.MEMBER_DOWN


def test_a_whole_set_is_seen_whole_through_any_one_host(mongo: ReplicaSet):
    [one, _] = mongo.secondaries()
    report = assess(look(StoreConfig(uri=f"mongodb://{one.address}/zhihu")))
    assert report.verdict is Verdict.GOOD, report.reasons
    assert {member.name for member in report.members} == {member.address for member in mongo.members}
    assert all(member.is_reachable and member.ping_ms is not None for member in report.members)
    assert report.primary == report.viewpoint == report.driver["primary"] == mongo.primary().address
    assert report.elected_at
    assert report.term
    assert report.term >= 1
    assert report.oplog_seconds is not None
    assert report.write_concern == {"w": "majority", "wtimeout": 10_000}
    assert (report.server_write_concern or {})["w"] == "majority"


def test_a_secondary_that_was_killed_is_missed_and_seen_again(mongo: ReplicaSet):
    [one, _] = mongo.secondaries()
    one.kill()
    report = until(mongo, Condition.MEMBER_DOWN)
    assert report.verdict is Verdict.DEGRADED
    assert report.majority
    assert report.majority.margin == 0
    down(one, report)
    assert "Connection refused" in report.reasons[0].text
    one.start()
    mongo.wait_healthy()
    assert until(mongo).verdict is Verdict.GOOD


def test_a_primary_that_was_killed_is_missed_and_another_is_elected(mongo: ReplicaSet):
    old = mongo.primary()
    old.kill()
    report = looked(mongo)
    assert report.verdict is not Verdict.GOOD
    down(old, until(mongo, Condition.MEMBER_DOWN))


def test_two_paused_secondaries_leave_no_primary_and_do_not_hold_the_look_up(mongo: ReplicaSet):
    for member in mongo.secondaries():
        member.pause()
    begun = time.monotonic()
    report = until(mongo, Condition.NO_PRIMARY, Condition.MEMBER_DOWN, Condition.MEMBER_DOWN)
    assert time.monotonic() - begun < 30
    assert report.verdict is Verdict.DOWN
    assert "1 of 3 voting members up, 2 needed" in report.reasons[0].text
    assert "it takes connections, but gave no answer within 1 s" in report.reasons[1].text


def test_a_set_that_hangs_as_a_whole_is_told_in_bounded_time(mongo: ReplicaSet):
    for member in mongo.members:
        member.pause()
    begun = time.monotonic()
    report = looked(mongo)
    assert time.monotonic() - begun < 2 * (SECONDS + probe._GRACE)
    assert [reason.condition for reason in report.reasons] == [Condition.UNREACHABLE_SET]


def test_a_member_that_does_not_apply_what_is_written_lags(mongo: ReplicaSet):
    [one, _] = mongo.secondaries()
    one.fail("rsSyncApplyStop", "alwaysOn")
    try:
        with mongo.client() as client, writing(client.zhihu.things):
            report = until(mongo, Condition.LAGGING, lag=3)
    finally:
        one.fail("rsSyncApplyStop", "off")
    [reason] = report.reasons
    assert (report.verdict, reason.member) == (Verdict.DEGRADED, one.address)
    assert "behind the last write (limit 3 s)" in reason.text


@contextmanager
def writing(collection: Any) -> Iterator[None]:
    """Write ten times a second meanwhile."""
    ending = threading.Event()

    def write() -> None:
        while not ending.wait(0.1):
            with suppress(PyMongoError):  # a busy machine may hold an election meanwhile
                collection.insert_one({})

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def test_another_set_than_the_uri_asks_for_is_told(replica_set: ReplicaSet):
    report = assess(look(StoreConfig(uri=replica_set.uri().replace("rs0", "rs9")), seconds=SECONDS))
    assert report.verdict is Verdict.DOWN
    assert "MONGODB_URI asks for replicaSet=rs9, but 127.0.0.1" in report.reasons[0].text


def test_a_name_that_does_not_exist_is_told():
    report = assess(look(StoreConfig(uri="mongodb://no-such-host.invalid/zhihu"), seconds=SECONDS))
    assert "no member can be reached: no-such-host.invalid:27017: " in report.reasons[0].text


def test_a_name_server_that_is_silent_does_not_hold_the_look_up(monkeypatch: pytest.MonkeyPatch):
    ending = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ending.wait(20))
    begun = time.monotonic()
    report = assess(look(StoreConfig(uri="mongodb://a,b/zhihu"), seconds=0.3))
    assert time.monotonic() - begun < 5
    ending.set()
    assert "b:27017: no answer within 0.3 s" in report.reasons[0].text


def test_a_seedlist_that_no_name_server_knows_is_told(monkeypatch: pytest.MonkeyPatch):
    def fail(uri: str) -> Any:
        raise probe.PyMongoError("The DNS query name does not exist: _mongodb._tcp.x.example.org.")

    monkeypatch.setattr(probe, "parse_uri", fail)
    report = assess(look(StoreConfig(uri="mongodb+srv://x.example.org/zhihu")))
    assert report.verdict is Verdict.DOWN
    assert "The DNS query name does not exist" in report.reasons[0].text


def test_a_server_that_talks_nonsense_is_told():
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        report = assess(look(StoreConfig(uri=f"mongodb://127.0.0.1:{port}/"), seconds=SECONDS))
        server.shutdown(socket.SHUT_RDWR)
    assert report.verdict is Verdict.DOWN
    assert f"127.0.0.1:{port}: " in report.reasons[0].text


def test_what_goes_wrong_in_a_question_is_not_swallowed():
    def fail() -> None:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        ask_all({"a": fail}, 1)
