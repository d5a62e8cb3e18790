"""``scrapy schedule``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/schedule.py``."""

    about = "Check schedule.toml, list its schedules, run one now, run what is due, try an alert"
