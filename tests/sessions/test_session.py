from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from rich.traceback import Traceback

from tests.helpers.sessions import make_session
from zhihu_crawler.config.sessions import check_proxy, shown_proxy
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sessions import Session, State
from zhihu_crawler.sessions.session import utc_now

PROXY = "http://me:pr0xy-s3cr3t@proxy.example.org:3128"
SECRETS = ("s3cr3t", "pr0xy-s3cr3t")


def secret() -> Session:
    return make_session(
        "work", z_c0="2|1:0|s3cr3t", proxy=PROXY, token="url-token", used=datetime(2026, 10, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r}".format,
        lambda session: repr([session]),
        lambda session: repr(dataclasses.asdict(session)),
        lambda session: json.dumps(session, default=str),
        lambda session: repr(dataclasses.replace(session, reason="x")),
        lambda session: repr([getattr(session, field.name) for field in dataclasses.fields(session)]),
    ],
)
def test_nothing_shows_a_secret(show):
    shown = show(secret())
    assert not any(word in shown for word in SECRETS)


def test_its_name_is_shown():
    assert "work" in repr(secret())


def test_a_traceback_with_local_variables_shows_no_secret():
    def fail(session: Session) -> None:
        raise RuntimeError(f"no use for {session}")

    try:
        fail(secret())
    except RuntimeError as error:
        console = Console(record=True, width=200)
        console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
        shown = console.export_text() + "".join(traceback.format_exception(error))
    assert "session" in shown
    assert not any(word in shown for word in SECRETS)


def test_a_session_is_not_pickled_and_not_copied():
    session = secret()
    with pytest.raises(TypeError, match="'work' holds secrets"):
        pickle.dumps({"meta": session})
    assert copy.deepcopy([session])[0] is session


def test_a_log_line_shows_no_secret(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("as %s %r", secret(), secret().cookies)
    assert not any(word in caplog.text for word in SECRETS)


def test_all_of_it_survives_its_file():
    session = secret().with_state(State.LIMITED, "code 40362", datetime(2026, 10, 3, tzinfo=UTC))
    again = Session.load(json.loads(json.dumps(session.dump())))
    assert again.dump() == session.dump()
    assert (again.name, again.account, again.token, again.state) == ("work", "Account work", "url-token", State.LIMITED)
    assert again.proxy is not None
    assert again.proxy.get_secret_value() == PROXY


def test_a_limit_that_is_over_is_none():
    session = make_session("a").with_state(State.LIMITED, "x", utc_now())
    assert session.state_at(utc_now() + timedelta(seconds=1)) is State.GOOD
    assert session.state_at(utc_now() - timedelta(seconds=1)) is State.LIMITED
    assert make_session("a").with_state(State.EXPIRED, "x").state_at(utc_now()) is State.EXPIRED


@pytest.mark.parametrize("name", ["", "a b", "../x", "a.b", ".a", "-a", "名", "a" * 41, "guest", "site", "none", "a\n"])
def test_a_name_is_a_plain_word(name):
    with pytest.raises(BadSetting, match="name"):
        make_session(name, z_c0="x")


@pytest.mark.parametrize("name", ["a", "work-2", "W_1", "0", "a" * 40])
def test_a_plain_word_is_a_name(name):
    assert make_session(name, z_c0="x").name == name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (PROXY, "http://proxy.example.org:3128"),
        ("http://proxy:1", "http://proxy:1"),
        ("socks5h://u:p@a@proxy:1", "socks5h://proxy:1"),
        ("u:p@proxy:1", "proxy:1"),
    ],
)
def test_a_proxy_is_shown_without_user_and_password(url, shown):
    assert shown_proxy(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "me:s3cr3t@proxy:1",
        "ftp://me:s3cr3t@proxy",
        "http://me:s3cr3t@",
        "http://me:s3cr3t@[x",
        "http://me:s3cr3t@h:99999",
    ],
)
def test_what_is_no_proxy_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match="must be like") as told:
        check_proxy(url)
    assert "s3cr3t" not in str(told.value)
