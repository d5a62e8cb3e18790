"""Which alerts' conditions hold, by the facts. Pure: the same facts give the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from zhihu_crawler.schedule import alerts
    from zhihu_crawler.schedule.alerts import Alert
    from zhihu_crawler.schedule.facts import Facts, SpiderFacts

FEW_PAGES = 10
"""Fewer pages than this say nothing about the share of blocked ones."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is so: ``text`` for people; it cannot have begun before ``begun``."""

    text: str
    begun: datetime | None = None


Found = dict[str, Condition | None]
"""Conditions by what they are about (a spider, a session, a schedule, ``""`` for the whole); ``None`` is not known."""


def find(rule: Alert, facts: Facts) -> Found:
    """Return what holds of a rule's condition, and what of it cannot be seen; what is absent is well."""
    return _FINDERS[rule.when](rule, facts)


def hold(rule: Alert) -> timedelta:
    """Return for how long a condition must hold before it is told; of ``blocked`` it is the time looked back over."""
    return timedelta() if rule.when == "blocked" else getattr(rule, "lasting", timedelta())


def _of_spiders(rule: Any, facts: Facts, judge: Callable[[SpiderFacts], Condition | bool | None]) -> Found:
    """Judge each spider that a rule is about: a condition, ``False`` where it is well, ``None`` where unknown."""
    judged = {name: judge(told) for name, told in facts.spiders.items() if rule.spider in (None, name)}
    return {name: found or None for name, found in judged.items() if found is not False}  # type: ignore[misc]  # no True


def _crawl_failed(rule: alerts.CrawlFailed, facts: Facts) -> Found:
    def judge(told: SpiderFacts) -> Condition | bool | None:
        return None if told.failure is None else bool(told.failure) and Condition(f"a worker ended: {told.failure}")

    return _of_spiders(rule, facts, judge)


def _no_items(rule: alerts.NoItems, facts: Facts) -> Found:
    def judge(told: SpiderFacts) -> Condition | bool | None:
        if told.waiting == 0:
            return False
        if told.waiting is None or told.last_item is None:
            return None
        return Condition(f"no item since {_time(told.last_item)}, and {told.waiting:,} requests wait", told.last_item)

    return _of_spiders(rule, facts, judge)


def _blocked(rule: alerts.Blocked, facts: Facts) -> Found:
    def judge(told: SpiderFacts) -> Condition | bool | None:
        if told.minutes is None:
            return None
        recent = [minute for minute in told.minutes if minute.at > facts.at - rule.lasting]
        pages, blocked = sum(minute.pages for minute in recent), sum(minute.blocked for minute in recent)
        if pages < FEW_PAGES or blocked / pages <= rule.above:
            return False
        return Condition(f"{blocked:,} of {pages:,} pages were refused ({blocked / pages:.0%})")

    return _of_spiders(rule, facts, judge)


def _session_expired(_: Alert, facts: Facts) -> Found:
    if facts.sessions is None:
        return {"": None}
    text = "not logged in any more: scrapy login makes it good again"
    return {name: Condition(text) for name, state in facts.sessions.items() if state == "expired"}


def _replica_set(_: Alert, facts: Facts) -> Found:
    if facts.store is None:
        return {"": None}
    if facts.store.verdict == "good":
        return {}
    return {"": Condition(f"the replica set is {facts.store.verdict}: {facts.store.text}")}


def _spool_waiting(rule: alerts.SpoolWaiting, facts: Facts) -> Found:
    if facts.spooled is None:
        return {"": None}
    text = f"{facts.spooled:,} files of items wait for the store: scrapy store-replay stores them"
    return {"": Condition(text)} if facts.spooled > rule.above else {}


def _of_schedules(rule: Any, facts: Facts) -> Mapping[str, Any]:
    return {name: told for name, told in facts.schedules.items() if rule.schedule in (None, name)}


def _schedule_failed(rule: alerts.ScheduleFailed, facts: Facts) -> Found:
    told = _of_schedules(rule, facts)
    return {name: Condition(f"its last run failed: {one.failure}") for name, one in told.items() if one.failure}


def _schedule_missed(rule: alerts.ScheduleMissed, facts: Facts) -> Found:
    return {
        name: Condition(f"a run was due at {_time(one.overdue)} and nobody has begun it", one.overdue)
        for name, one in _of_schedules(rule, facts).items()
        if one.overdue
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


_FINDERS: dict[str, Callable[[Any, Facts], Found]] = {
    "crawl-failed": _crawl_failed,
    "no-items": _no_items,
    "blocked": _blocked,
    "session-expired": _session_expired,
    "replica-set": _replica_set,
    "spool-waiting": _spool_waiting,
    "schedule-failed": _schedule_failed,
    "schedule-missed": _schedule_missed,
}
