"""``scrapy store-replay``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named

__name__ = "zhihu_crawler.commands.names.store-replay"  # a file's name has no hyphen, the command's has


class Command(Named):
    """See ``commands/store_replay.py``."""

    about = "Store the items that wait on this disk since MongoDB did not take them"
