"""``scrapy fleet``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/fleet.py``."""

    about = "Run a fleet in the sandbox on this machine: workers, schedulers, Redis, a replica set"
