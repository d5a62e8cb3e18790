from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.helpers.mongo import MONGOD, ReplicaSet
from zhihu_crawler.sandbox import mongod as mongod_module
from zhihu_crawler.sandbox.mongod import NoMongod, find_mongod


def test_a_killed_primary_is_followed_by_another_and_comes_back(mongo: ReplicaSet):
    old = mongo.primary()
    old.kill()
    assert mongo.primary() is not old
    assert mongo.states()[old.address] == "DOWN"
    old.start()
    mongo.wait_healthy()
    assert sorted(mongo.states().values()) == ["PRIMARY", "SECONDARY", "SECONDARY"]


def test_a_primary_can_be_made_to_hand_over(mongo: ReplicaSet):
    old = mongo.primary()
    assert mongo.step_down() is not old


def test_a_paused_member_is_silent_until_it_goes_on(mongo: ReplicaSet):
    [one, _] = mongo.secondaries()
    one.pause()
    assert mongo.states()[one.address] == "DOWN"
    one.resume()
    mongo.wait_healthy()


def test_between_tests_nothing_is_left_in_the_set(mongo: ReplicaSet):
    with mongo.client() as client:
        client.one.things.insert_one({"_id": 1})
        mongo.drop_databases()
        assert "one" not in client.list_database_names()


def test_a_mongod_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(NoMongod, match="/nowhere/mongod"):
        find_mongod("/nowhere/mongod")
    monkeypatch.setattr(mongod_module, "WHEEL", "no-such-distribution")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoMongod, match=r"requirements-dev\.txt"):
        find_mongod()


@pytest.mark.crawl
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_command_leaves_no_process_behind_however_it_ends(number: int, tmp_path: Path, mongo: ReplicaSet):
    command = [sys.executable, "-m", "scrapy", "mongo", "--members", "1"]
    known = os.environ | {"TMPDIR": str(tmp_path), "MONGOD": MONGOD}
    with subprocess.Popen(command, cwd=ROOT, env=known, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        uri = process.stdout.readline()
        kept = children(process.pid)
        process.send_signal(number)
        status = process.wait(20)
    assert uri.startswith("mongodb://127.0.0.1:")
    assert status == (0 if number != signal.SIGKILL else -number)
    [child] = kept
    wait_until_gone(child)
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []


def children(pid: int) -> list[int]:
    """Give the children of all threads of a process: each has its own."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for found in lists for one in found.read_text().split()]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
