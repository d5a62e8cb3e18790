"""``scrapy extract``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/extract.py``."""

    about = "Print the items that saved pages and replies hold, as JSON Lines"
