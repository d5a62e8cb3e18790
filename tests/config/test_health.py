from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import HealthConfig
from zhihu_crawler.errors import BadSetting

HOOK = "https://user:s3cret@hooks.example.org:8443/services/s3cret?token=s3cret"


def config(**values: object) -> HealthConfig:
    return HealthConfig.from_settings(Settings(values))


def test_what_is_not_said_has_its_default():
    assert config() == config(MONGODB_HEALTH_SECONDS="", MONGODB_HEALTH_WEBHOOK="") == HealthConfig()


def test_what_is_said_is_read():
    made = config(
        MONGODB_HEALTH_SECONDS="0",
        MONGODB_HEALTH_REPEAT_MINUTES="5",
        MONGODB_HEALTH_LAG_SECONDS="10",
        MONGODB_HEALTH_TIMEOUT_SECONDS="1.5",
        MONGODB_HEALTH_WEBHOOK=HOOK,
    )
    assert made == HealthConfig(interval=0, repeat=300, lag=10, timeout=1.5, webhook=HOOK)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_HEALTH_SECONDS", "-1"),
        ("MONGODB_HEALTH_SECONDS", "soon"),
        ("MONGODB_HEALTH_REPEAT_MINUTES", "0"),
        ("MONGODB_HEALTH_LAG_SECONDS", "0"),
        ("MONGODB_HEALTH_TIMEOUT_SECONDS", "90"),
    ],
)
def test_a_number_out_of_bounds_is_named(name: str, value: str):
    with pytest.raises(BadSetting, match=f"{name}.*{value}"):
        config(**{name: value})


@pytest.mark.parametrize(
    "url", ["ftp://h/s3cret", "https://", "https:///s3cret", "h/s3cret", "http://[x/s3cret", "https://h:99999/s3cret"]
)
def test_a_webhook_that_cannot_be_called_is_told_without_its_secret(url: str):
    with pytest.raises(BadSetting, match=r"MONGODB_HEALTH_WEBHOOK .*https://") as raised:
        config(MONGODB_HEALTH_WEBHOOK=url)
    assert "s3cret" not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_the_secret_of_a_webhook_is_never_shown():
    made = config(MONGODB_HEALTH_WEBHOOK=HOOK)
    assert made.safe_webhook == "https://hooks.example.org:8443/***"
    assert "s3cret" not in repr(made)
