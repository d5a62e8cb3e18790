"""``scrapy frontier``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/frontier.py``."""

    about = "Look at a crawl that several processes share, and act on it"
