"""Settings of how servers are found by name, and for how long what was found is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config._values import read_flag, read_number

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Settings beside Scrapy's own; times are in seconds.

    A name is resolved again after ``ttl``. While that fails, its last address is used for ``stale`` after it was found.
    A name has ``timeout`` to be resolved, and ``size`` names are kept. A connection that is kept alive is used for
    ``connection`` and then made anew, so that a server that moved away is not called for hours.
    """

    ttl: float = 60.0
    stale: float = 600.0
    timeout: float = 10.0
    size: int = 10_000
    connection: float = 300.0

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them; without DNSCACHE_ENABLED, nothing that was found is kept.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        kept = read_flag(settings, "DNSCACHE_ENABLED")
        ttl = read_number(settings, "DNSCACHE_TTL_SECONDS", 60, least=0, most=3600)
        stale = read_number(settings, "DNSCACHE_STALE_SECONDS", 600, least=0, most=86_400)
        return cls(
            ttl=ttl if kept else 0.0,
            stale=stale if kept else 0.0,
            timeout=read_number(settings, "DNS_TIMEOUT", 10, least=0.1, most=600),
            size=int(read_number(settings, "DNSCACHE_SIZE", 10_000, least=1)),
            connection=read_number(settings, "DOWNLOAD_CONNECTION_SECONDS", 300, least=0.1, most=86_400),
        )
