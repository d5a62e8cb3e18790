from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.errors import BadSetting

LOCAL = {"ZHIHU_ORIGIN": "http://127.0.0.1:8080"}


def config(**values: object) -> ThrottleConfig:
    return ThrottleConfig.from_settings(Settings(values))


def test_the_site_is_asked_once_a_second_at_most_one_request_at_a_time():
    assert config() == ThrottleConfig(rate=1.0, burst=1.0, session_rate=1.0, concurrency=1.0, cooldown=30.0)


@pytest.mark.parametrize("origin", ["", None, "https://mirror.example.org", "http://10.0.0.7:8080"])
def test_wherever_somebody_else_answers_the_manners_are_the_same(origin: str | None):
    assert config(ZHIHU_ORIGIN=origin) == ThrottleConfig()


def test_this_machine_is_asked_without_a_limit_and_refusals_pause_briefly():
    local = config(**LOCAL)
    assert (local.rate, local.session_rate, local.concurrency, local.cooldown) == (0.0, 0.0, 0.0, 0.1)


def test_what_is_set_holds_on_this_machine_too():
    local = config(**LOCAL, ZHIHU_RATE="40", ZHIHU_CONCURRENCY=2, ZHIHU_COOLDOWN="7")
    assert (local.rate, local.session_rate, local.concurrency, local.cooldown) == (40.0, 40.0, 2.0, 7.0)


def test_a_session_has_the_rate_of_the_site_unless_it_has_its_own():
    assert config(ZHIHU_RATE=0.5).session_rate == 0.5
    assert config(ZHIHU_RATE=0.5, ZHIHU_RATE_SESSION=0.2).session_rate == 0.2


@pytest.mark.parametrize("given", [{"ZHIHU_RATE": 0.01}, {"ZHIHU_RATE_SESSION": 0.01}])
def test_the_least_rate_is_never_above_the_full_one(given: dict[str, float]):
    assert config(**given).rate_min == 0.01


def test_the_longest_cool_down_is_never_below_the_first():
    assert config(ZHIHU_COOLDOWN=7200).cooldown_max == 7200


@pytest.mark.parametrize(
    "given",
    [
        {"ZHIHU_RATE": 0},
        {"ZHIHU_RATE": "-1"},
        {"ZHIHU_RATE": "fast"},
        {"ZHIHU_RATE": "inf"},
        {"ZHIHU_RATE": "nan"},
        {"ZHIHU_RATE": 1e-9},
        {"ZHIHU_RATE_SESSION": 0},
        {"ZHIHU_RATE_MIN": 2},
        {"ZHIHU_RATE_MIN": 0},
        {"ZHIHU_RATE_RECOVERY": 0},
        {"ZHIHU_BURST": 0.5},
        {"ZHIHU_CONCURRENCY": -1},
        {"ZHIHU_COOLDOWN": 0},
        {"ZHIHU_COOLDOWN_MAX": 5},
    ],
    ids=lambda given: "-".join(f"{name}={value}" for name, value in given.items()),
)
def test_what_cannot_be_used_is_refused_by_its_name(given: dict[str, object]):
    [name] = given
    with pytest.raises(BadSetting, match=name):
        config(**given)
