"""Settings of the crawl itself: where requests go, where files go, what is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from zhihu_crawler.config._values import read_flag
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True)
class ZhihuConfig:
    """Settings whose names begin with ``ZHIHU_``.

    ``origin`` is where requests are really sent, ``None`` for the site itself. ``export_append`` adds to export files
    instead of beginning new ones, as a paused crawl (``JOBDIR``) does that goes on; ``progress`` shows a line while the
    crawl runs, where there is a terminal; ``summary_file`` takes the closing table as JSON instead of showing it.
    """

    origin: str | None = None
    export_dir: str = "exports"
    export_append: bool = False
    progress: bool = True
    summary_file: str | None = None

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        return cls(
            origin=_origin(settings.get("ZHIHU_ORIGIN")),
            export_dir=settings.get("ZHIHU_EXPORT_DIR") or "exports",
            export_append=read_flag(settings, "ZHIHU_EXPORT_APPEND") or _is_paused(settings.get("JOBDIR")),
            progress=read_flag(settings, "ZHIHU_PROGRESS"),
            summary_file=settings.get("ZHIHU_SUMMARY_FILE") or None,
        )

    @property
    def is_local(self) -> bool:
        """Whether requests go to this machine only, so that nobody needs to be spared."""
        host = urlsplit(self.origin).hostname if self.origin else None
        try:
            return host == "localhost" or (host is not None and ip_address(host).is_loopback)
        except ValueError:
            return False


def _is_paused(job: str | None) -> bool:
    """Say whether a crawl was paused there: Scrapy keeps a list of what waits, which is empty after a whole crawl."""
    waiting = Path(job, "requests.queue", "active.json") if job else None
    return waiting is not None and waiting.is_file() and bool(json.loads(waiting.read_bytes() or b"null"))


def _origin(value: str | None) -> str | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:  # brackets that hold no IPv6 address, a port that is no number
        host = port = None
    netloc = f"{f'[{host}]' if ':' in (host or '') else host}" + ("" if port is None else f":{port}")
    if host is None or value.rstrip("/").lower() not in (f"http://{netloc}", f"https://{netloc}"):
        raise BadSetting(f"ZHIHU_ORIGIN ({value!r}) must be scheme and host, such as http://127.0.0.1:8080")
    return value.rstrip("/").lower()
