from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.helpers.crawls import scrapy
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.commands.sessions import ago, row, show, state
from zhihu_crawler.sessions import SessionStore, State

NOW = datetime(2026, 10, 11, 12, 0, tzinfo=UTC)
PROXY = "http://me:pr0xy-s3cr3t@proxy.example.org:3128"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s ago"), (59, "59 s ago"), (61, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-5, "0 s ago")],
)
def test_a_time_is_told_in_words(seconds, told):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == told


def test_no_time_is_never():
    assert ago(None, NOW) == "never"


def test_a_session_is_a_row_without_a_secret():
    session = make_session("work", z_c0="s3cr3t", proxy=PROXY, token="zhang-san", used=NOW - timedelta(hours=3))
    assert row(session, NOW) == (
        "work",
        "Account work (zhang-san), sandbox",
        "good",
        "10 d",
        "3 h ago",
        "never",
        "http://proxy.example.org:3128",
    )


def limited(until):
    return make_session("a").with_state(State.LIMITED, "code 40362", until)


@pytest.mark.parametrize(
    ("session", "told"),
    [
        (make_session("a"), "good"),
        (make_session("a").with_state(State.EXPIRED, "code 100"), "expired: code 100"),
        (
            make_session("a").with_state(State.LIMITED, "code 40362", NOW + timedelta(minutes=9)),
            "limited for 9 min: code 40362",
        ),
        (make_session("a").with_state(State.LIMITED, "x", NOW), "good"),
    ],
)
def test_a_state_says_until_when_and_why(session, told):
    assert state(session, NOW) == told


def test_a_name_that_somebody_chose_cannot_steer_the_terminal(capsys, tmp_path):
    show([replace(make_session("a"), account="\x1b[2J[bold]\r\nx")], SessionStore(tmp_path))
    shown = capsys.readouterr().out
    assert "?[2J[bold]??x" in shown
    assert "\x1b" not in shown


def test_sessions_are_listed_checked_and_removed(tmp_path):
    folder = tmp_path / "sessions"
    with running_sandbox("--login", "optional") as sandbox:
        known = next(c["value"] for c in sandbox.json("/sandbox/login/4")["cookies"] if c["name"] == "z_c0")
        keep_sessions(folder, make_session("good", z_c0=known, proxy=None), "dead", "other")
        keep_sessions(folder, make_session("real", is_local=False))
        asked = {"ZHIHU_ORIGIN": sandbox.origin, "ZHIHU_SESSION_DIR": str(folder)}
        done = scrapy("sessions", "--check", "--remove", "other", **asked)
        counts = sandbox.stats()["kind"]
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert sorted(lines) == ["dead", "good", "real", "session"]
    assert "示例用户t0000004 (shili-t-4), sandbox" in lines["good"]
    assert "expired: the site does not know it" in lines["dead"]
    assert "never" in lines["real"]  # it is the site's: the sandbox is not asked
    assert done.returncode == 1
    assert counts == {"api/me": 2}
    assert "secret" not in done.stdout + done.stderr
    assert known not in done.stdout + done.stderr


def test_a_file_that_cannot_be_used_is_told_beside_the_others(tmp_path):
    keep_sessions(tmp_path / "s", "a", "b")
    (tmp_path / "s" / "a.json").chmod(0o644)
    done = scrapy("sessions", ZHIHU_SESSION_DIR=str(tmp_path / "s"))
    assert done.returncode == 1
    assert "a.json may be read by others (mode 0644)" in done.stderr
    assert "Account b" in done.stdout


def test_where_there_are_none_it_is_told_how_to_make_one(tmp_path):
    done = scrapy("sessions", ZHIHU_SESSION_DIR=str(tmp_path / "s"))
    assert done.stdout == f"There are no sessions in {tmp_path / 's'}: `scrapy login` makes one.\n"
    done = scrapy("sessions", "--remove", "x", ZHIHU_SESSION_DIR=str(tmp_path / "s"))
    assert done.returncode == 2
    assert "no session 'x'" in done.stderr + done.stdout
