"""Everything that ``scrapy status`` shows, gathered: what cannot be seen is named, and costs nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from scrapy.spiderloader import SpiderLoader

from zhihu_crawler.commands._schedule import next_run
from zhihu_crawler.config import FrontierConfig, HealthConfig, SessionConfig, StoreConfig
from zhihu_crawler.errors import BadSchedule, BadSession, BadSetting
from zhihu_crawler.fleet.view import SpiderReport, look
from zhihu_crawler.frontier.admin import Admin, CrawlState
from zhihu_crawler.frontier.connect import connect_sync, tell
from zhihu_crawler.frontier.link import Keys
from zhihu_crawler.frontier.throttle.crawler import states_of
from zhihu_crawler.items import PLURALS
from zhihu_crawler.schedule.shop import open_shop
from zhihu_crawler.sessions import SessionStore
from zhihu_crawler.storage import health
from zhihu_crawler.storage.connect import explain, sync_client
from zhihu_crawler.storage.spool import waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis
    from scrapy.settings import BaseSettings

    from zhihu_crawler.frontier.throttle.budget import BudgetState

NEWEST = ("question", "answer", "user", "collection")
_SHOWN_FIELDS = ("title", "name", "url", "last_seen")
_QUERY_MS = 3_000


@dataclass(slots=True)
class SpiderStatus:
    """A spider's crawl: its queue and its workers; ``crawl`` is ``None`` where there is none."""

    crawl: CrawlState | None
    report: SpiderReport


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """A schedule: when it runs next, when it ran last and what came of it; ``status`` of a run that is under way."""

    name: str
    next: datetime | None
    last: datetime | None
    result: str
    status: str


@dataclass(slots=True)
class Status:
    """All of it at one time. A part that is ``None`` is not used here, or could not be seen: ``troubles`` says so."""

    at: datetime
    redis: bool | None = None
    """Whether it answered."""
    spiders: dict[str, SpiderStatus] = field(default_factory=dict)
    budgets: list[BudgetState] = field(default_factory=list)
    sessions: dict[str, str] | None = None
    store: health.Report | None = None
    spooled: int | None = None
    schedules: list[ScheduleStatus] | None = None
    newest: list[dict[str, Any]] | None = None
    troubles: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values; times are ``datetime``."""
        told = asdict(self) | {"store": self.store and self.store.as_dict()}
        for name, status in self.spiders.items():
            waits = status.crawl.waiting if status.crawl else 0
            told["spiders"][name] |= {"trend": status.report.trend, "eta_seconds": status.report.eta(waits)}
        return told


class Gatherer:
    """Looks at everything once. Each part is bounded in time by the settings of what it asks."""

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._status = Status(datetime.now(UTC))

    def gather(self) -> Status:
        """Look.

        Raises:
            BadSetting: a setting cannot be used.
        """
        frontier, store = FrontierConfig.from_settings(self._settings), StoreConfig.from_settings(self._settings)
        if frontier.url:
            self._status.redis = False
            self._try(self._look_at_redis, frontier)
            self._try(self._look_at_schedules, frontier)
        self._look_at_sessions()
        if store:
            self._status.spooled = len(waiting(store.spool_dir))
            self._look_at_store(store)
        return self._status

    def _try(self, part: Callable[[FrontierConfig], None], config: FrontierConfig) -> None:
        try:
            part(config)
        except (RedisError, OSError) as error:
            told = tell(error, config.url or "")
            if told not in self._status.troubles:
                self._status.troubles.append(told)

    def _look_at_redis(self, config: FrontierConfig) -> None:
        assert config.url
        with connect_sync(config.url, timeout=config.timeout, name="scrapy-status") as client:
            for name in sorted(SpiderLoader.from_settings(self._settings).list()):
                self._look_at_spider(client, name, config)
        self._status.redis = True
        self._status.budgets = asyncio.run(states_of(self._settings))

    def _look_at_spider(self, client: Redis, name: str, config: FrontierConfig) -> None:
        seeds_key = config.seeds_key % {"name": name, "spider": name}
        admin = Admin(client, Keys(name, config.seen_shared), seeds_key, config.seen_days)
        report = look(client, name)
        crawl = admin.state() if admin.exists() or client.exists(seeds_key) else None
        if crawl or report.workers:
            self._status.spiders[name] = SpiderStatus(crawl, report)

    def _look_at_schedules(self, _: FrontierConfig) -> None:
        shop = open_shop(self._settings)
        if not shop.config.file.exists():
            return
        try:
            plan = shop.plan()
        except BadSchedule as error:
            self._status.troubles.append(str(error))
            return
        states, now = shop.runs.look(plan.schedules), shop.runs.now()
        self._status.schedules = []
        for name, schedule in plan.schedules.items():
            state = states[name]
            last = state.last
            result = f"{last.status}: {last.result}" if last else ""
            told = ScheduleStatus(
                name, next_run(schedule, state, now), last.ended if last else None, result, state.status
            )
            self._status.schedules.append(told)
        self._status.troubles += [f"{shop.config.file}: {fault}" for fault in plan.faults]

    def _look_at_sessions(self) -> None:
        try:
            sessions, _ = SessionStore(SessionConfig.from_settings(self._settings).directory).load_all()
        except (BadSession, BadSetting, OSError) as error:
            self._status.troubles.append(str(error))
            return
        self._status.sessions = {session.name: str(session.state) for session in sessions}

    def _look_at_store(self, config: StoreConfig) -> None:
        bounds = HealthConfig.from_settings(self._settings)
        self._status.store = health.assess(health.look(config, seconds=bounds.timeout), lag_limit=bounds.lag)
        if self._status.store.verdict is health.Verdict.DOWN:
            return
        select = round(bounds.timeout * 1000)
        try:
            with sync_client(config, readPreference="secondaryPreferred", serverSelectionTimeoutMS=select) as client:
                database = client[config.database]
                self._status.newest = [self._newest(database[PLURALS[kind]], kind) for kind in NEWEST]
        except PyMongoError as error:
            self._status.troubles.append(explain(error, config))
            return
        self._status.newest = [one for one in self._status.newest if one]

    def _newest(self, collection: Any, kind: str) -> dict[str, Any]:
        cursor = collection.find({}, dict.fromkeys(_SHOWN_FIELDS, 1)).sort("last_seen", -1).limit(1)
        return next(({"kind": kind, **document} for document in cursor.max_time_ms(_QUERY_MS)), {})
