from __future__ import annotations

import logging

import pytest
from scrapy.settings import Settings

from tests.helpers.sessions import keep_sessions
from zhihu_crawler.config import SessionConfig
from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.crawler import load


@pytest.fixture
def store(tmp_path):
    keep_sessions(tmp_path / "s", "real", is_local=False)
    return keep_sessions(tmp_path / "s", "a", "b")


def names(store, **settings):
    given = {"ZHIHU_SESSION_DIR": str(store.directory), "ZHIHU_ORIGIN": "http://127.0.0.1:1"} | settings
    return [session.name for session in load(store, SessionConfig.from_settings(Settings(given)))]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ["a", "b"]),
        ({"ZHIHU_SESSIONS": "b"}, ["b"]),
        ({"ZHIHU_SESSIONS": "none"}, []),
        ({"ZHIHU_ORIGIN": ""}, ["real"]),
        ({"ZHIHU_ORIGIN": "http://mirror.example.org"}, []),
    ],
)
def test_a_crawl_has_the_sessions_of_where_it_goes(store, settings, found):
    assert names(store, **settings) == found


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ZHIHU_SESSIONS": "absent"}, "no session 'absent'"),
        ({"ZHIHU_SESSIONS": "real"}, "'real' is one of the site: it is never shown to the sandbox"),
        ({"ZHIHU_SESSIONS": "a", "ZHIHU_ORIGIN": ""}, "'a' is one of the sandbox: it is never shown to the site"),
    ],
)
def test_a_named_session_that_cannot_be_used_is_told(store, settings, told):
    with pytest.raises(BadSession, match=told):
        names(store, **settings)


def test_one_bad_file_is_told_and_costs_no_other(store, caplog):
    (store.directory / "a.json").chmod(0o644)
    with caplog.at_level(logging.ERROR):
        assert names(store) == ["b"]
    assert "A session is left out" in caplog.text


def test_only_bad_files_are_no_guests_crawl(store):
    for path in store.directory.glob("*.json"):
        path.chmod(0o644)
    with pytest.raises(BadSession, match="chmod 600"):
        names(store)
