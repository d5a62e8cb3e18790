"""Keeps pages that nobody here can read, so that somebody can look at them: a new layout shows so first."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import NotConfigured

from zhihu_crawler.config import BlocksConfig
from zhihu_crawler.errors import Meaning
from zhihu_crawler.extensions._scrub import scrub
from zhihu_crawler.sessions.crawler import pool_of
from zhihu_crawler.signals import page_unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from zhihu_crawler.errors import PageError

logger = logging.getLogger(__name__)
MOST_BYTES = 2 * 1024 * 1024
"""What a page has beyond is cut off: its layout shows at its beginning."""


class KeepUnknown:
    """Writes each such page to ZHIHU_UNKNOWN_DIR with what is known of it, without secrets, and a bounded number."""

    def __init__(self, crawler: Crawler, config: BlocksConfig) -> None:
        self._crawler, self._most = crawler, config.unknown_most
        self._folder = Path(config.unknown_dir)
        self._seen: set[str] = set()
        self._full = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, unless ZHIHU_UNKNOWN_MOST is 0."""
        config = BlocksConfig.from_settings(crawler.settings)
        if not config.unknown_most:
            raise NotConfigured("ZHIHU_UNKNOWN_MOST is 0")
        extension = cls(crawler, config)
        crawler.signals.connect(extension.unread, signal=page_unread)
        return extension

    def unread(self, response: Response, error: PageError) -> None:
        """Keep a page, once an address; a disk that takes none costs the crawl nothing."""
        if error.meaning is not Meaning.UNKNOWN or self._full or response.url in self._seen:
            return
        self._seen.add(response.url)
        try:
            self._keep(response, error)
        except OSError as fault:
            self._full = True
            logger.warning("Pages of an unknown layout cannot be kept in %s: %s", self._folder, fault)

    def _keep(self, response: Response, error: PageError) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(list(self._folder.glob("*.meta.json"))) >= self._most:
            self._full = True
            told = (
                "%s holds %d pages of an unknown layout already; look at them and remove them, then new ones are kept."
            )
            logger.warning(told, self._folder, self._most)
            return
        secrets = list(self._secrets())
        body = scrub(response.body[:MOST_BYTES], secrets)
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{sha256(response.url.encode()).hexdigest()[:8]}"
        known = {"url": response.url, "status": response.status, "at": now.isoformat(timespec="seconds")}
        known |= {"signal": error.signal, "error": str(error)}
        (self._folder / f"{name}.{_ending(body)}").write_bytes(body)
        meta = json.dumps(known, ensure_ascii=False, indent=1).encode()
        (self._folder / f"{name}.meta.json").write_bytes(scrub(meta, secrets) + b"\n")
        assert self._crawler.stats
        self._crawler.stats.inc_value("zhihu/unknown/kept")

    def _secrets(self) -> Iterator[str]:
        pool = pool_of(self._crawler)
        for name in pool.names:
            if session := pool.get(name):
                yield from (str(cookie["value"]) for cookie in session.cookies.dump())


def _ending(body: bytes) -> str:
    return "json" if body[:100].lstrip()[:1] in (b"{", b"[") else "html"
