"""What is kept of one budget, and what may be done to it: plain arithmetic on plain numbers.

``record.lua`` does the same inside Redis; a test runs both side by side over whatever hypothesis thinks of. All that
needs judgement (how much slower, how long a pause) is not here but in ``pace.py``, and is written through ``write``.

Times are seconds of the clock that ``settle`` is given: Redis's own, or the event loop's. A worker that has to wait is
given a turn, a moment of its own at which it asks again: so workers go out in the order in which they asked, each at
the same distance from the one before. A turn is kept for whoever comes back at least every ``LEASE`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

LEASE = 3.0
"""Seconds after which a worker that did not come back for its turn is taken for dead."""
EARLY = 0.001
"""Seconds by which a turn may be taken too early: timers are no better."""
LATE = 0.25
"""Seconds after which a turn that nobody came for stands in nobody's way."""
SLACK = 0.5
"""Part of a token that may be missing: who comes a little late must not put off all that come after."""
FASTER, SLOWER = 0.125, 0.25
"""Weights of a new latency in the mean: what grows is believed sooner."""
LEAST_LATENCY = 0.001
END = -1.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker's settings say of a budget (``ThrottleConfig``); ``start_latency`` is assumed before any reply."""

    rate: float
    rate_min: float
    burst: float = 1.0
    concurrency: float = 0.0
    start_rate: float = 0.0
    start_latency: float = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """What ``write`` does: a new rate, and perhaps a pause of so many seconds from now on, or the ``END`` of one.

    ``is_cut`` begins a new epoch: what was sent before it has nothing more to say about the rate.
    """

    rate: float
    knee: float
    strikes: int
    reason: str
    pause: float = 0.0
    is_cut: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A budget as it was found. ``wait`` is 0 where the worker may go now, else the seconds until it should ask again.

    ``rate`` is the rate that is written down, ``effective`` the one in force, with latency and bounds; ``paused`` the
    seconds that a pause still lasts, ``quiet`` those since the last change.
    """

    wait: float
    paused: float
    rate: float
    effective: float
    latency: float
    epoch: int
    version: int
    strikes: int
    knee: float
    quiet: float
    reason: str
    workers: int = 1


@dataclass(slots=True)
class Turn:
    """A worker's turn, and until when it is kept for it."""

    at: float
    lease: float


@dataclass(slots=True)
class Record:
    """What is kept. A new one has one token: nobody needs a burst at the beginning."""

    at: float
    rate: float
    latency: float
    tokens: float = 1.0
    until: float = 0.0
    epoch: int = 0
    version: int = 0
    strikes: int = 0
    knee: float = 0.0
    since: float = 0.0
    reason: str = ""
    turns: dict[str, Turn] = field(default_factory=dict)

    @classmethod
    def new(cls, now: float, terms: Terms) -> Self:
        """Begin one, at the rate that the worker last knew."""
        return cls(at=now, since=now, until=now, rate=terms.start_rate or terms.rate, latency=terms.start_latency)

    def effective(self, terms: Terms) -> float:
        """Return the rate in force: never more than the concurrency allows (Little's law), within the bounds."""
        rate = min(self.rate, terms.rate)
        if terms.concurrency > 0:
            rate = min(rate, terms.concurrency / self.latency)
        return max(rate, min(terms.rate_min, terms.rate))

    def settle(self, now: float, terms: Terms) -> None:
        """Bring the record up to now, before anything else is done: tokens come in, turns of the dead go."""
        if now < self.at:
            self._shift(now - self.at)
        fresh = now - max(self.at, self.until)
        if fresh > 0:
            self.tokens = min(terms.burst, self.tokens + fresh * self.effective(terms))
        self.at = now
        for worker in [worker for worker, turn in self.turns.items() if turn.lease < now]:
            del self.turns[worker]

    def _shift(self, seconds: float) -> None:
        """The clock was put back: all that is written down goes with it."""
        self.at += seconds
        self.until += seconds
        self.since += seconds
        for turn in self.turns.values():
            turn.at += seconds
            turn.lease += seconds

    def take(self, worker: str, terms: Terms) -> float:
        """Take a token, or a turn; return the seconds to wait, 0 for go. While there is a pause nobody has a turn."""
        turn = self.turns.pop(worker, None)
        if self.at < self.until:
            return self.until - self.at
        rate = self.effective(terms)
        at = turn.at if turn else self._next(rate)
        if at - self.at <= EARLY:
            short = 1 - SLACK - self.tokens
            if short <= 0:
                self.tokens -= 1
                return 0.0
            at = self.at + short / rate
            self._make_room(at + 1 / rate)
        self.turns[worker] = Turn(at, self.at + LEASE)
        return at - self.at

    def _next(self, rate: float) -> float:
        """Return the moment at which there is a token for one more, behind all that have a turn."""
        ahead = [turn.at for turn in self.turns.values() if turn.at >= self.at - LATE]
        return max((self.at + max(0.0, len(ahead) + 1 - self.tokens) / rate, *ahead))

    def _make_room(self, at: float) -> None:
        """Put off the turns to come, in their order, so that the first of them is not before ``at``."""
        coming = [turn for turn in self.turns.values() if turn.at > self.at]
        delay = at - min((turn.at for turn in coming), default=at)
        for turn in coming if delay > 0 else ():
            turn.at += delay

    def leave(self, worker: str) -> None:
        """Give a turn back."""
        self.turns.pop(worker, None)

    def learn(self, latency: float) -> None:
        """Take the mean latency of some replies in."""
        latency = max(latency, LEAST_LATENCY)
        weight = SLOWER if latency > self.latency else FASTER
        self.latency += (latency - self.latency) * weight

    def write(self, change: Change) -> None:
        """Change the rate. A cut leaves no token in the bucket; a pause leaves one for its end, and ends all turns."""
        self.rate, self.knee, self.strikes, self.reason = change.rate, change.knee, change.strikes, change.reason
        self.since = self.at
        self.version += 1
        self.epoch += change.is_cut
        if change.pause > 0:
            self.until = max(self.until, self.at + change.pause)
            self.turns.clear()
            self.tokens = 1.0 if change.is_cut else min(self.tokens, 1.0)
        elif change.pause < 0:
            self.until = min(self.until, self.at)
        elif change.is_cut:
            self.tokens = min(self.tokens, 0.0)

    def read(self, terms: Terms, wait: float = 0.0) -> Reading:
        """Say how the budget stands."""
        return Reading(
            wait=wait,
            paused=max(0.0, self.until - self.at),
            rate=self.rate,
            effective=self.effective(terms),
            latency=self.latency,
            epoch=self.epoch,
            version=self.version,
            strikes=self.strikes,
            knee=self.knee,
            quiet=self.at - self.since,
            reason=self.reason,
        )
