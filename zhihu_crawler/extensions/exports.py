"""Keeps the export files of an earlier crawl: a new one never writes over them."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals

from zhihu_crawler.config import ZhihuConfig
from zhihu_crawler.items import PLURALS

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
EARLIER = "earlier"


class ExportFiles:
    """Moves what lies in the export folder to ``earlier/<time it was written>/`` before a crawl begins its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it; it acts where this crawl begins the default files anew."""
        config = ZhihuConfig.from_settings(crawler.settings)
        ours = any(str(uri).startswith(f"{config.export_dir}/") for uri in crawler.settings.getdict("FEEDS"))
        extension = cls(Path(config.export_dir))
        if ours and not config.export_append:
            crawler.signals.connect(extension.move_earlier, signal=signals.engine_started)
        return extension

    def move_earlier(self) -> None:
        """Move the files of the last crawl away, all to one folder named by the newest of them."""
        files = [path for name in PLURALS.values() if (path := self._folder / f"{name}.jsonl").is_file()]
        if not files:
            return
        newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC)
        folder = _free(self._folder / EARLIER / newest.strftime("%Y-%m-%dT%H-%M-%SZ"))
        folder.mkdir(parents=True)
        for path in files:
            path.rename(folder / path.name)
        logger.info("The files of the last crawl are in %s", folder)


def _free(folder: Path) -> Path:
    """Return the folder's name, or the first that is free with a number behind it."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free
