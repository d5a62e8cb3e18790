"""``scrapy login``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/login.py``."""

    about = "Log in to Zhihu in a browser (or import its cookies), for crawls to come"
