"""``scrapy replset``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/replset.py``."""

    about = "Show how the MongoDB replica set is; exit status 0 good, 1 degraded, 2 down"
