"""``scrapy dictionary``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/dictionary.py``."""

    about = "Write the data dictionary"
