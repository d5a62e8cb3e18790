"""The sessions of a crawl: made once, from its settings, for whoever of its parts asks first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from zhihu_crawler.config import SessionConfig
from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.pool import SessionPool
from zhihu_crawler.sessions.store import SessionStore

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from zhihu_crawler.sessions.session import Session

logger = logging.getLogger(__name__)
_made: WeakKeyDictionary[Crawler, SessionPool] = WeakKeyDictionary()


def pool_of(crawler: Crawler) -> SessionPool:
    """Return the sessions of a crawl.

    Raises:
        BadSetting: a setting of them cannot be used.
        BadSession: a session that the settings name cannot be used, or none of those that there are.
    """
    if crawler not in _made:
        config = SessionConfig.from_settings(crawler.settings)
        store = SessionStore(config.directory)
        _made[crawler] = SessionPool(store, load(store, config), count=lambda name: _count(crawler, name))
    return _made[crawler]


def load(store: SessionStore, config: SessionConfig) -> list[Session]:
    """Read the sessions that a crawl may use: those of the site, or of the sandbox where requests go there.

    Raises:
        BadSession: one that is named cannot be used, or none of those that there are.
    """
    if config.names == () or config.is_elsewhere:
        return []
    if config.names:
        return [_fit(store.load(name), config) for name in config.names]
    sessions, problems = store.load_all()
    if problems and not sessions:
        raise problems[0]
    for problem in problems:
        logger.error("A session is left out: %s", problem)
    return [session for session in sessions if session.is_local is config.is_local]


def _fit(session: Session, config: SessionConfig) -> Session:
    if session.is_local is not config.is_local:
        of, other = ("the sandbox", "the site") if session.is_local else ("the site", "the sandbox")
        raise BadSession(f"session {session.name!r} is one of {of}: it is never shown to {other}")
    return session


def _count(crawler: Crawler, name: str) -> None:
    assert crawler.stats
    crawler.stats.inc_value(f"zhihu/sessions/{name}")
