from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import NetworkConfig
from zhihu_crawler.errors import BadSetting


def test_what_is_not_said_has_its_default():
    assert NetworkConfig.from_settings(Settings({"DNS_TIMEOUT": ""})) == NetworkConfig()


def test_what_is_said_is_read():
    made = NetworkConfig.from_settings(
        Settings({"DNSCACHE_TTL_SECONDS": "5", "DNSCACHE_STALE_SECONDS": 0, "DNSCACHE_SIZE": 3, "DNS_TIMEOUT": 2})
    )
    assert made == NetworkConfig(ttl=5, stale=0, size=3, timeout=2)


def test_without_the_cache_nothing_is_kept():
    made = NetworkConfig.from_settings(Settings({"DNSCACHE_ENABLED": "0", "DNSCACHE_TTL_SECONDS": "60"}))
    assert (made.ttl, made.stale) == (0, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DNSCACHE_TTL_SECONDS", "3601"),
        ("DNSCACHE_STALE_SECONDS", "-1"),
        ("DOWNLOAD_CONNECTION_SECONDS", "0"),
        ("DNS_TIMEOUT", "never"),
    ],
)
def test_a_number_out_of_bounds_is_named(name: str, value: str):
    with pytest.raises(BadSetting, match=f"{name}.*{value}"):
        NetworkConfig.from_settings(Settings({name: value}))
