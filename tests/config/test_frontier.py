from __future__ import annotations

import math

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.errors import BadSetting

SECRET = "redis://:hunter2@127.0.0.1:6379/0"


def config(**values: object) -> FrontierConfig:
    return FrontierConfig.from_settings(Settings(values))


def test_without_redis_url_there_is_no_shared_queue():
    assert config().url is None
    assert config(REDIS_URL="").url is None


def test_the_password_is_kept_out_of_repr():
    assert config(REDIS_URL=SECRET).url == SECRET
    assert "hunter2" not in repr(config(REDIS_URL=SECRET))


@pytest.mark.parametrize(
    ("setting", "given", "field", "read"),
    [
        ("FRONTIER_TIMEOUT_SECONDS", "2.5", "timeout", 2.5),
        ("FRONTIER_LEASE_SECONDS", "60", "lease", 60.0),
        ("FRONTIER_LEASE_SECONDS", "", "lease", 30.0),
        ("FRONTIER_ATTEMPTS", "3", "attempts", 3),
        ("FRONTIER_PREFETCH", None, "prefetch", 16),
        ("FRONTIER_FLUSH_MS", "20", "flush", 0.02),
        ("FRONTIER_BUFFER", 1000, "buffer", 1000),
        ("IDLE_SECONDS", "", "idle", 30.0),
        ("IDLE_SECONDS", "inf", "idle", math.inf),
        ("IDLE_SECONDS", "0", "idle", 0.0),
        ("FRONTIER_SEEN_DAYS", "7", "seen_days", 7.0),
        ("FRONTIER_SEEN_SHARED", "zhihu", "seen_shared", "zhihu"),
        ("FRONTIER_WORKER", "worker-1", "worker", "worker-1"),
        ("REDIS_START_URLS_KEY", "seeds:%(name)s", "seeds_key", "seeds:%(name)s"),
        ("REDIS_START_URLS_BATCH_SIZE", "7", "seeds_batch", 7),
    ],
)
def test_settings_are_read(setting, given, field, read):
    assert getattr(config(**{setting: given}), field) == read


def test_as_many_requests_wait_in_a_worker_as_it_works_on():
    assert config(CONCURRENT_REQUESTS=64).prefetch == 64
    assert config(CONCURRENT_REQUESTS=1).prefetch == 1


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("FRONTIER_LEASE_SECONDS", "0"),
        ("FRONTIER_LEASE_SECONDS", "soon"),
        ("FRONTIER_ATTEMPTS", "0"),
        ("FRONTIER_FLUSH_MS", "-1"),
        ("IDLE_SECONDS", "-1"),
        ("IDLE_SECONDS", "nan"),
        ("FRONTIER_SEEN_SHARED", "a b"),
        ("FRONTIER_SEEN_SHARED", "{a}"),
        ("FRONTIER_WORKER", "../x"),
        ("FRONTIER_WORKER", "a" * 101),
    ],
)
def test_a_bad_value_is_told_with_its_setting(setting, given):
    with pytest.raises(BadSetting, match=setting):
        config(**{setting: given})


def test_a_worker_is_named_for_its_machine_and_process(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: ".crawl box{1}")
    monkeypatch.setattr("os.getpid", lambda: 42)
    assert config().worker == "crawl-box-1--42"
