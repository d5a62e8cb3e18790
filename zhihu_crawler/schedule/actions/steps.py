"""What every action is given, and what it gives."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from zhihu_crawler.schedule.model import Schedule

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from redis import Redis
    from scrapy.settings import BaseSettings

    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.runs import Run
    from zhihu_crawler.schedule.spiders import Spiders

Kind = TypeVar("Kind", bound=Schedule)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run, in a line; ``is_warning`` where somebody should look."""

    text: str
    is_warning: bool = False


Steps = Generator[str, None, Result]


@dataclass(frozen=True, slots=True)
class Job(Generic[Kind]):
    """A run of a schedule, and all that it needs. ``now`` is when it was begun."""

    schedule: Kind
    run: Run
    now: datetime
    plan: Plan
    client: Redis
    spiders: Spiders
    settings: BaseSettings

    @property
    def folder(self) -> Path:
        """What paths in the file of schedules are relative to."""
        return self.plan.folder
