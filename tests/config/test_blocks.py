from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import BlocksConfig
from zhihu_crawler.errors import BadSetting


def config(**values: object) -> BlocksConfig:
    return BlocksConfig.from_settings(Settings(values))


def test_without_settings_twenty_refusals_in_a_row_are_too_many():
    assert config() == BlocksConfig(in_a_row=20, unknown_dir="unknown-pages", unknown_most=20)


def test_what_is_set_holds():
    found = config(ZHIHU_BLOCKS_IN_A_ROW="5", ZHIHU_UNKNOWN_DIR="odd", ZHIHU_UNKNOWN_MOST=0)
    assert (found.in_a_row, found.unknown_dir, found.unknown_most) == (5, "odd", 0)


@pytest.mark.parametrize(
    ("given", "is_kept", "is_own"),
    [
        ({}, False, False),
        ({"JOBDIR": "job"}, True, True),
        ({"REDIS_URL": "redis://127.0.0.1"}, True, False),
        ({"REDIS_URL": "redis://127.0.0.1", "JOBDIR": "job"}, True, False),
    ],
)
def test_what_waits_outlives_a_crawl_in_a_jobdir_or_a_redis(given: dict[str, str], is_kept: bool, is_own: bool):
    found = config(**given)
    assert (found.is_kept, found.is_own) == (is_kept, is_own)


@pytest.mark.parametrize("name", ["ZHIHU_BLOCKS_IN_A_ROW", "ZHIHU_UNKNOWN_MOST"])
@pytest.mark.parametrize("value", ["-1", "x", "20000"])
def test_a_number_that_cannot_be_used_is_named(name: str, value: str):
    with pytest.raises(BadSetting, match=name):
        config(**{name: value})
