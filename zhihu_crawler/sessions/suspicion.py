"""Asks about a session when a reply makes it look expired; not at every such reply, because some things are for few."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from zhihu_crawler.sessions.check import check_session
from zhihu_crawler.sessions.session import State, utc_now

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from zhihu_crawler.sessions.pool import SessionPool

AGAIN_SECONDS = 30.0
"""A session that was asked about is not asked about again before, unless the site says that nobody is logged in."""


class Suspicion:
    """One check a session at a time, whoever asks for it."""

    def __init__(self, crawler: Crawler, pool: SessionPool) -> None:
        self._crawler, self._pool = crawler, pool
        self._running: dict[str, asyncio.Task[State]] = {}
        self._asked: dict[str, float] = {}

    async def state(self, name: str, *, is_strong: bool) -> State:
        """Return how a session stands, asked of the site unless that was done of late; ``is_strong`` always asks."""
        if self._pool.state(name) is not State.GOOD:
            return self._pool.state(name)
        if name not in self._running:
            if not is_strong and self._was_asked(name):
                return State.GOOD
            self._asked[name] = asyncio.get_running_loop().time()
            self._running[name] = asyncio.ensure_future(check_session(self._crawler, self._pool, name))
            self._running[name].add_done_callback(lambda _: self._running.pop(name))
        return await asyncio.shield(self._running[name])

    def _was_asked(self, name: str) -> bool:
        """Say whether the site was asked of late, or said of late, in this crawl or another, who the session is."""
        session = self._pool.get(name)
        if session and session.checked and session.checked > utc_now() - timedelta(seconds=AGAIN_SECONDS):
            return True
        return asyncio.get_running_loop().time() < self._asked.get(name, float("-inf")) + AGAIN_SECONDS
