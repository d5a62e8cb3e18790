"""``scrapy recrawl``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/recrawl.py``."""

    about = "Read again what is stale of the store, within a budget of pages a day"
