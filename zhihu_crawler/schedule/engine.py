"""Finds what is due, and performs it: the same for Celery, for a timer of systemd, and by hand."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from zhihu_crawler.errors import RunError
from zhihu_crawler.frontier.connect import tell
from zhihu_crawler.schedule.actions import ACTIONS
from zhihu_crawler.schedule.actions.steps import Job, Result
from zhihu_crawler.schedule.spans import tell_span
from zhihu_crawler.schedule.timing import due, is_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from zhihu_crawler.schedule.actions.steps import Steps
    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.model import Schedule
    from zhihu_crawler.schedule.runs import Answer, Limits, Run, State, Status
    from zhihu_crawler.schedule.shop import Shop

logger = logging.getLogger(__name__)
_RETRIES_GROW = 4
"""Each pause before another try is so many times the one before."""


class SupersededError(Exception):
    """The run is somebody else's by now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try; ``status`` is empty where the run was not to be had any more."""

    status: Status
    text: str


class Engine:
    """One look at the schedules of a plan."""

    def __init__(self, shop: Shop, plan: Plan, now: Callable[[], datetime] | None = None) -> None:
        self._shop, self._plan = shop, plan
        self._now = now or shop.runs.now

    def claims(self, queue: str | None = None) -> Iterator[tuple[Schedule, Run]]:
        """Give what is to be done now, each claimed for who asks; long work comes last.

        Args:
            queue: only runs of this one.
        """
        wanted = [schedule for schedule in self._plan.schedules.values() if queue in (None, schedule.queue)]
        schedules = sorted(wanted, key=lambda schedule: schedule.queue != "schedule")
        states = self._shop.runs.look(schedule.name for schedule in schedules)
        for schedule in schedules:
            if (run := self._claim(schedule, states[schedule.name])) is not None:
                yield schedule, run

    def _claim(self, schedule: Schedule, state: State) -> Run | None:
        now, limits = self._now(), self._shop.limits(schedule)
        if not schedule.enabled:
            self._shop.runs.pass_over(schedule.name, now)
            return None
        found = due(schedule.timing, since(state, now), now, max_late=schedule.max_late)
        if found is None and not _is_to_be_seen_to(state, now):
            return None
        at, missed = (found.at, found.missed) if found else (None, 0)
        answer = self._shop.runs.claim(schedule.name, at, now, limits, missed=missed)
        if answer.word == "failed":
            logger.error("%s: given up after %d tries: its worker was lost", schedule.name, schedule.attempts)
        return answer.run if answer.word == "claimed" else None

    def claim_by_hand(self, name: str) -> Answer:
        """Ask for a run of a schedule now, whether it is due or not."""
        now = self._now()
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return self._shop.runs.claim(name, at, now, self._shop.limits(self._plan.schedules[name]), manual=True)

    def perform(self, run: Run, report: Callable[[str], None] = logger.debug, *, by_hand: bool = False) -> Outcome:
        """Perform a claimed run; the outcome is kept, whatever it is.

        Raises:
            RedisError: it could not be kept; the run is tried again when its lease has ended.
        """
        schedule = self._plan.schedules.get(run.name)
        if schedule is None:
            return Outcome("", f"there is no schedule {run.name} in the file here")
        limits = self._shop.limits(schedule)
        if not self._shop.runs.begin(run, self._now(), limits):
            return Outcome("", "somebody else has it")
        try:
            outcome, pause = self._tried(schedule, run, limits, report, by_hand=by_hand)
        except KeyboardInterrupt:
            status: Status = "failed" if by_hand else "retry"
            self._shop.runs.finish(run, self._now(), status, "stopped by hand", retry=limits.retry)
            raise
        except SupersededError:
            logger.warning("%s: another worker has taken this run over", run.id)
            return Outcome("", "another worker has taken it over")
        self._shop.runs.finish(run, self._now(), outcome.status, outcome.text, retry=pause)
        level = {"failed": logging.ERROR, "retry": logging.WARNING, "warned": logging.WARNING}
        logger.log(level.get(outcome.status, logging.INFO), "%s: %s: %s", run.name, outcome.status, outcome.text)
        return outcome

    def _tried(
        self, schedule: Schedule, run: Run, limits: Limits, report: Callable[[str], None], *, by_hand: bool
    ) -> tuple[Outcome, float]:
        """Try it; returns the outcome, and after how many seconds another try may follow."""
        try:
            result = self._driven(schedule, run, limits, report)
        except SupersededError:
            raise
        except RunError as failed:
            error = failed
        except RedisError as failed:
            error = RunError(tell(failed, self._shop.redis_url))
        except Exception as failed:
            logger.exception("%s: this is a fault of the program", run.id)
            error = RunError(f"{type(failed).__name__}: {failed}")
        else:
            return Outcome("warned" if result.is_warning else "ok", result.text), 0.0
        if by_hand or not error.is_passing or run.attempt >= limits.attempts:
            return Outcome("failed", str(error)), 0.0
        return Outcome("retry", str(error)), limits.retry * _RETRIES_GROW ** (run.attempt - 1)

    def _driven(self, schedule: Schedule, run: Run, limits: Limits, report: Callable[[str], None]) -> Result:
        shop = self._shop
        job: Job[Any] = Job(schedule, run, self._now(), self._plan, shop.client, shop.spiders, shop.settings)
        steps = ACTIONS[schedule.type](job)
        begun = kept = time.monotonic()
        limit = schedule.time_limit.total_seconds()
        try:
            while True:
                progress, result = _step(steps)
                if result is not None:
                    return result
                report(progress)
                clock = time.monotonic()
                if clock - kept > limits.lease / 3:
                    kept = clock
                    if not shop.runs.renew(run, self._now(), limits, progress):
                        raise SupersededError
                if clock - begun > limit:
                    raise RunError(f"stopped after its time_limit of {tell_span(limit)}: {progress}")
        finally:
            steps.close()


def _step(steps: Steps) -> tuple[str, Result | None]:
    try:
        return next(steps), None
    except StopIteration as end:
        return "", end.value


def is_open(state: State) -> bool:
    """Say whether a run waits, goes on, or is to be tried again."""
    return state.status in ("queued", "running", "retry")


def _is_to_be_seen_to(state: State, now: datetime) -> bool:
    """Say whether a schedule that is not due is new, was timed by a wrong clock, or has a run that is not over."""
    return is_open(state) or state.since is None or (state.due is not None and is_wrong(state.due, now))


def since(state: State, now: datetime) -> datetime:
    """Return the time after which a schedule's times count: of its newest run, or when it was first seen."""
    times = [at for at in (state.since, state.due) if at is not None]
    newest = max(times, default=now)
    return now if is_wrong(newest, now) else newest
