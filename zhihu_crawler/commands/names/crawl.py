"""``scrapy crawl``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/crawl.py``."""

    about = "Run a spider of the current project, by name"
