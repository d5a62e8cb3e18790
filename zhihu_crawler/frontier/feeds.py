"""Export files of a worker: what stands in them must be out of this process before its page counts as done."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.extensions.feedexport import FeedExporter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Feeds:
    """Flushes the files that Scrapy's feed exporter writes, so that a killed process loses nothing that it finished."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._exporter: FeedExporter | None = None
        self._is_looked_up = self._is_told = False

    def flush(self) -> bool:
        """Hand everything to the system; ``False`` where it does not take it, so that no page may count as done."""
        if not self._is_looked_up:
            self._is_looked_up = True
            self._exporter = self._crawler.get_extension(FeedExporter)
        try:
            for slot in self._exporter.slots if self._exporter else ():
                if slot.file is not None:
                    slot.file.flush()
        except OSError as error:
            if not self._is_told:
                logger.error("The export files cannot be written (%s): pages are kept until they can", error)  # noqa: TRY400  # one line says it
            self._is_told = True
            return False
        self._is_told = False
        return True
