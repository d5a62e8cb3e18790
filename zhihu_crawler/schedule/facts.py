"""What alerts look at: how crawls, sessions, the store and the schedules are, as plain values.

``SCHEDULE_FACTS`` names the function that gathers them, ``gather`` here unless another is set. What a function cannot
see it leaves ``None``: a rule about it then neither begins an alert nor ends one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from scrapy.utils.misc import load_object

from zhihu_crawler.config import FrontierConfig, HealthConfig, SessionConfig, StoreConfig
from zhihu_crawler.errors import BadSession, BadSetting, RunError
from zhihu_crawler.fleet.view import WELL
from zhihu_crawler.fleet.view import look as look_at
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.link import Keys
from zhihu_crawler.schedule.engine import is_open, since
from zhihu_crawler.schedule.seeds import queue_of
from zhihu_crawler.schedule.timing import due
from zhihu_crawler.sessions import SessionStore
from zhihu_crawler.storage.health import assess, look
from zhihu_crawler.storage.spool import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scrapy.settings import BaseSettings

    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.model import Schedule
    from zhihu_crawler.schedule.runs import State
    from zhihu_crawler.schedule.shop import Shop

_MINUTES = 180
"""How far back refusals may be looked for."""
GATHER = "zhihu_crawler.schedule.facts.gather"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What the workers of a spider did in the minute that began at ``at``; ``blocked`` are those of the pages."""

    at: datetime
    pages: int = 0
    blocked: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpiderFacts:
    """How a spider's crawl goes, all its workers together.

    ``waiting`` are its requests and seeds that wait. ``last_item`` is when its newest item came, or when its workers
    started where none came yet. ``minutes`` are those of the last hours, in any order, without those in which nothing
    happened. ``failure`` says how its newest worker that ended did so, empty where that was by finishing.
    """

    waiting: int | None = None
    last_item: datetime | None = None
    minutes: tuple[Minute, ...] | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFacts:
    """``overdue`` is when a run was due that nobody has begun, ``failure`` why the last run failed, if it did."""

    overdue: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """``verdict`` is ``good``, ``degraded`` or ``down``; ``text`` says why."""

    verdict: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it at one time, which is of Redis's clock.

    ``sessions`` are states (``good``, ``limited``, ``expired``) by name, ``store`` is ``None`` where there is none or
    nobody looked, ``spooled`` counts the files of items that wait on this machine's disk for the store.
    """

    at: datetime
    spiders: Mapping[str, SpiderFacts] = field(default_factory=dict)
    schedules: Mapping[str, ScheduleFacts] = field(default_factory=dict)
    sessions: Mapping[str, str] | None = None
    store: StoreFacts | None = None
    spooled: int | None = None


def gatherer(settings: BaseSettings) -> Callable[[Shop, Plan], Facts]:
    """Return the function that ``SCHEDULE_FACTS`` names.

    Raises:
        BadSetting: there is none of that name.
    """
    name = settings.get("SCHEDULE_FACTS") or GATHER
    try:
        return cast("Callable[[Shop, Plan], Facts]", load_object(name))
    except (ImportError, NameError, ValueError) as error:
        raise BadSetting(f"SCHEDULE_FACTS ({name!r}) names no function: {error}") from error


def gather(shop: Shop, plan: Plan) -> Facts:
    """Gather what can be seen from here: seeds and runs in Redis, the files of this machine, the replica set."""
    now = shop.runs.now()
    states = shop.runs.look(plan.schedules)
    wanted = {alert.when for alert in plan.alerts if alert.enabled}
    return Facts(
        at=now,
        spiders={name: spider_facts(shop, name) for name in shop.spiders.names},
        schedules={name: schedule_facts(plan.schedules[name], states[name], now) for name in plan.schedules},
        sessions=_sessions(shop.settings) if "session-expired" in wanted else None,
        store=_store(shop.settings) if "replica-set" in wanted else None,
        spooled=_spooled(shop.settings),
    )


def schedule_facts(schedule: Schedule, state: State, now: datetime) -> ScheduleFacts:
    """Say of a schedule whether a run of it was not begun or failed."""
    failure = state.last.result or "failed" if state.last and state.last.status == "failed" else ""
    if not schedule.enabled:
        return ScheduleFacts(failure=failure)
    if state.status == "queued":
        return ScheduleFacts(overdue=state.due, failure=failure)
    found = None if is_open(state) else due(schedule.timing, since(state, now), now, max_late=timedelta(days=366))
    return ScheduleFacts(overdue=found.at if found else None, failure=failure)


def spider_facts(shop: Shop, spider: str) -> SpiderFacts:
    """Say how a spider's crawl goes, by its queue and by what its workers report."""
    seeds, report = _seeds(shop, spider), look_at(shop.client, spider, minutes=_MINUTES)
    frontier = FrontierConfig.from_settings(shop.settings)
    queue = Admin(shop.client, Keys(spider, frontier.seen_shared), "", frontier.seen_days).waiting()
    began = [worker.started for worker in report.workers if worker.is_alive and worker.started]
    ended = next((worker.ended for worker in report.workers if worker.ended), None)
    return SpiderFacts(
        waiting=None if seeds is None else seeds + queue,
        last_item=max([*([report.last_item] if report.last_item else ()), *began], default=None),
        minutes=tuple(
            Minute(at=one.at, pages=one.pages, blocked=one.refused, items=one.items) for one in report.minutes
        ),
        failure=None if ended is None else "" if ended in WELL else ended,
    )


def _seeds(shop: Shop, spider: str) -> int | None:
    try:
        return queue_of(shop.client, shop.settings, spider).count()
    except RunError:  # the key is another program's
        return None


def _sessions(settings: BaseSettings) -> dict[str, str] | None:
    try:
        sessions, _ = SessionStore(SessionConfig.from_settings(settings).directory).load_all()
    except (BadSession, BadSetting, OSError):
        return None
    return {session.name: str(session.state) for session in sessions}


def _store_config(settings: BaseSettings) -> StoreConfig | None:
    try:
        return StoreConfig.from_settings(settings)
    except BadSetting:
        return None


def _store(settings: BaseSettings) -> StoreFacts | None:
    config = _store_config(settings)
    if config is None:
        return None
    health = HealthConfig.from_settings(settings)
    report = assess(look(config, seconds=health.timeout), lag_limit=health.lag)
    return StoreFacts(verdict=str(report.verdict), text="; ".join(reason.text for reason in report.reasons))


def _spooled(settings: BaseSettings) -> int | None:
    config = _store_config(settings)
    return None if config is None else len(waiting(config.spool_dir))
