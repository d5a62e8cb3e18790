"""Settings of schedules: which file, how often it is looked at, how long a run may wait and go unheard."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config._values import read_number

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """Settings whose names begin with ``SCHEDULE_``; times are in seconds.

    ``file`` is looked at every ``tick``. A run that nobody takes up within ``wait`` is offered again, one that is
    unheard of for ``lease`` counts as lost, and one that failed is tried again after ``retry``, then after ever longer
    pauses. ``broker`` is where Celery keeps its messages, empty for REDIS_URL; it may hold a password and is left out
    of ``repr``. ``concurrency`` is how many runs a worker of Celery has in hand at once.
    """

    file: Path = Path("schedule.toml")
    tick: float = 10.0
    wait: float = 600.0
    lease: float = 60.0
    retry: float = 60.0
    concurrency: int = 20
    broker: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        return cls(
            file=Path(settings.get("SCHEDULE_FILE") or "schedule.toml"),
            tick=read_number(settings, "SCHEDULE_TICK_SECONDS", 10, least=1, most=3600),
            wait=read_number(settings, "SCHEDULE_WAIT_SECONDS", 600, least=1, most=86_400),
            lease=read_number(settings, "SCHEDULE_LEASE_SECONDS", 60, least=2, most=86_400),
            retry=read_number(settings, "SCHEDULE_RETRY_SECONDS", 60, least=0, most=86_400),
            concurrency=int(read_number(settings, "SCHEDULE_CONCURRENCY", 20, least=1, most=1000)),
            broker=str(settings.get("SCHEDULE_BROKER_URL") or "").strip(),
        )
