"""This project's own settings, one record a room: read once, checked, typed, and passed on as values."""

from __future__ import annotations

from zhihu_crawler.config.crawl import ZhihuConfig
from zhihu_crawler.config.frontier import FrontierConfig
from zhihu_crawler.config.schedule import ScheduleConfig
from zhihu_crawler.config.store import StoreConfig

__all__ = ["FrontierConfig", "ScheduleConfig", "StoreConfig", "ZhihuConfig"]
