from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from tests.conftest import ROOT
from zhihu_crawler.config import SessionConfig
from zhihu_crawler.errors import BadSetting


def read(**given: object) -> SessionConfig:
    return SessionConfig.from_settings(Settings({"ZHIHU_SESSION_DIR": "/somewhere", **given}))


def test_sessions_are_kept_in_the_users_configuration_outside_the_project():
    settings = get_project_settings()
    settings.set("ZHIHU_ORIGIN", "")
    config = SessionConfig.from_settings(settings)
    assert config.directory.parts[-2:] == ("zhihu_crawler", "sessions")
    assert not config.directory.is_relative_to(ROOT)
    assert (config.names, config.guests, config.check) == (None, False, True)


@pytest.mark.parametrize("place", [ROOT, ROOT / "sessions", f"{ROOT}/x/../exports/s"])
def test_a_folder_inside_the_project_is_refused(place):
    with pytest.raises(BadSetting, match="inside the project"):
        read(ZHIHU_SESSION_DIR=str(place))


def test_a_folder_may_be_named_from_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert read(ZHIHU_SESSION_DIR="~/s").directory == Path("/home/somebody/s")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", None),
        (None, None),
        ("a", ("a",)),
        ("a, b,a", ("a", "b")),
        ("a b", ("a", "b")),
        ("none", ()),
        (["a"], ("a",)),
    ],
)
def test_sessions_are_named_in_a_row(value, names):
    assert read(ZHIHU_SESSIONS=value).names == names


@pytest.mark.parametrize("value", ["../a", "a,none", "guest", "ä"])
def test_what_is_no_name_is_told(value):
    with pytest.raises(BadSetting, match="ZHIHU_SESSIONS"):
        read(ZHIHU_SESSIONS=value)


@pytest.mark.parametrize(
    ("origin", "is_local", "is_elsewhere"),
    [("", False, False), ("http://127.0.0.1:1", True, False), ("http://mirror.example.org", False, True)],
)
def test_where_requests_go_decides_which_sessions_may_go_there(origin, is_local, is_elsewhere):
    config = read(ZHIHU_ORIGIN=origin)
    assert (config.is_local, config.is_elsewhere) == (is_local, is_elsewhere)


def test_without_the_projects_settings_there_are_no_sessions():
    assert SessionConfig.from_settings(Settings()).names == ()
