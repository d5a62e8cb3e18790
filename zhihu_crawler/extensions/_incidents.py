"""What is told of a replica set, and when: one condition is one message, and what comes and goes is not told each time.

Each member, and the set as a whole, is a subject of its own with one incident at a time.

- What is wrong is told once two looks in a row saw it, and again every ``repeat`` seconds while it lasts.
- When it gets worse or other (lagging, then down), that is told once.
- It is over when two looks in a row saw the subject well. After a relapse within ``repeat`` it must be well for
  longer: for ``hold`` seconds, twice that after the next, and so on up to ``repeat``.
- A server that is no replica set is told once: it will not become one by itself.
- A look that heard nobody says nothing of single members, and ends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from zhihu_crawler.storage.health import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhihu_crawler.storage.health import Reason, Report

_SAME = {Condition.MEMBER_UNREACHABLE: Condition.MEMBER_DOWN}
"""A member that is paused is first unheard by us, then by the set: one condition, told once."""

_LOOKS = 2


class Change(StrEnum):
    """What is told of an incident."""

    FOUND = "found"
    """It is new, or of another kind than before."""
    LASTS = "lasts"
    """It was told, and is still so."""
    RECOVERED = "recovered"
    """It is over."""
    PASSED = "passed"
    """It was gone before it was told: worth a line in the log, not an alarm."""


@dataclass(frozen=True, slots=True)
class Event:
    """One message: what, of which subject (a member, or ``""`` for the set), for how long it has been, how often."""

    change: Change
    subject: str
    reason: Reason
    seconds: float
    times: int


@dataclass(slots=True)
class _Incident:
    """One subject's: ``well_since`` is when it was first seen well again, ``ended`` when that was told."""

    reason: Reason
    since: float
    looks: int = 0
    told_at: float | None = None
    told: set[Condition] = field(default_factory=set)
    well_since: float | None = None
    ended: float | None = None
    relapses: int = 0

    @property
    def is_settling(self) -> bool:
        """Whether something was seen for the first time: what is wrong, or that it is over."""
        if self.well_since is not None:
            return self.ended is None and not self.relapses
        return self.looks < _LOOKS and _kind(self.reason) not in self.told


class Incidents:
    """Keeps what is wrong over many looks; times are of a clock that never goes back."""

    def __init__(self, *, repeat: float, hold: float) -> None:
        self._repeat, self._hold = repeat, hold
        self._known: dict[str, _Incident] = {}

    @property
    def is_settling(self) -> bool:
        """Whether a second look, soon, would confirm something new or an end."""
        return any(incident.is_settling for incident in self._known.values())

    def update(self, report: Report, now: float) -> list[Event]:
        """Take a look's report, and return what is to be told."""
        found = {reason.member or "": reason for reason in reversed(report.reasons)}
        events = [event for subject, reason in found.items() for event in self._wrong(subject, reason, now)]
        for subject in [subject for subject in self._known if subject not in found]:
            if _is_judged(report, subject, self._known[subject].reason):
                events += self._well(subject, now)
        return events

    def _wrong(self, subject: str, reason: Reason, now: float) -> Iterator[Event]:
        incident = self._known.get(subject)
        if incident is None:
            incident = self._known[subject] = _Incident(reason, now)
        if incident.ended is not None:
            fresh = now - incident.ended < self._repeat
            incident = self._known[subject] = _Incident(reason, now, relapses=incident.relapses + 1 if fresh else 0)
        elif incident.well_since is not None:
            incident.relapses += incident.told_at is not None
            incident.well_since = None
        kind = _kind(reason)
        incident.looks = incident.looks + 1 if kind is _kind(incident.reason) else 1
        incident.reason = reason
        if incident.looks < _LOOKS:
            return
        if kind not in incident.told:
            yield self._tell(Change.FOUND, subject, incident, now)
        elif now - (incident.told_at or 0.0) >= self._repeat and kind is not Condition.STANDALONE:
            incident.told.clear()
            yield self._tell(Change.LASTS, subject, incident, now)

    def _tell(self, change: Change, subject: str, incident: _Incident, now: float) -> Event:
        incident.told_at = now
        incident.told.add(_kind(incident.reason))
        return Event(change, subject, incident.reason, now - incident.since, incident.relapses + 1)

    def _well(self, subject: str, now: float) -> Iterator[Event]:
        incident = self._known[subject]
        if incident.ended is not None:
            if now - incident.ended >= self._repeat:
                del self._known[subject]
        elif incident.told_at is None:
            del self._known[subject]
            yield Event(Change.PASSED, subject, incident.reason, now - incident.since, 1)
        elif incident.well_since is None:
            incident.well_since = now
        elif now - incident.well_since >= self._wanted(incident):
            incident.ended = now
            spent = incident.well_since - incident.since
            yield Event(Change.RECOVERED, subject, incident.reason, spent, incident.relapses + 1)

    def _wanted(self, incident: _Incident) -> float:
        """Return how long it must be well: no time at first, so that the second look tells it."""
        return min(self._repeat, self._hold * 2.0 ** (incident.relapses - 1)) if incident.relapses else 0.0


def _kind(reason: Reason) -> Condition:
    return _SAME.get(reason.condition, reason.condition)


def _is_judged(report: Report, subject: str, reason: Reason) -> bool:
    """Say whether a look in which a subject was not complained of means that it is well."""
    if report.is_blind:
        return False
    if not subject:
        return True
    member = next((member for member in report.members if member.name == subject), None)
    if member is None:  # it is no member any more
        return True
    return reason.condition is not Condition.LAGGING or member.lag_seconds is not None
