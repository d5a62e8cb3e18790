"""``scrapy status``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/status.py``."""

    about = "Show how it goes: queues, workers, throttle, sessions, store, schedules, newest items"
