"""Sessions as a crawl knows them, each in step with its file, which other crawls and ``scrapy login`` write too."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.session import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zhihu_crawler.sessions.session import Session
    from zhihu_crawler.sessions.store import SessionStore

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""A session's file is looked at no more often."""


class Roster:
    """Sessions by name, read anew when their files change, and written when this crawl changes them."""

    def __init__(
        self, store: SessionStore, sessions: Iterable[Session], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._clock = store, clock
        self._sessions = {session.name: session for session in sessions}
        self._stamps = {name: store.stamp(name) for name in self._sessions}
        self._looked = dict.fromkeys(self._sessions, clock())

    @property
    def names(self) -> list[str]:
        """Names of all."""
        return list(self._sessions)

    def get(self, name: str | None) -> Session | None:
        """Return a session as its file says it is, ``None`` where there is none of that name."""
        if name is None or name not in self._sessions:
            return None
        if self._clock() - self._looked[name] >= LOOK_SECONDS:
            self.look(name)
        return self._sessions[name]

    def look(self, name: str) -> bool:
        """Read a session anew if its file has changed; return whether it is a good one of another log-in now."""
        self._looked[name] = self._clock()
        if (stamp := self._store.stamp(name)) == self._stamps[name]:
            return False
        before, self._stamps[name] = self._sessions[name], stamp
        try:
            self._sessions[name] = after = self._store.load(name)
        except BadSession as problem:
            logger.warning("Session %r is not used any more: %s", name, problem)
            self._sessions[name] = before.with_state(State.EXPIRED, "its file is gone or cannot be used")
            return False
        if before.state is State.EXPIRED and after.state is not State.EXPIRED:
            logger.info("Session %r (%s) is logged in again.", name, after.account or "account unknown")
        return after.state is State.GOOD and not after.cookies.is_same_login(before.cookies)

    def change(self, name: str, change: Callable[[Session], Session]) -> None:
        """Change a session in its file and here; a file that cannot be written costs the crawl nothing."""
        try:
            self._sessions[name] = self._store.update(name, change)
        except BadSession as problem:
            self._sessions[name] = change(self._sessions[name])
            logger.warning("What became of session %r could not be kept: %s", name, problem)
        self._stamps[name] = self._store.stamp(name)
