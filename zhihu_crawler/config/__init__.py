"""This project's own settings, one record a room: read once, checked, typed, and passed on as values."""

from __future__ import annotations

from zhihu_crawler.config.crawl import ZhihuConfig
from zhihu_crawler.config.sessions import SessionConfig

__all__ = ["SessionConfig", "ZhihuConfig"]
