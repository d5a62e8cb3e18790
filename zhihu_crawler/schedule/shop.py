"""What runs are performed with: made once for a process, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config import FrontierConfig, ScheduleConfig
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.connect import connect_sync
from zhihu_crawler.schedule.file import load
from zhihu_crawler.schedule.runs import Limits, Runs
from zhihu_crawler.schedule.spiders import Spiders

if TYPE_CHECKING:
    from redis import Redis
    from scrapy.settings import BaseSettings

    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.model import Schedule


@dataclass(frozen=True, slots=True)
class Shop:
    """What runs are performed with; one for a process."""

    client: Redis
    redis_url: str
    runs: Runs
    spiders: Spiders
    settings: BaseSettings
    config: ScheduleConfig

    def reached(self) -> Self:
        """Return it where Redis answers: a person need not wait as long as a run does.

        Raises:
            RedisError: it does not.
        """
        self.client.ping()
        return self

    def limits(self, schedule: Schedule) -> Limits:
        """Return how long a run of a schedule may wait and go unheard."""
        return Limits(self.config.wait, self.config.lease, schedule.attempts, self.config.retry)

    def plan(self) -> Plan:
        """Read the file of schedules as it is now.

        Raises:
            BadSchedule: it cannot be read.
        """
        return load(self.config.file, self.spiders)


def open_shop(settings: BaseSettings) -> Shop:
    """Make it; nothing is sent to Redis yet.

    Raises:
        BadSetting: a setting cannot be used, or there is no REDIS_URL.
    """
    frontier = FrontierConfig.from_settings(settings)
    if frontier.url is None:
        raise BadSetting("there is no REDIS_URL: seeds and runs are kept there; such as redis://127.0.0.1:6379/0")
    client = connect_sync(frontier.url, timeout=frontier.timeout, name="zhihu_crawler-schedule")
    runs = Runs(client, frontier.worker)
    config = ScheduleConfig.from_settings(settings)
    return Shop(client, frontier.url, runs, Spiders.from_settings(settings), settings, config)
