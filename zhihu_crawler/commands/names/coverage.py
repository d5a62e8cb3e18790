"""``scrapy coverage``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/coverage.py``."""

    about = "Count which fields saved pages give, by kind and layout"
