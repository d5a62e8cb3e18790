"""This project's own settings, one record a room: read once, checked, typed, and passed on as values."""

from __future__ import annotations

from zhihu_crawler.config.alerts import AlertConfig
from zhihu_crawler.config.blocks import BlocksConfig
from zhihu_crawler.config.browser import BrowserConfig
from zhihu_crawler.config.crawl import ZhihuConfig
from zhihu_crawler.config.frontier import FrontierConfig
from zhihu_crawler.config.health import HealthConfig
from zhihu_crawler.config.network import NetworkConfig
from zhihu_crawler.config.schedule import ScheduleConfig
from zhihu_crawler.config.sessions import SessionConfig
from zhihu_crawler.config.store import StoreConfig
from zhihu_crawler.config.throttle import ThrottleConfig

__all__ = [
    "AlertConfig",
    "BlocksConfig",
    "BrowserConfig",
    "FrontierConfig",
    "HealthConfig",
    "NetworkConfig",
    "ScheduleConfig",
    "SessionConfig",
    "StoreConfig",
    "ThrottleConfig",
    "ZhihuConfig",
]
