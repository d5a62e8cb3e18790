"""Defaults that depend on other settings: an add-on, because those are known only when the command line was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.config import FrontierConfig, StoreConfig, ZhihuConfig
from zhihu_crawler.items import KINDS, PLURALS

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_AT_FULL_SPEED: dict[str, Any] = {
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "RETRY_EXCEPTIONS_DELAY": 0.1,
}
"""Beside no limit to the rate, which ``ThrottleConfig`` knows of."""


_SHARED_QUEUE: dict[str, Any] = {
    "SCHEDULER": "zhihu_crawler.frontier.scheduler.FrontierScheduler",
    "SPIDER_MIDDLEWARES": {"zhihu_crawler.frontier.pages.FrontierPages": -1000},  # next to the engine
}


class ZhihuDefaults:
    """Sets the export files, lifts the manners where nobody is there to be bothered, and shares the queue by REDIS_URL.

    What a user set (command line, environment) is never changed: these have the priority of an add-on.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy once, before anything is built."""
        frontier = FrontierConfig.from_settings(settings)
        if frontier.url:
            _share(settings, frontier)
        config = ZhihuConfig.from_settings(settings)
        if not settings.getdict("FEEDS") and StoreConfig.from_settings(settings) is None:
            settings.set("FEEDS", feeds(config), "addon")
        if config.is_local:
            for name, value in _AT_FULL_SPEED.items():
                if (settings.getpriority(name) or 0) <= PROJECT:
                    settings.set(name, value, PROJECT)


def _share(settings: BaseSettings, frontier: FrontierConfig) -> None:
    """Switch the shared queue on; each worker writes export files of its own."""
    settings.set("SCHEDULER", _SHARED_QUEUE["SCHEDULER"], "addon")
    middlewares = settings.getdict("SPIDER_MIDDLEWARES") | _SHARED_QUEUE["SPIDER_MIDDLEWARES"]
    settings.set("SPIDER_MIDDLEWARES", middlewares, settings.getpriority("SPIDER_MIDDLEWARES") or "addon")
    folder = f"{ZhihuConfig.from_settings(settings).export_dir}/{frontier.worker}"
    settings.set("ZHIHU_EXPORT_DIR", folder, settings.getpriority("ZHIHU_EXPORT_DIR") or "addon")


PROJECT = 20
"""Scrapy's own priority of settings.py: below that of a spider and of the command line."""


def feeds(config: ZhihuConfig) -> dict[str, dict[str, Any]]:
    """One JSON Lines file a kind."""
    return {
        f"{config.export_dir}/{PLURALS[kind]}.jsonl": {
            "format": "jsonlines",
            "item_classes": [item],
            "overwrite": not config.export_append,
            "store_empty": False,
        }
        for kind, item in KINDS.items()
    }
