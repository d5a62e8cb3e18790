"""``scrapy tour``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/tour.py``."""

    about = "Crawl the sandbox (or with --live the site) and show what was got"
