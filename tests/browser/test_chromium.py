from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.browser import chromium
from zhihu_crawler.browser.chromium import find_chromium, launch_options, need_playwright
from zhihu_crawler.config import BrowserConfig
from zhihu_crawler.errors import BadSetting


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The only browser of this machine."""
    path = tmp_path / "google-chrome"
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "_ELSEWHERE", ())
    return path


def test_the_first_browser_that_there_is_is_taken(program):
    assert find_chromium() == program


def test_a_browser_may_be_named_by_path_or_name(program):
    assert find_chromium(str(program)) == program
    assert find_chromium("google-chrome") == program


def test_without_a_browser_it_is_told_what_to_do(program):
    program.unlink()
    with pytest.raises(BadSetting, match=r"apt install chromium.*ZHIHU_CHROMIUM="):
        find_chromium()
    with pytest.raises(BadSetting, match="ZHIHU_CHROMIUM"):
        find_chromium("/no/such/chrome")


def test_without_the_driver_it_is_told_what_to_install(monkeypatch):
    need_playwright()
    monkeypatch.setattr(chromium, "find_spec", lambda _: None)
    with pytest.raises(BadSetting, match=r"pip install -r requirements-browser\.txt"):
        need_playwright()


@pytest.mark.parametrize(("user", "has_flag"), [(0, True), (1000, False)])
def test_only_root_goes_without_chromiums_own_sandbox(program, monkeypatch, user, has_flag):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: user)
    options = launch_options(program, headless=True)
    assert ("--no-sandbox" in options["args"]) is has_flag
    assert (options["executable_path"], options["headless"]) == (str(program), True)


def test_the_setting_may_be_empty():
    assert BrowserConfig.from_settings(Settings({"ZHIHU_CHROMIUM": ""})).chromium is None
    assert BrowserConfig.from_settings(Settings({"ZHIHU_CHROMIUM": "x"})).chromium == "x"
