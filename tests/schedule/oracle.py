"""When cron rules are due, by trying every minute: slow, and by other means than the code that it checks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def numbers(field: str, place: int) -> set[int]:
    """Read a field of numbers, ranges, lists and steps."""
    found: set[int] = set()
    for part in field.split(","):
        body, _, step = part.partition("/")
        low, high = RANGES[place]
        if body != "*":
            first, _, last = body.partition("-")
            low, high = int(first), int(last) if last else (high if step else int(first))
        found |= set(range(low, high + 1, int(step or 1)))
    return {number % 7 for number in found} if place == 4 else found


class Wall:
    """Says whether a time on the wall is one of a rule's."""

    def __init__(self, rule: str) -> None:
        self.fields = rule.split()
        self.minutes, self.hours, self.days, self.months, self.weekdays = (
            numbers(field, place) for place, field in enumerate(self.fields)
        )

    @property
    def is_of_passing_time(self) -> bool:
        return self.fields[0].startswith("*") or self.fields[1].startswith("*")

    def has(self, wall: datetime) -> bool:
        day, weekday = wall.day in self.days, wall.isoweekday() % 7 in self.weekdays
        is_both = self.fields[2].startswith("*") or self.fields[4].startswith("*")
        is_day = (day and weekday) if is_both else (day or weekday)
        return is_day and wall.month in self.months and wall.hour in self.hours and wall.minute in self.minutes


def due_times(rule: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """Return the times of a rule that are later than ``begin`` and not later than ``end``."""
    wall = Wall(rule)
    found = _of_passing_time(wall, zone, begin, end) if wall.is_of_passing_time else _of_walls(wall, zone, begin, end)
    return sorted({at for at in found if begin < at <= end})


def _of_passing_time(wall: Wall, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    at = begin.replace(second=0, microsecond=0)
    while at <= end:
        if wall.has(at.astimezone(zone)):
            yield at
        at += MINUTE


def _of_walls(wall: Wall, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Each time on the wall once, the first where there are two; one that does not come, when the next does."""
    naive = (begin - timedelta(days=1)).replace(second=0, microsecond=0, tzinfo=None)
    while naive <= (end + timedelta(days=1)).replace(tzinfo=None):
        if wall.has(naive):
            shown = naive
            while not _exists(shown, zone):
                shown += MINUTE
            yield shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
        naive += MINUTE


def _exists(naive: datetime, zone: ZoneInfo) -> bool:
    return naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
