"""Settings of the watch over the replica set: how often it is looked at, what is borne, whom to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from zhihu_crawler.config._values import read_number
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthConfig:
    """Settings whose names begin with ``MONGODB_HEALTH_``; times are in seconds.

    The set is looked at every ``interval`` (0 is never), each member has ``timeout`` for its answers, and may be
    ``lag`` behind the last write. What is still wrong is told again after ``repeat``. ``webhook`` is an address that
    is told too; it often holds a secret, so it is no part of the repr: show ``safe_webhook``.
    """

    interval: float = 60.0
    repeat: float = 30 * _MINUTE
    lag: float = 60.0
    timeout: float = 3.0
    webhook: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name and without the webhook's secret.
        """
        minutes = read_number(settings, "MONGODB_HEALTH_REPEAT_MINUTES", 30, least=0.01, most=10_080)
        return cls(
            interval=read_number(settings, "MONGODB_HEALTH_SECONDS", 60, least=0, most=3600),
            repeat=minutes * _MINUTE,
            lag=read_number(settings, "MONGODB_HEALTH_LAG_SECONDS", 60, least=1, most=86_400),
            timeout=read_number(settings, "MONGODB_HEALTH_TIMEOUT_SECONDS", 3, least=0.1, most=60),
            webhook=_webhook(str(settings.get("MONGODB_HEALTH_WEBHOOK") or "").strip()),
        )

    @property
    def safe_webhook(self) -> str:
        """The webhook's scheme and host alone."""
        return _safe(self.webhook)


def _safe(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme}{mark}{host}/***" if mark else "***"


def _webhook(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:  # brackets that hold no IPv6 address, a port that is no number
        good = False
    if not good:
        raise BadSetting(f"MONGODB_HEALTH_WEBHOOK ({_safe(url)!r}) must begin with https:// or http:// and a host")
    return url
