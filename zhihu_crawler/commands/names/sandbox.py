"""``scrapy sandbox``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/sandbox.py``."""

    about = "Serve a small, made-up Zhihu on this machine"
