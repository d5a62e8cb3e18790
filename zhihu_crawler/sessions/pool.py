"""The sessions of one crawl: which request asks as whom, and who may still ask."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial
from itertools import count as numbers
from typing import TYPE_CHECKING
from weakref import WeakSet

from zhihu_crawler.sessions.roster import Roster
from zhihu_crawler.sessions.session import State, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from scrapy import Request
    from scrapy.http import Response

    from zhihu_crawler.sessions.cookies import Cookies
    from zhihu_crawler.sessions.session import Session
    from zhihu_crawler.sessions.store import SessionStore

logger = logging.getLogger(__name__)
SESSION = "zhihu_session"
"""Entry of a request's ``meta``: the name of the session that it is pinned to."""
NO_SESSION, MOVED = "zhihu_no_session", "zhihu_session_moved"
"""Entries of a request's ``meta`` that went back to the queue: no session was left, or its own expired as it waited."""
_POLL_SECONDS = 0.25


def _uncounted(name: str) -> None:
    """Take a stat and keep nothing."""


class SessionPool:
    """Hands out sessions in turn, and keeps in their files what the site made of them.

    Args:
        store: where they are kept.
        sessions: those that the crawl may use.
        count: adds one to a stat, ``count("expired")``.
        clock: seconds that only go on.
    """

    def __init__(
        self,
        store: SessionStore,
        sessions: Iterable[Session] = (),
        *,
        count: Callable[[str], None] = _uncounted,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._clock = count, clock
        self._roster = Roster(store, sessions, clock=clock)
        self._asking: dict[str, WeakSet[Request]] = {name: WeakSet() for name in self.names}
        self._turn = dict.fromkeys(self.names, 0)
        self._turns = numbers(1)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> list[str]:
        """Names of all its sessions, whatever their state."""
        return self._roster.names

    def get(self, name: str | None) -> Session | None:
        """Return a session as its file says it is, ``None`` where there is none of that name."""
        return self._roster.get(name)

    def state(self, name: str) -> State:
        """Return how a session stands now; one that is not there counts as expired."""
        session = self.get(name)
        return session.state_at(utc_now()) if session else State.EXPIRED

    def usable(self) -> list[Session]:
        """Return the sessions that may ask now: logged in, and not limited."""
        return [session for session in self._all() if session.state_at(utc_now()) is State.GOOD]

    def pick(self, request: Request) -> Session | None:
        """Say who asks: whoever the request is pinned to, else whoever has the fewest requests under way.

        A request moves on when its session has expired, and, unless it continues a listing, when that is limited and
        another is not. A limited session is only picked where no other is left: its requests wait.

        Returns:
            ``None`` when every session has expired, or there is none.
        """
        pinned: str | None = request.meta.get(SESSION)
        state = self.state(pinned) if pinned else State.EXPIRED
        if pinned and (state is State.GOOD or (state is State.LIMITED and is_listing(request))):
            return self._give(pinned, request)
        session = self._next()
        if session and pinned and pinned != session.name and is_listing(request):
            self._count("moved")
            logger.info(
                "%s goes on as session %r instead of %r, which is %s.", request.url, session.name, pinned, state
            )
        return self._give(session.name, request) if session else None

    def done(self, request: Request) -> None:
        """Note that a request is not under way any more."""
        for asking in self._asking.values():
            asking.discard(request)

    def expire(self, name: str, reason: str) -> bool:
        """Note that a session is not logged in any more: it is said once, and kept for all crawls.

        Returns:
            Whether it was news. It is none when the session's file was renewed meanwhile, by ``scrapy login`` or by
            another crawl to which the site gave new cookies: those are used from now on.
        """
        session = self._roster.get(name)
        if session is None or session.state is State.EXPIRED or self._roster.look(name):
            return False
        self._roster.change(name, lambda found: found.with_state(State.EXPIRED, reason))
        self._count("expired")
        left = [other.name for other in self.usable()]
        logger.warning(
            "Session %r (%s) is not logged in any more: %s. `scrapy login --name %s` renews it. Left: %s.",
            *(name, session.account or "account unknown", reason, name, ", ".join(left) or "none"),
        )
        return True

    def limit(self, name: str, until: datetime, reason: str = "") -> None:
        """Note that a session shall not ask before a time (aware); one that comes before what is known is no news."""
        session = self._roster.get(name)
        if session is None or session.state is State.EXPIRED or (session.until and session.until >= until):
            return
        self._roster.change(name, lambda found: found.with_state(State.LIMITED, reason, until))
        self._count("limited")
        logger.info(
            "Session %r is limited until %s: %s.",
            name,
            until.isoformat(timespec="seconds"),
            reason or "no reason given",
        )

    def confirm(self, name: str, *, account: str | None = None, token: str | None = None) -> None:
        """Note that the site knows a session, and as whom; it is good again if it had expired."""
        session = self._roster.get(name)
        if session is None:
            return
        is_back = session.state is State.EXPIRED

        def known(found: Session) -> Session:
            found = found.with_state(State.GOOD) if is_back else found
            return replace(found, account=account or found.account, token=token or found.token, checked=utc_now())

        self._roster.change(name, known)

    async def wait_usable(self, seconds: float | None = None, *, is_closing: Callable[[], bool] = bool) -> bool:
        """Wait until a session may ask: a limit ends, or somebody logs in anew meanwhile.

        Args:
            seconds: to wait at most, ``None`` for as long as it takes.
            is_closing: says that nobody should wait any longer.

        Returns:
            Whether there is one.
        """
        end = None if seconds is None else self._clock() + seconds
        while not self.usable():
            if is_closing() or (end is not None and self._clock() >= end):
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    async def wait_for(self, name: str, *, is_closing: Callable[[], bool] = bool) -> None:
        """Wait while a session is limited; return when it is not, has expired, or nobody should wait any longer."""
        while self.state(name) is State.LIMITED:
            if is_closing():
                return
            await asyncio.sleep(_POLL_SECONDS)

    def next_usable_in(self) -> float | None:
        """Return the seconds until the first limit ends, 0 when a session is usable, ``None`` when all have expired."""
        if self.usable():
            return 0.0
        ends = [session.until for session in self._all() if session.state is State.LIMITED and session.until]
        return max(0.0, (min(ends) - utc_now()).total_seconds()) if ends else None

    def take_cookies(self, name: str, response: Response, request: Request) -> None:
        """Keep what a reply sets; what the log-in hangs on goes to the session's file at once."""
        session = self._roster.get(name)
        if session and response.headers.getlist("Set-Cookie") and session.cookies.take_from(response, request):
            self._count("renewed_cookies")
            self._roster.change(name, lambda found: replace(found, cookies=session.cookies))

    def close(self) -> None:
        """Keep when each session was last used, and its latest cookies."""
        now = utc_now()
        for name, turn in self._turn.items():
            if turn:
                self._roster.look(name)
                session = self._roster.get(name)
                assert session
                self._roster.change(name, partial(_used, session.cookies, now))

    def _next(self) -> Session | None:
        """Choose the least busy, in turn; among limited ones the first whose limit ends."""
        if usable := self.usable():
            return min(usable, key=lambda session: (len(self._asking[session.name]), self._turn[session.name]))
        limited = [session for session in self._all() if session.state is State.LIMITED and session.until]
        return min(limited, key=lambda session: str(session.until), default=None)

    def _give(self, name: str, request: Request) -> Session | None:
        self.done(request)
        self._asking[name].add(request)
        self._turn[name] = next(self._turns)
        return self._roster.get(name)

    def _all(self) -> list[Session]:
        return [session for name in self.names if (session := self._roster.get(name))]


def is_listing(request: Request) -> bool:
    """Say whether a request goes on with a listing, whose pages belong to one session."""
    return "walk" in request.cb_kwargs


def _used(own: Cookies, now: datetime, found: Session) -> Session:
    """Return a session with the cookies that this crawl has, unless somebody logged in anew meanwhile."""
    return replace(found, used=now, cookies=own if own.is_same_login(found.cookies) else found.cookies)


def came_back(request: Request) -> bool:
    """Say whether a request is in the queue again without having been asked for."""
    return bool(request.meta.get(NO_SESSION) or request.meta.get(MOVED))
