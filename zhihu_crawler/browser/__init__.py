"""A real browser on this machine: where it is, and what it reads. An optional part: requirements-browser.txt."""

from __future__ import annotations

from zhihu_crawler.browser.chromium import Availability, available

__all__ = ["Availability", "available"]
