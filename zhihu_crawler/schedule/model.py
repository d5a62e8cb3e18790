"""The tables of ``schedule.toml``, typed and bounded; docs/schedule.md shows them to people."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from zhihu_crawler.schedule.fields import Name, Span, Table, Zone, at_least
from zhihu_crawler.schedule.query import Query  # noqa: TC001  # pydantic reads the annotation
from zhihu_crawler.schedule.spans import read_span
from zhihu_crawler.schedule.timing import Every, Timing, read_cron

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SEEDS = ("seeds", "seeds_file", "query")
_UTC = ZoneInfo("UTC")
LONGEST_DEDUPE = timedelta(days=7)
"""How far back it can be known which seeds were pushed."""


def _cron(text: str) -> str:
    read_cron(text, _UTC)
    return text


def _words(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise ValueError(f"cannot be split into words as a shell does: {error}") from error


class Schedule(Table):
    """What every schedule has: a name, when it is due, how often and how long it is tried."""

    name: Name
    type: str = "crawl"
    time_zone: Zone = _UTC
    cron: Annotated[str, AfterValidator(_cron)] | None = None
    every: Annotated[Span, at_least(timedelta(seconds=10), "10s")] | None = None
    starting: datetime | None = None
    max_late: Span | None = None
    enabled: bool = True
    attempts: int = Field(default=3, ge=1, le=10)
    time_limit: Annotated[Span, at_least(timedelta(seconds=10), "10s")] = timedelta(hours=1)

    queue: ClassVar[str] = "schedule"
    """The queue of Celery that its runs wait in."""

    @cached_property
    def timing(self) -> Timing:
        """Return the rule that says when it is due."""
        if self.cron is not None:
            return read_cron(self.cron, self.time_zone)
        assert self.every is not None
        return Every(self.every, self._start())

    def _start(self) -> datetime:
        start = self.starting or datetime(1970, 1, 1)  # noqa: DTZ001  # the zone is given in the next line
        return (start if start.tzinfo else start.replace(tzinfo=self.time_zone)).astimezone(UTC)

    @property
    def rule(self) -> str:
        """Return the rule as the file has it."""
        return self.cron or f"every {_short(self.every or timedelta())}"

    @classmethod
    def misfits(cls, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Give the keys that do not fit together, and why."""
        if "cron" not in given and "every" not in given:
            yield "", 'is never due: give cron = "30 4 * * *" or every = "6h"'
        if "cron" in given and "every" in given:
            yield "every", "does not go with cron: keep one of the two"
        if "starting" in given and "every" not in given:
            yield "starting", "needs every: it is what the spans count from"


def _short(span: timedelta) -> str:
    seconds, told = round(span.total_seconds()), ""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        told += f"{number}{unit}" if number else ""
    return told or "0s"


class CrawlSchedule(Schedule):
    """Pushes seeds to the workers of a spider."""

    type: Literal["crawl"] = "crawl"
    spider: str
    seeds: list[str] = Field(default=[])
    seeds_file: str | None = None
    query: Query | None = None
    arguments: dict[str, Any] = Field(default={})
    priority: int = Field(default=0, ge=-1000, le=1000)
    dedupe: Span | None = None

    @classmethod
    def misfits(cls, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Seeds come from one place; what is remembered of earlier ones is bounded."""
        yield from super().misfits(given)
        named = [key for key in _SEEDS if key in given]
        if not named:
            yield "", 'has nothing to crawl: give seeds = ["..."], seeds_file = "..." or query = { ... }'
        for other in named[1:]:
            yield other, f"{named[0]} is given already: make a schedule of each"
        if given.get("seeds") == []:
            yield "seeds", "is empty: there is nothing to crawl"
        dedupe = given.get("dedupe")
        if isinstance(dedupe, str) and _is_longer(dedupe, LONGEST_DEDUPE):
            yield "dedupe", f"is remembered for {LONGEST_DEDUPE.days}d at most"


def _is_longer(text: str, most: timedelta) -> bool:
    try:
        return read_span(text) > most
    except ValueError:
        return False


class CommandSchedule(Schedule):
    """Runs one of our commands with ``arguments`` as they are typed; ``{date}`` and ``{time}`` are when it was due."""

    arguments: Annotated[list[str], BeforeValidator(_words)] = Field(default=[])

    command: ClassVar[str]
    passing: ClassVar[frozenset[int]]
    """Exit statuses after which the same command may succeed another time."""
    warning: ClassVar[frozenset[int]]
    """Exit statuses of a command that did its work and found something wrong."""

    def words(self, due: datetime) -> list[str]:
        """Return the command line of a run."""
        local = due.astimezone(self.time_zone)
        told = {"{date}": f"{local:%Y-%m-%d}", "{time}": f"{local:%H%M%S}"}
        return [self.command, *(_filled(word, told) for word in self.arguments)]


def _filled(word: str, told: Mapping[str, str]) -> str:
    for mark, value in told.items():
        word = word.replace(mark, value)
    return word


class ExportSchedule(CommandSchedule):
    """Writes export files with ``scrapy export``: work for a processor, so it has a queue of its own."""

    type: Literal["export"]
    time_limit: Annotated[Span, at_least(timedelta(seconds=10), "10s")] = timedelta(hours=6)

    queue = "export"
    command = "export"
    passing = frozenset({3, 130, 143, -9, -15})
    warning = frozenset({1})


class RecrawlSchedule(CommandSchedule):
    """Reads again what is stale of the store, with ``scrapy recrawl``."""

    type: Literal["recrawl"]
    time_limit: Annotated[Span, at_least(timedelta(seconds=10), "10s")] = timedelta(hours=1)

    command = "recrawl"
    passing = frozenset({3, -9, -15})
    warning = frozenset()


class ReplicaSetSchedule(CommandSchedule):
    """Looks at the MongoDB replica set with ``scrapy replset``."""

    type: Literal["replset-check"]
    time_limit: Annotated[Span, at_least(timedelta(seconds=10), "10s")] = timedelta(minutes=2)

    command = "replset"
    passing = frozenset({-9, -15})
    warning = frozenset({1, 2})


class PruneSchedule(Schedule):
    """Removes from Redis what nobody needs any more."""

    type: Literal["prune"]
    keep: Annotated[Span, at_least(timedelta(days=1), "1d")] = timedelta(days=30)


TYPES: dict[str, type[Schedule]] = {
    "crawl": CrawlSchedule,
    "export": ExportSchedule,
    "recrawl": RecrawlSchedule,
    "replset-check": ReplicaSetSchedule,
    "prune": PruneSchedule,
}
"""Every type of schedule; a new one needs a model here and an action in ``actions/``."""

QUEUES = sorted({model.queue for model in TYPES.values()})
"""Where runs wait for a worker."""
