"""``scrapy mongo``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/mongo.py``."""

    about = "Run a throw-away MongoDB replica set on this machine"
