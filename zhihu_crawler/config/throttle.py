"""Settings of the throttle: how often the site is asked, and what is done when it says that this is too often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config._values import read_number
from zhihu_crawler.config.crawl import ZhihuConfig
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_LEAST, _MOST = 1 / 86_400, 10_000.0
"""Requests a second: one a day, and more than any crawler manages."""
_WEEK = 604_800.0


@dataclass(frozen=True, slots=True)
class ThrottleConfig:
    """What all workers together may ask of the site.

    ``rate`` and ``session_rate`` are in requests a second, for the site and for each session; 0 is no limit, and is
    refused where anybody else answers. ``burst`` requests may go out at once after a quiet time. ``rate_min`` is the
    least that the rate falls to, ``recovery`` the seconds in which it climbs from there to the full rate.
    ``concurrency`` is how many requests may be under way on average: the rate is no more than that many a latency; 0
    lets the latency count for nothing. ``cooldown`` is the first pause after a refusal in seconds, ``cooldown_max`` the
    longest, whatever the site asks for.
    """

    rate: float = 1.0
    burst: float = 1.0
    session_rate: float = 1.0
    rate_min: float = 1 / 60
    concurrency: float = 1.0
    recovery: float = 900.0
    cooldown: float = 30.0
    cooldown_max: float = 3600.0

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them; what is not set depends on whether the origin is this machine.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        is_local = ZhihuConfig.from_settings(settings).is_local
        usual = cls(rate=0.0, concurrency=0.0, cooldown=0.1) if is_local else cls()
        rate = _rate(settings, "ZHIHU_RATE", usual.rate, is_local=is_local)
        session_rate = _rate(settings, "ZHIHU_RATE_SESSION", rate, is_local=is_local)
        full = min(one or _MOST for one in (rate, session_rate))
        cooldown = read_number(settings, "ZHIHU_COOLDOWN", usual.cooldown, least=0.01, most=_WEEK)
        longest = max(usual.cooldown_max, cooldown)
        return cls(
            rate=rate,
            session_rate=session_rate,
            burst=read_number(settings, "ZHIHU_BURST", usual.burst, least=1, most=_MOST),
            rate_min=read_number(settings, "ZHIHU_RATE_MIN", min(usual.rate_min, full), least=_LEAST, most=full),
            concurrency=read_number(settings, "ZHIHU_CONCURRENCY", usual.concurrency, most=_MOST),
            recovery=read_number(settings, "ZHIHU_RATE_RECOVERY", usual.recovery, least=0.1, most=_WEEK),
            cooldown=cooldown,
            cooldown_max=read_number(settings, "ZHIHU_COOLDOWN_MAX", longest, least=cooldown, most=_WEEK),
        )


def _rate(settings: BaseSettings, name: str, default: float, *, is_local: bool) -> float:
    """Read a rate: bounded, and 0 (no limit) only where nobody else answers."""
    rate = read_number(settings, name, default, most=_MOST)
    if rate == 0 and not is_local:
        raise BadSetting(f"{name} ({settings.get(name)!r}) may be 0, no limit, only where ZHIHU_ORIGIN is this machine")
    if 0 < rate < _LEAST:
        raise BadSetting(f"{name} ({settings.get(name)!r}) must be one request a day or more ({_LEAST:.1e})")
    return rate
