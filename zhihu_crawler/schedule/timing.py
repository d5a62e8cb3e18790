"""When a schedule is due. Pure: the same rule and the same times give the same answer on every machine.

A cron rule is that of Debian's cron, in the time zone of its schedule. cronsim reads it and goes by the clock on the
wall; what becomes of it where the clocks are changed is said here:

- A rule that names its minutes and hours (``30 4 * * *``) means the clock on the wall. A time that a change to summer
  time skips comes right after it; one that the change back doubles comes the first time alone.
- A rule whose minute or hour begins with ``*`` (``*/20 * * * *``) means time that passes: it goes on every twenty
  minutes through both changes.

``every`` counts time that passes from a moment on, whatever clocks on walls do. All times here are of UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from cronsim import CronSim, CronSimError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

MOST_MISSED = 1000
"""Missed runs are counted up to here."""
WRONG_CLOCK = timedelta(days=1)
"""A last run that lies further ahead than this was noted by a clock that was wrong: it says nothing."""
_FIRST_WINDOW = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_LONGEST_STEP = timedelta(hours=3)
"""No zone puts its clocks back by more."""
_FIELDS = (
    ("minute", "0 to 59, such as 5, */10, 0-29 or 0,30"),
    ("hour", "0 to 23, such as 4, */6, 9-17 or 4,16"),
    ("day of the month", "1 to 31 or L for the last, such as 1, */2, 1-7 or 1,15"),
    ("month", "1 to 12 or JAN to DEC, such as 6, */3 or 1,7"),
    ("day of the week", "0 to 7 or SUN to SAT (0 and 7 are Sunday), such as 1-5, MON,THU or MON#1"),
)
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ONE_WITH_STEP = re.compile(r"(?<![\w-])(\w+)-\1/[0-9]+(?![\w-])")
"""A range of one, which cronsim takes for an open one: ``5-5/2`` is 5, and not 5, 7, 9, ..."""
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


class Timing(Protocol):
    """A rule that says when."""

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Give the times that are later than a moment, in order; a rule may come to an end."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron rule and the zone that its times are of; made by ``read_cron``."""

    rule: str
    zone: ZoneInfo

    @property
    def is_of_passing_time(self) -> bool:
        """Whether the rule means time that passes, and not the clock on the wall."""
        minute, hour, *_ = self.rule.split()
        return minute.startswith("*") or hour.startswith("*")

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Give the times that are later than a moment, in order."""
        last = moment
        for at in self._in_order(self._begin(moment)):
            if at > last:
                last = at
                yield at

    def _begin(self, moment: datetime) -> datetime:
        """Return what the wall shows then, or an earlier time where it may show that again."""
        near = (moment - _LONGEST_STEP, moment, moment + _LONGEST_STEP)
        is_even = len({at.astimezone(self.zone).utcoffset() for at in near}) == 1
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return wall if is_even else wall - _LONGEST_STEP

    def _in_order(self, begin: datetime) -> Iterator[datetime]:
        """Put in order what cronsim gives, which goes by the wall alone, doubled hours included."""
        waiting: list[datetime] = []
        for wall in CronSim(self.rule, begin):
            times = self._times(wall)
            for at in times:
                heappush(waiting, at)
            while waiting and times and waiting[0] <= times[0]:
                yield heappop(waiting)

    def _times(self, wall: datetime) -> list[datetime]:
        """Return when the wall shows a time that the rule names, as far as that counts."""
        shown = self._shown(wall)
        if self.is_of_passing_time:
            return shown
        while not shown:
            wall += _MINUTE
            shown = self._shown(wall)
        return shown[:1]

    def _shown(self, wall: datetime) -> list[datetime]:
        """Return when the wall shows a time: once, never, or twice."""
        times = {wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return sorted(at for at in times if at.astimezone(self.zone).replace(tzinfo=None) == wall)


@dataclass(frozen=True, slots=True)
class Every:
    """A time each ``span``, the first of them at ``start``."""

    span: timedelta
    start: datetime

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Give the times that are later than a moment, in order."""
        at = self.start
        if moment >= at:
            at += ((moment - at) // self.span + 1) * self.span
        while True:
            yield at
            at += self.span


def read_cron(text: str, zone: ZoneInfo) -> Cron:
    """Read a cron rule of five fields, or one of ``@hourly``, ``@daily``, ``@weekly``, ``@monthly``, ``@yearly``.

    Raises:
        ValueError: it is none, or its time never comes; every bad field is named.
    """
    rule = _ONE_WITH_STEP.sub(r"\1", _SHORT.get(text.strip().lower(), text))
    parts = rule.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(name for name, _ in _FIELDS)
        raise ValueError(f"must be five fields ({names}), such as 30 4 * * * for half past four; it has {len(parts)}")
    if faults := [
        f"{name} {part!r} must be {right}"
        for place, (part, (name, right)) in enumerate(zip(parts, _FIELDS, strict=True))
        if not _is_sound(" ".join(part if place == other else "*" for other in range(len(_FIELDS))))
    ]:
        raise ValueError("; ".join(faults))
    if not _is_sound(rule):
        raise ValueError(f"never comes: no month {parts[3]} has a day {parts[2]}")
    return Cron(" ".join(parts), zone)


def _is_sound(rule: str) -> bool:
    try:
        return next(CronSim(rule, _SOME_DAY), None) is not None
    except (CronSimError, AssertionError, TypeError):  # the latter two for what it does not check, such as MON#1/2
        return False


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due: the newest one, and how many others before it were missed (``MOST_MISSED`` at most)."""

    at: datetime
    missed: int = 0


def due(timing: Timing, since: datetime, now: datetime, *, max_late: timedelta | None = None) -> Due | None:
    """Return the run that is due, ``None`` where none is.

    However many were missed, one is made up: the newest.

    Args:
        timing: the rule.
        since: the time of the newest run that was begun, or when the schedule was first seen.
        now: the time.
        max_late: a run that is later than this is left out.
    """
    if next(_until(timing, since, now), None) is None:
        return None
    newest = _newest(timing, since, now)
    if newest is None or (max_late is not None and now - newest > max_late):
        return None
    missed = sum(1 for _ in islice(_until(timing, since, newest - timedelta(seconds=1)), MOST_MISSED))
    return Due(newest, missed)


def _newest(timing: Timing, since: datetime, now: datetime) -> datetime | None:
    """Look back in growing steps, so that a minute's rule of a month ago is not walked through."""
    window = _FIRST_WINDOW
    while True:
        begin = max(since, now - window)
        newest = None
        for newest in _until(timing, begin, now):  # noqa: B007  # the last one is wanted
            pass
        if newest is not None or begin == since:
            return newest
        window *= 4


def _until(timing: Timing, begin: datetime, end: datetime) -> Iterator[datetime]:
    for at in timing.after(begin):
        if at > end:
            return
        yield at


def is_wrong(last: datetime, now: datetime) -> bool:
    """Say whether the time of a last run was noted by a clock that was wrong."""
    return last - now > WRONG_CLOCK


def upcoming(timing: Timing, now: datetime, number: int) -> list[datetime]:
    """Return the next times."""
    return list(islice(timing.after(now), number))
