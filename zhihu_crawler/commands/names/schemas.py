"""``scrapy schemas``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/schemas.py``."""

    about = "Write the JSON Schemas of the items"
