"""What can be seen from outside: workers, minutes, and what follows from them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import Meaning
from zhihu_crawler.fleet.keys import ReportKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redis import Redis

SILENT_SECONDS = 30.0
"""A worker that has not reported for so long is not alive, or cut off."""
REFUSALS = (Meaning.SLOW_DOWN, Meaning.NEEDS_LOGIN, Meaning.NEEDS_BROWSER)
WELL = frozenset({"finished", "shutdown", "drained", "cancelled", "max_items", "closespider_timeout"})
"""Reasons of a crawl that ended as it was told to, or because nothing was left."""
_TREND_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Minute:
    """What all workers of a spider did in the minute that began at ``at``; ``waiting`` is the queue at its end."""

    at: datetime
    pages: int = 0
    items: int = 0
    errors: int = 0
    replies: dict[str, int] = field(default_factory=dict)
    waiting: int | None = None

    @property
    def refused(self) -> int:
        """Replies by which the site refused; what is gone or hidden is a result."""
        return sum(self.replies.get(meaning, 0) for meaning in REFUSALS)


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """A worker's last report. ``ended`` says how it ended, empty while it runs; ``about`` is what it said of itself."""

    name: str
    at: datetime
    is_silent: bool
    about: dict[str, Any]

    @property
    def ended(self) -> str:
        """Why its crawl closed, ``""`` while it runs."""
        return str(self.about.get("ended", ""))

    @property
    def started(self) -> datetime | None:
        """When it began, as it says."""
        told = self.about.get("started")
        return datetime.fromisoformat(told) if told else None

    @property
    def is_alive(self) -> bool:
        """Whether it runs, as far as can be seen."""
        return not self.ended and not self.is_silent


@dataclass(frozen=True, slots=True)
class SpiderReport:
    """Reports of a spider's workers, newest worker first, and its minutes, oldest first."""

    workers: tuple[WorkerReport, ...] = ()
    minutes: tuple[Minute, ...] = ()
    last_item: datetime | None = None

    @property
    def trend(self) -> float | None:
        """How many requests more wait than a minute before, on average over the last quarter of an hour."""
        told = [minute for minute in self.minutes[-_TREND_MINUTES:] if minute.waiting is not None]
        if len(told) < 2:  # a line needs two points
            return None
        first, last = told[0], told[-1]
        assert first.waiting is not None
        assert last.waiting is not None
        return (last.waiting - first.waiting) / ((last.at - first.at).total_seconds() / 60)

    def eta(self, waiting: int) -> float | None:
        """Return in how many seconds the queue is empty if it goes on like this; ``None`` where it does not shrink."""
        trend = self.trend
        return None if trend is None or trend >= 0 else -waiting / trend * 60


def look(client: Redis, spider: str, *, minutes: int = 60) -> SpiderReport:
    """Look at a spider's reports.

    Raises:
        RedisError, OSError: Redis cannot be reached.
    """
    keys = ReportKeys(spider)
    seconds, _ = _plain(client.time())
    now = int(seconds)
    last = _plain(client.hget(keys.minutes, "last_item"))
    return SpiderReport(
        workers=tuple(_workers(client, keys, now)),
        minutes=tuple(_minutes(client, keys, now // 60, minutes)),
        last_item=None if last is None else _time(int(last) / 1000),
    )


def _workers(client: Redis, keys: ReportKeys, now: int) -> Iterable[WorkerReport]:
    names = [name.decode() for name in _plain(client.zrevrange(keys.workers, 0, -1))]
    for name in names:
        about, at = _plain(client.hmget(keys.worker(name), "about", "at"))
        if about is not None and at is not None:
            seen = int(at) / 1000
            yield WorkerReport(name, _time(seen), now - seen > SILENT_SECONDS, json.loads(about))


def _minutes(client: Redis, keys: ReportKeys, now: int, count: int) -> Sequence[Minute]:
    first = now - count + 1
    told: dict[int, Counter[str]] = {}
    for hour in range(first // 60, now // 60 + 1):
        for field_, value in _plain(client.hgetall(keys.hour(hour))).items():
            minute, _, name = field_.decode().partition(":")
            if first <= int(minute) <= now:
                told.setdefault(int(minute), Counter())[name] = int(value)
    return [_minute(minute, counts) for minute, counts in sorted(told.items())]


def _minute(minute: int, counts: Counter[str]) -> Minute:
    replies = {name.removeprefix("replies/"): count for name, count in counts.items() if name.startswith("replies/")}
    return Minute(
        _time(minute * 60), counts["pages"], counts["items"], counts["errors"], replies, counts.get("waiting")
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _plain(reply: Any) -> Any:
    """The library types the replies of both kinds of client at once."""
    return reply
