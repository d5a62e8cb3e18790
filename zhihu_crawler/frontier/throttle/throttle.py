"""The one politeness: nothing goes out without a token, and what comes back decides how soon the next one is there.

The same code serves a single process and a fleet; only the book differs that the records are kept in.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from zhihu_crawler.frontier.throttle.budget import SESSION, SITE, Budget, BudgetState, now
from zhihu_crawler.frontier.throttle.pace import braked, slower
from zhihu_crawler.frontier.throttle.seats import GUEST, Seats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zhihu_crawler.config import ThrottleConfig
    from zhihu_crawler.frontier.throttle.book import Book

POLL_SECONDS = 1.0
"""A worker that waits is heard of so often: Redis sees that it lives, and it sees what others met."""
_STEP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one request, given at the loop's time ``at``.

    ``epochs`` are those of its budgets then: what a reply says of an epoch that is over is no news.
    """

    budget: str
    epochs: Mapping[str, int]
    at: float


def budgets_of(budget: str) -> tuple[str, ...]:
    """Return the budgets that a request draws on, as they are called in a book; the first answers for what it meets."""
    if budget in (GUEST, SITE):
        return (SITE,)
    return (budget if budget.startswith(SESSION) else f"{SESSION}{budget}", SITE)


def _uncounted(name: str, more: float) -> None:
    """Take a stat and keep nothing."""


class Throttle:
    """Hands out permits, and hears what became of them.

    Args:
        book: where the records are.
        config: the settings.
        seats: those of this process; ``None`` gives one to each slot.
        count: adds to a stat, ``count("cuts/429", 1)``.
        is_closing: says that nobody should wait any longer.
    """

    def __init__(
        self,
        book: Book,
        config: ThrottleConfig,
        *,
        seats: Seats | None = None,
        count: Callable[[str, float], None] = _uncounted,
        is_closing: Callable[[], bool] = bool,
    ) -> None:
        self._book, self._config, self._count, self._is_closing = book, config, count, is_closing
        self._budgets: dict[str, Budget] = {}
        self._latencies: list[float] = []
        self._lines: defaultdict[tuple[str, ...], asyncio.Lock] = defaultdict(asyncio.Lock)  # lets in who came first
        self.seats = seats or Seats()
        self._permits: WeakKeyDictionary[object, Permit] = WeakKeyDictionary()

    def budget(self, name: str) -> Budget:
        """Return a budget as this worker knows it."""
        name = budgets_of(name)[0]
        if name not in self._budgets:
            self._budgets[name] = Budget(name, self._book, self._config, self._count)
        return self._budgets[name]

    async def acquire(self, budget: str = GUEST, *, of: object | None = None) -> Permit | None:
        """Wait for leave to send one request; ``None`` where the crawl closes instead.

        Requests of a session go out in their order, and sessions take turns at the site, however many wait. A session's
        request waits for its session's token first, so that one that is slow or paused stands in nobody's way. ``of``
        is the request, for ``permit_of``.
        """
        begun, names = now(), budgets_of(budget)
        async with self._lines[names]:
            may_go = await self._turns(self.budget(budget))
        if not may_go:
            return None
        permit = Permit(budget, {name: self.budget(name).epoch for name in names}, now())
        self._count("requests", 1)
        if waited := round((permit.at - begun) * 1000):
            self._count("waited_ms", waited)
        if of is not None:
            self._permits[of] = permit
        return permit

    def permit_of(self, request: object) -> Permit | None:
        """Return the permit that a request went out with."""
        return self._permits.get(request)

    def note_latency(self, latency: float, *, is_good: bool) -> None:
        """Learn how long a reply took. Error pages are quick; of them only what is slower than usual counts."""
        site = self.budget(SITE)
        if site.full_rate and (is_good or site.known is None or latency > site.known.latency):
            self._latencies.append(latency)

    async def note_good(self, permit: Permit) -> None:
        """Learn from a reply that the site has nothing against the rate."""
        for name in budgets_of(permit.budget):
            await self.budget(name).relax(permit.epochs[name])

    async def slow_down(
        self, budget: str, reason: str, *, retry_after: float | None = None, permit: Permit | None = None
    ) -> None:
        """Halve the rate of a budget for all workers, and pause if the site names a time.

        Args:
            budget: a session's name, ``GUEST`` or ``SITE``.
            reason: a short word for logs and stats, such as ``"503"``.
            retry_after: seconds that the site asks for; no more than the longest cool-down is kept to.
            permit: of the request that met it; what many requests of one time meet counts once.
        """
        pause = self._bounded(retry_after)
        own = self.budget(budget)
        await own.react(
            lambda found, terms: slower(found, terms, reason, pause or 0.0), _seen(own, permit), pause, "cuts"
        )

    async def brake(
        self, budget: str, reason: str, *, retry_after: float | None = None, permit: Permit | None = None
    ) -> None:
        """Stop all workers on a budget for the cool-down, longer each time in a row; arguments as ``slow_down``."""
        pause = self._bounded(retry_after)
        own = self.budget(budget)
        await own.react(
            lambda found, terms: braked(found, terms, self._config, reason, pause), _seen(own, permit), pause, "pauses"
        )

    async def resume(self, budget: str = SITE) -> bool:
        """End a pause for all workers, for who knows better than the site; say whether there was one."""
        return await self.budget(budget).resume()

    async def state(self, budgets: Iterable[str] = (SITE,)) -> list[BudgetState]:
        """Say how budgets stand now."""
        for name in budgets:
            await self.budget(name).look()
        return [self.budget(name).state() for name in budgets]

    def told(self) -> str | None:
        """Say in a few words that the site's budget is below its full rate; ``None`` where it is not."""
        if (budget := self.budget(SITE)).known is None:
            return None
        state = budget.state()
        if state.paused > 0:
            return f"paused {state.paused:.0f} s ({state.reason})"
        return f"{state.rate:.2g}/s of {state.full_rate:.2g}/s" if state.rate < state.full_rate * 0.995 else None

    async def nap(self, seconds: float) -> None:
        """Sleep, but wake when the crawl closes."""
        end = now() + seconds
        while (left := end - now()) > 0 and not self._is_closing():  # noqa: ASYNC110  # Scrapy tells nobody that it closes
            await asyncio.sleep(min(left, _STEP_SECONDS))

    async def close(self) -> None:
        """Let go of the book."""
        await self._book.close()

    def _bounded(self, retry_after: float | None) -> float | None:
        return None if retry_after is None else min(max(retry_after, 0.0), self._config.cooldown_max)

    async def _turns(self, own: Budget) -> bool:
        """Take a token of the session, then one of the site, until both let the request go at the same moment."""
        site = self.budget(SITE)
        while own is site or await self._turn(own):
            async with self._lines[()]:
                if not await self._turn(site):
                    return False
            if own is site or await own.pause() <= 0:
                return True
        return False

    async def _turn(self, budget: Budget) -> bool:
        """Wait for a token; ``False`` where the crawl closes."""
        is_limited, has_asked = budget.full_rate > 0, False
        while not self._is_closing():
            wait = await (budget.ask(self._latency(budget)) if is_limited else budget.pause())
            if wait <= 0:
                return True
            has_asked = is_limited
            await self.nap(min(wait, POLL_SECONDS))
        if has_asked:
            await budget.leave()
        return False

    def _latency(self, budget: Budget) -> float | None:
        """Return the mean of the latencies since the last time that the site's budget was asked."""
        if budget.name != SITE or not self._latencies:
            return None
        mean = sum(self._latencies) / len(self._latencies)
        self._latencies.clear()
        return mean


def _seen(budget: Budget, permit: Permit | None) -> int:
    """Return the epoch in which something was met: the permit's, else the one that this worker knows of."""
    return permit.epochs.get(budget.name, budget.epoch) if permit else budget.epoch
