"""What the tests of schedules share: plans out of text, engines with a clock of the test's own."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from zhihu_crawler.config import ScheduleConfig
from zhihu_crawler.frontier.connect import connect_sync
from zhihu_crawler.schedule.engine import Engine
from zhihu_crawler.schedule.file import Plan, read_plan
from zhihu_crawler.schedule.runs import Runs
from zhihu_crawler.schedule.shop import Shop
from zhihu_crawler.schedule.spiders import Spiders

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand


def at(text: str) -> datetime:
    """Read a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def spiders() -> Spiders:
    return Spiders.from_settings(get_project_settings())


def plan_of(text: str, folder: Path = Path()) -> Plan:
    """Read a plan that is sound."""
    plan = read_plan(text, folder / "schedule.toml", spiders())
    assert plan.faults == ()
    return plan


def faults_of(text: str, folder: Path = Path()) -> list[str]:
    return list(read_plan(text, folder / "schedule.toml", spiders()).faults)


def shop_of(url: str, owner: str = "tester", **given: Any) -> Shop:
    """Make what runs are performed with; ``given`` are fields of ``ScheduleConfig`` and settings in capitals."""
    settings = Settings({"REDIS_URL": url, **{name: value for name, value in given.items() if name.isupper()}})
    config = ScheduleConfig(**{name: value for name, value in given.items() if not name.isupper()})
    client = connect_sync(url)
    return Shop(client, url, Runs(client, owner), spiders(), settings, config)


class Clock:
    """A clock that the test moves."""

    def __init__(self, time: str) -> None:
        self.time = at(time)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


def tick(shop: Shop, plan: Plan, clock: Clock) -> dict[str, str]:
    """Perform all that is due, and return what came of each run by the schedule's name."""
    engine = Engine(shop, plan, clock)
    return {run.name: engine.perform(run).status for _, run in engine.claims()}


def run_command(command: type[ScrapyCommand], *words: str, **settings: Any) -> int:
    """Run a command of the project in this process; returns its exit status, 2 where it was misused."""
    made = command()
    made.settings = get_project_settings()
    made.settings.setdict(settings, "cmdline")
    parser = ArgumentParser()
    made.add_options(parser)
    options, args = parser.parse_known_args(list(words))
    try:
        made.run(args, options)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return made.exitcode
