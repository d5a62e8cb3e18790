from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import BrowserConfig
from zhihu_crawler.errors import BadSetting


def test_without_settings_nothing_is_read_in_a_browser():
    config = BrowserConfig.from_settings(Settings({"ZHIHU_FETCH": "", "ZHIHU_BROWSER_PAGES": ""}))
    assert config == BrowserConfig(timeout=180)  # Scrapy's own
    assert config.fetch == "http"


def test_settings_are_read_as_the_environment_gives_them():
    given = {
        "FETCH": "auto",
        "BROWSER_PAGES": "4",
        "BROWSER_RECYCLE": "9",
        "BROWSER_SCROLLS": "0",
        "BROWSER_WAIT": "2.5",
    }
    settings = Settings({f"ZHIHU_{name}": value for name, value in given.items()} | {"DOWNLOAD_TIMEOUT": 7})
    assert BrowserConfig.from_settings(settings) == BrowserConfig(None, "auto", 4, 9, 0, 2.5, 7)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ZHIHU_FETCH", "chrome", "ZHIHU_FETCH ('chrome') must be one of http, browser, auto"),
        ("ZHIHU_BROWSER_PAGES", "0", "ZHIHU_BROWSER_PAGES ('0') must be a number, 1 to 16"),
        ("ZHIHU_BROWSER_RECYCLE", "inf", "must be a number"),
        ("ZHIHU_BROWSER_SCROLLS", "-1", "must be a number"),
        ("ZHIHU_BROWSER_WAIT", "soon", "must be a number"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(name, value, told):
    with pytest.raises(BadSetting) as caught:
        BrowserConfig.from_settings(Settings({name: value}))
    assert told in str(caught.value)
