"""The app of Celery: ``celery -A zhihu_crawler.schedule.app worker -P gevent -Q schedule`` (docs/schedule.md).

Beat sends a tick every few seconds. A worker that has one claims what is due, and sends each run as a message of its
own; all that counts is kept in Redis by ``runs.py``, so that any message may be lost, late, or come twice. Crawls are
never run here: a run of a crawl pushes seeds.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from celery import Celery  # type: ignore[import-untyped]  # it says nothing of its types
from scrapy.utils.project import get_project_settings

from zhihu_crawler.errors import BadSchedule
from zhihu_crawler.schedule.celery_conf import PERFORM, TICK, WATCH, conf_of
from zhihu_crawler.schedule.engine import Engine
from zhihu_crawler.schedule.runs import Run
from zhihu_crawler.schedule.shop import open_shop
from zhihu_crawler.schedule.watch import make_watch

if TYPE_CHECKING:
    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.shop import Shop

logger = logging.getLogger(__name__)
_GRACE = 60.0
"""Seconds after its time limit, which a run keeps by itself, at which Celery ends a task that does not."""


@cache
def shop() -> Shop:
    """Return what this process performs runs with."""
    return open_shop(get_project_settings())


def _conf() -> dict[str, Any]:
    return conf_of(shop().config, shop().redis_url)


app: Any = Celery("zhihu_crawler.schedule")
app.add_defaults(_conf)


def _plan() -> Plan | None:
    try:
        return shop().plan()
    except BadSchedule as error:
        logger.error("%s", error)  # noqa: TRY400  # its message says all
        return None


def tick() -> None:
    """Send a message for every run that is due."""
    plan = _plan()
    if plan is None:
        return
    for fault in plan.faults:
        logger.warning("%s", fault)
    for schedule, run in Engine(shop(), plan).claims():
        limit = schedule.time_limit.total_seconds()
        app.send_task(
            PERFORM,
            (run.name, run.due.timestamp(), run.attempt, run.missed),
            queue=schedule.queue,
            expires=shop().config.wait,
            soft_time_limit=limit + _GRACE,
            time_limit=limit + 2 * _GRACE,
        )


def perform(name: str, due: float, attempt: int, missed: int) -> None:
    """Perform a run that was claimed, where nobody else has it."""
    plan = _plan()
    if plan is not None:
        Engine(shop(), plan).perform(Run(name, datetime.fromtimestamp(due, UTC), attempt, missed))


def watch() -> None:
    """Look at the facts, and tell people what alerts want told."""
    plan = _plan()
    if plan is not None:
        make_watch(shop(), plan).look()


for _name, _task in {TICK: tick, PERFORM: perform, WATCH: watch}.items():
    app.task(_task, name=_name)
