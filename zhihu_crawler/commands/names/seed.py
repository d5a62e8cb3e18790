"""``scrapy seed``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/seed.py``."""

    about = "Give seeds to the workers of a running crawl, list those that wait, or remove them"
