from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.conftest import ROOT
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions import SessionStore, State


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "config" / "sessions"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_session_is_its_owners_alone_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        keep_sessions(folder, "work")
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


def test_what_was_kept_is_read_again(folder):
    store = keep_sessions(folder, "work", "home")
    assert store.names() == ["home", "work"]
    assert store.load("work").dump() == make_session("work").dump()


def test_there_are_none_before_the_first_one(folder):
    assert SessionStore(folder).names() == []
    assert SessionStore(folder).load_all() == ([], [])
    assert not folder.exists()


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_file_that_others_may_read_is_refused_with_what_to_do(folder, bits):
    store = keep_sessions(folder, "work")
    (folder / "work.json").chmod(bits)
    with pytest.raises(BadSession, match=rf"work\.json may be read by others \(mode {bits:04o}\).*chmod 600 "):
        store.load("work")


def test_a_folder_that_others_may_look_into_is_refused_with_what_to_do(folder):
    store = keep_sessions(folder, "work")
    folder.chmod(0o755)
    for use in (store.names, store.load_all, lambda: store.save(make_session("home"))):
        with pytest.raises(BadSession, match=r"mode 0755.*chmod 700 "):
            use()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is damaged"),
        ('{"z_c0": "s3cr3t"', "is damaged"),
        ("[]", "is damaged"),
        ('{"name": "work", "user_agent": "x", "cookies": [{"name": "z_c0", "value": "s3cr3t;"}]}', "is damaged"),
        ('{"name": "work", "user_agent": "x", "cookies": [], "proxy": "ftp://me:s3cr3t@x"}', "is damaged"),
        ('{"name": "home", "user_agent": "x", "cookies": []}', "holds session 'home'"),
    ],
)
def test_a_damaged_file_costs_no_other_and_shows_nothing(folder, text, told):
    store = keep_sessions(folder, "work", "home")
    (folder / "work.json").write_text(text, encoding="utf-8")
    [session], [problem] = store.load_all()
    assert session.name == "home"
    assert told in str(problem)
    assert "s3cr3t" not in str(problem)
    assert problem.__cause__ is None


@pytest.mark.parametrize("name", ["absent", "../work", "", "a b"])
def test_a_session_that_is_not_there_is_named(folder, name):
    store = keep_sessions(folder, "work")
    for use in (store.load, store.remove):
        with pytest.raises(BadSession, match=r"no session|must be"):
            use(name)


def test_a_session_can_be_forgotten(folder):
    store = keep_sessions(folder, "work", "home")
    store.remove("work")
    assert store.names() == ["home"]
    assert store.stamp("work") == 0


def test_a_change_is_seen_by_its_stamp(folder):
    store = keep_sessions(folder, "work")
    before = store.stamp("work")
    assert store.stamp("work") == before
    changed = store.update("work", lambda session: session.with_state(State.EXPIRED, "x"))
    assert changed.state is State.EXPIRED
    assert store.load("work").state is State.EXPIRED
    assert store.stamp("work") != before


def test_a_change_that_fails_leaves_the_file_as_it_was(folder):
    store = keep_sessions(folder, "work")
    before = (folder / "work.json").read_bytes()
    with pytest.raises(ZeroDivisionError):
        store.update("work", lambda _: 1 // 0)
    assert (folder / "work.json").read_bytes() == before
    store.update("work", lambda session: session)  # the lock was let go


def test_what_a_killed_process_left_half_written_is_cleared_away(folder):
    store = keep_sessions(folder, "work")
    (folder / ".work.x.tmp").write_text("{", encoding="utf-8")
    store.save(make_session("home"))
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "home.json", "work.json"]
    assert store.names() == ["home", "work"]


COUNT = """
import sys
from pathlib import Path
from dataclasses import replace
from zhihu_crawler.sessions import SessionStore
store = SessionStore(Path(sys.argv[1]))
for _ in range(50):
    store.update("work", lambda session: replace(session, reason=str(int(session.reason or 0) + 1)))
"""


def test_several_processes_change_one_session_and_no_change_is_lost(folder):
    store = keep_sessions(folder, "work")
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, str(folder)], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert store.load("work").reason == "150"


def test_the_file_is_plain_json_that_a_person_can_read(folder):
    store = keep_sessions(folder, replace(make_session("work"), account="张三"))
    assert json.loads((folder / "work.json").read_text(encoding="utf-8"))["account"] == "张三"
    assert "张三" in (folder / "work.json").read_text(encoding="utf-8")
    assert store.load("work").account == "张三"
