"""One budget as this worker knows it: asks for tokens, remembers pauses, and writes down what replies mean for it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhihu_crawler.frontier.throttle.pace import longer, relaxed, resumed
from zhihu_crawler.frontier.throttle.record import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.config import ThrottleConfig
    from zhihu_crawler.frontier.throttle.book import Book
    from zhihu_crawler.frontier.throttle.record import Change, Reading

logger = logging.getLogger(__name__)
SITE = "site"
"""The budget of which every request takes a token."""
SESSION = "session:"
"""What the name of a session's budget begins with."""
FRESH_SECONDS = 0.5
"""What was read longer ago is read anew before a request goes out that takes no token."""
_TRIES = 8
"""Workers that may be quicker with a change of their own before a change is given up."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How a budget stands, for people: rates in requests a second, times in seconds."""

    budget: str
    rate: float
    full_rate: float
    paused: float
    reason: str
    strikes: int
    latency: float
    workers: int


def now() -> float:
    """Return the running loop's time in seconds, a clock that nobody puts back."""
    return asyncio.get_running_loop().time()


class Budget:
    """One budget; ``count`` adds to a stat."""

    def __init__(self, name: str, book: Book, config: ThrottleConfig, count: Callable[[str, float], None]) -> None:
        self.name, self.is_site = name, name == SITE
        self.full_rate = config.rate if self.is_site else config.session_rate
        self.known: Reading | None = None
        self._book, self._config, self._count = book, config, count
        self._read_at = 0.0
        self._hold_end, self._hold_version = 0.0, -1
        self._good_epoch, self._good = -1, 0

    @property
    def terms(self) -> Terms:
        """What the settings say, and the rate that was last known, in case that the book forgot it."""
        config = self._config
        return Terms(
            rate=self.full_rate,
            rate_min=config.rate_min,
            burst=config.burst,
            concurrency=config.concurrency if self.is_site else 0.0,
            start_rate=self.known.rate if self.known else 0.0,
        )

    @property
    def epoch(self) -> int:
        """The epoch that was last read."""
        return self.known.epoch if self.known else 0

    async def ask(self, latency: float | None = None) -> float:
        """Ask for a token; return the seconds after which to ask again, 0 for go."""
        reading = self.note(await self._book.take(self.name, self.terms, latency))
        return max(reading.wait, self._held(reading))

    async def leave(self) -> None:
        """Give back the turn that was asked for."""
        await self._book.leave(self.name, self.terms)

    async def look(self) -> Reading:
        """Read how it stands."""
        return self.note(await self._book.look(self.name, self.terms))

    async def pause(self) -> float:
        """Return the seconds that a pause still lasts, by news that are fresh; 0 or less for none."""
        known = self.known
        if known is None or now() - self._read_at > FRESH_SECONDS:
            known = await self.look()
        return max(known.paused - (now() - self._read_at), self._held(known))

    def state(self) -> BudgetState:
        """Say how it stood when it was last read."""
        assert self.known
        return BudgetState(
            budget=self.name,
            rate=self.known.effective,
            full_rate=self.full_rate,
            paused=max(0.0, self.known.paused - (now() - self._read_at), self._held(self.known)),
            reason=self.known.reason,
            strikes=self.known.strikes,
            latency=self.known.latency,
            workers=self.known.workers,
        )

    def note(self, reading: Reading) -> Reading:
        """Keep what was read, and the end of a pause by this process's own clock."""
        before, self.known, self._read_at = self.known, reading, now()
        end = self._read_at + reading.paused
        if reading.paused > 0 and (reading.version > self._hold_version or end > self._hold_end):
            self._hold_end, self._hold_version = end, reading.version
        if reading.epoch > before.epoch if before else reading.paused > 1:
            _tell(self.name, reading)
        return reading

    def _held(self, reading: Reading) -> float:
        """Return what is left of a pause that is over for the book alone: its clock went ahead, or it lost its memory.

        A pause that somebody ended on purpose has a newer version.
        """
        return self._hold_end - now() if reading.version <= self._hold_version else 0.0

    async def react(
        self, change_of: Callable[[Reading, Terms], Change], seen: int, retry_after: float | None, kind: str
    ) -> None:
        """Write a change, once however many requests of epoch ``seen`` meet its cause; a longer pause counts anyway."""
        for _ in range(_TRIES):
            found, terms = await self.look(), self.terms
            is_echo = seen < found.epoch or found.paused > 0
            change = longer(found, retry_after) if is_echo else change_of(found, terms)
            if change is None:
                break
            written = await self._book.write(self.name, terms, change, found.version)
            if written is not None:
                self.note(written)
                if not is_echo:
                    self._count(f"{kind}/{change.reason}", 1)
                    self._count("paused_ms", round(change.pause * 1000))
                    return
                break
        self._count("echoes", 1)

    async def resume(self) -> bool:
        """End a pause; say whether there was one."""
        for _ in range(_TRIES):
            found = await self.look()
            if found.paused <= 0:
                return False
            if written := await self._book.write(self.name, self.terms, resumed(found), found.version):
                self.note(written)
                return True
        return False

    async def relax(self, epoch: int) -> None:
        """Count a good reply to a request of this epoch; climb or forgive when it is time.

        Workers have equal shares, so what the others had is as much.
        """
        if self.known is None or epoch != self.known.epoch:
            return
        self._good = self._good + 1 if self._good_epoch == epoch else 1
        self._good_epoch = epoch
        if self.known.rate >= self.full_rate and not self.known.strikes:
            return
        terms, config, good = self.terms, self._config, self._good * self.known.workers
        age = now() - self._read_at
        by_now = replace(self.known, quiet=self.known.quiet + age, paused=self.known.paused - age)
        if relaxed(by_now, terms, config, good) is None:
            return
        found = await self.look()
        change = relaxed(found, terms, config, good) if found.epoch == epoch else None
        if change and (written := await self._book.write(self.name, terms, change, found.version)):
            self.note(written)
            if found.rate < terms.rate <= written.rate:
                logger.info("Budget of the %s: back at the full rate, %.3g a second.", self.name, terms.rate)


def _tell(name: str, reading: Reading) -> None:
    """Say what the site made of us; every worker says it once."""
    rate = f"at {reading.effective:.3g} requests a second" if reading.effective else "as before"
    pause = f"all workers pause for {reading.paused:.3g} s, then go on" if reading.paused > 0 else "all workers go on"
    logger.info("Budget of the %s, after %s: %s %s.", name, reading.reason, pause, rate)
