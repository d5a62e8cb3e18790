"""The ``[[alert]]`` tables of ``schedule.toml``: what is told to whom, as data for whoever watches.

A condition is told once, and once more when it is over. Where channels lead (addresses, keys) is a matter of the
environment; the file only names them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from zhihu_crawler.schedule.fields import Name, Span, Table, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MINUTE = timedelta(minutes=1)
_Minutes = Annotated[Span, at_least(_MINUTE, "1m")]


class Alert(Table):
    """What every rule has. ``to`` names channels; ``repeat`` tells a condition again while it lasts."""

    name: Name
    when: str
    to: list[Literal["webhook", "email", "jpush"]] = Field(min_length=1)
    repeat: _Minutes | None = None
    enabled: bool = True


class CrawlFailed(Alert):
    """A worker ended in another way than by finishing; of one spider, or of any."""

    when: Literal["crawl-failed"]
    spider: str | None = None


class NoItems(Alert):
    """No item came for a while, though requests or seeds wait."""

    when: Literal["no-items"]
    spider: str | None = None
    lasting: _Minutes = Field(default=15 * _MINUTE, alias="for")


class Blocked(Alert):
    """The site refuses a larger share of pages than ``above``, over the time that ``for`` says."""

    when: Literal["blocked"]
    spider: str | None = None
    above: float = Field(default=0.2, gt=0, lt=1)
    lasting: _Minutes = Field(default=10 * _MINUTE, alias="for")


class SessionExpired(Alert):
    """A session of the site is no longer one: somebody has to log in."""

    when: Literal["session-expired"]


class ReplicaSet(Alert):
    """The MongoDB replica set is degraded or down for longer than ``for``."""

    when: Literal["replica-set"]
    lasting: _Minutes = Field(default=2 * _MINUTE, alias="for")


class SpoolWaiting(Alert):
    """More than ``above`` items wait on a worker's disk for the store."""

    when: Literal["spool-waiting"]
    above: int = Field(default=0, ge=0)


class ScheduleFailed(Alert):
    """A run failed for good; of one schedule, or of any."""

    when: Literal["schedule-failed"]
    schedule: str | None = None


class ScheduleMissed(Alert):
    """A run was not begun though it has been due for longer than ``for``."""

    when: Literal["schedule-missed"]
    schedule: str | None = None
    lasting: _Minutes = Field(default=10 * _MINUTE, alias="for")


WHEN: dict[str, type[Alert]] = {
    "crawl-failed": CrawlFailed,
    "no-items": NoItems,
    "blocked": Blocked,
    "session-expired": SessionExpired,
    "replica-set": ReplicaSet,
    "spool-waiting": SpoolWaiting,
    "schedule-failed": ScheduleFailed,
    "schedule-missed": ScheduleMissed,
}
"""Every condition, and the rule that it makes."""


def misfits(
    given: Mapping[str, Any], *, spiders: list[str], schedules: list[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Give the keys of a rule that name something which is not there: key, what it is, what there is."""
    for key, known in (("spider", spiders), ("schedule", schedules)):
        if isinstance(given.get(key), str) and given[key] not in known:
            yield key, f"there is no {key} {given[key]!r}", known
