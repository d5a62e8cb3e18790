"""Who asks: sessions of people who logged in, kept in files, used by crawls, and never shown."""

from __future__ import annotations

from zhihu_crawler.sessions.cookies import Cookies
from zhihu_crawler.sessions.pool import SESSION, SessionPool
from zhihu_crawler.sessions.session import Session, State
from zhihu_crawler.sessions.store import SessionStore

__all__ = ["SESSION", "Cookies", "Session", "SessionPool", "SessionStore", "State"]
