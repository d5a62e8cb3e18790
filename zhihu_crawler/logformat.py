"""Log lines about items: their names, not their texts."""

# ruff: noqa: ARG002  # the signatures are Scrapy's

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter, LogFormatterResult

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.http import Response
    from twisted.python.failure import Failure


class QuietFormatter(LogFormatter):
    """``Scraped answer:123`` where Scrapy prints the whole record."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Name an item that went through."""
        return {"level": logging.DEBUG, "msg": "Scraped %(item)s", "args": {"item": getattr(item, "key", item)}}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Name an item that was left out, and why."""
        level = getattr(exception, "log_level", None) or "DEBUG"
        level = logging.getLevelNamesMapping()[level] if isinstance(level, str) else level
        args = {"item": getattr(item, "key", item), "why": exception}
        return {"level": level, "msg": "Left out %(item)s: %(why)s", "args": args}
