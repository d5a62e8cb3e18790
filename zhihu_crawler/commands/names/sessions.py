"""``scrapy sessions``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/sessions.py``."""

    about = "List the sessions that crawls use, check them, or remove one"
