from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import ThrottleConfig, ZhihuConfig
from zhihu_crawler.defaults import ZhihuDefaults, feeds
from zhihu_crawler.items import KINDS

MANNERS = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "RETRY_EXCEPTIONS_DELAY": 1.0}


def updated(origin: str, **given: object) -> Settings:
    settings = Settings()
    settings.setdict({**MANNERS, "ZHIHU_ORIGIN": origin}, priority="project")
    settings.setdict(given, priority="cmdline")
    ZhihuDefaults().update_settings(settings)
    return settings


def test_every_kind_has_a_file_of_its_own():
    made = feeds(ZhihuConfig(export_dir="out"))
    assert {feed["item_classes"][0] for feed in made.values()} == set(KINDS.values())
    assert "out/collection_entries.jsonl" in made
    assert all(feed["overwrite"] for feed in made.values())


def test_files_are_added_to_when_that_is_wanted():
    assert not any(feed["overwrite"] for feed in feeds(ZhihuConfig(export_append=True)).values())


def test_a_feed_of_the_user_takes_the_place_of_ours():
    mine = {"mine.csv": {"format": "csv"}}
    assert updated("", FEEDS=mine).getdict("FEEDS") == mine


@pytest.mark.parametrize("origin", ["", "https://mirror.example.org", "http://10.0.0.7:8080"])
def test_manners_hold_wherever_somebody_else_answers(origin: str):
    settings = updated(origin)
    assert {name: settings[name] for name in MANNERS} == MANNERS
    assert ThrottleConfig.from_settings(settings).rate == 1.0


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"])
def test_this_machine_is_asked_at_full_speed(origin: str):
    settings = updated(origin)
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") > 1
    assert settings.getfloat("RETRY_EXCEPTIONS_DELAY") < 1
    assert ThrottleConfig.from_settings(settings).rate == 0


def test_what_the_user_set_is_kept_even_then():
    settings = updated("http://127.0.0.1:8080", CONCURRENT_REQUESTS_PER_DOMAIN=3, ZHIHU_RATE=2)
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 3
    assert ThrottleConfig.from_settings(settings).rate == 2
