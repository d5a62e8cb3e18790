"""Settings of a crawl that several processes share: where Redis is, how long a lease lasts, what counts as seen."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config._values import read_number
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FrontierConfig:
    """What ``REDIS_URL`` and the settings around it say; without ``url`` a crawl is of one process.

    ``url`` may hold a password and is left out of ``repr``. Times are in seconds: ``timeout`` of a reply of Redis,
    ``lease`` after which the requests of a worker that died go back, ``flush`` between two exchanges of a busy worker,
    ``idle`` after which a worker closes when nothing is left anywhere (``inf``: never). ``attempts`` is how often a
    request may be begun before it is put aside, ``prefetch`` how many wait in a worker, ``buffer`` how many found
    requests a worker holds before it waits for Redis. ``seen_days`` is the age at which an address may be crawled
    again (0: never within a crawl), ``seen_shared`` names a seen-set that several spiders share and that outlives a
    crawl. ``worker`` is this process's name; ``seeds_key`` and ``seeds_batch`` are where scrapy-redis's users push
    seeds, and how many are taken at once.
    """

    url: str | None = field(default=None, repr=False)
    timeout: float = 5.0
    lease: float = 30.0
    attempts: int = 5
    prefetch: int = 16
    flush: float = 0.05
    buffer: int = 5000
    idle: float = 30.0
    seen_days: float = 0.0
    seen_shared: str | None = None
    worker: str = "worker"
    seeds_key: str = "%(name)s:start_urls"
    seeds_batch: int = 100

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        concurrency = max(settings.getint("CONCURRENT_REQUESTS"), 1)
        return cls(
            url=settings.get("REDIS_URL") or None,
            timeout=read_number(settings, "FRONTIER_TIMEOUT_SECONDS", 5.0, least=0.1, most=300.0),
            lease=read_number(settings, "FRONTIER_LEASE_SECONDS", 30.0, least=1.0, most=86400.0),
            attempts=int(read_number(settings, "FRONTIER_ATTEMPTS", 5, least=1, most=1000)),
            prefetch=int(read_number(settings, "FRONTIER_PREFETCH", concurrency, least=1, most=10_000)),
            flush=read_number(settings, "FRONTIER_FLUSH_MS", 50.0, least=1.0, most=1000.0) / 1000,
            buffer=int(read_number(settings, "FRONTIER_BUFFER", 5000, least=100, most=10_000_000)),
            idle=read_number(settings, "IDLE_SECONDS", 30.0),
            seen_days=read_number(settings, "FRONTIER_SEEN_DAYS", 0.0),
            seen_shared=_name(settings, "FRONTIER_SEEN_SHARED"),
            worker=_name(settings, "FRONTIER_WORKER") or _this_process(),
            seeds_key=settings.get("REDIS_START_URLS_KEY") or "%(name)s:start_urls",
            seeds_batch=int(read_number(settings, "REDIS_START_URLS_BATCH_SIZE", 100, least=1, most=10_000)),
        )


def _name(settings: BaseSettings, setting: str) -> str | None:
    value = settings.get(setting)
    if value is None or value == "":
        return None
    if not _NAME.fullmatch(str(value)):
        raise BadSetting(
            f"{setting} ({value!r}) must be letters, digits, '.', '_' or '-', at most 100, for it is a key"
        )
    return str(value)


def _this_process() -> str:
    """Host and process: two workers of one machine have two names, and an operator finds both."""
    host = re.sub(r"[^\w.-]", "-", socket.gethostname(), flags=re.ASCII).lstrip(".-_") or "host"
    return f"{host[:60]}-{os.getpid()}"
