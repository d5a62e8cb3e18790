"""How schedules are shown: a table for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from zhihu_crawler.schedule.engine import is_open, since
from zhihu_crawler.schedule.spans import tell_span
from zhihu_crawler.schedule.timing import due, upcoming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zhihu_crawler.schedule.engine import Outcome
    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.model import Schedule
    from zhihu_crawler.schedule.runs import State

_COLUMNS = ("schedule", "what", "when", "next run", "last run", "result")
_STYLES = {"ok": "green", "warned": "yellow", "retry": "yellow", "failed": "red", "running": "cyan"}


def as_text(name: str, outcome: Outcome) -> str:
    """Return what came of a run as a line."""
    return f"{name}: {outcome.status or 'not run'}: {outcome.text}"


def as_json(plan: Plan, states: Mapping[str, State], now: datetime) -> str:
    """Return schedules with their states; times are ISO 8601, of UTC."""
    told = [_record(schedule, states[name], now) for name, schedule in plan.schedules.items()]
    return json.dumps({"at": _iso(now), "schedules": told, "faults": plan.faults}, indent=2, ensure_ascii=False)


def _record(schedule: Schedule, state: State, now: datetime) -> dict[str, Any]:
    last = state.last
    return {
        "name": schedule.name,
        "type": schedule.type,
        "rule": schedule.rule,
        "time_zone": schedule.time_zone.key,
        "enabled": schedule.enabled,
        "next": _iso(next_run(schedule, state, now)),
        "status": state.status,
        "attempt": state.attempt,
        "progress": state.progress or state.told,
        "last": last
        and {
            "due": _iso(last.due),
            "ended": _iso(last.ended),
            "status": last.status,
            "result": last.result,
            "missed": last.missed,
            "by_hand": last.manual,
        },
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def next_run(schedule: Schedule, state: State, now: datetime) -> datetime | None:
    """Return when it runs next: now where it is due already, ``None`` where it is switched off or never due again."""
    if not schedule.enabled:
        return None
    if due(schedule.timing, since(state, now), now, max_late=schedule.max_late):
        return now
    return next(iter(upcoming(schedule.timing, now, 1)), None)


def as_table(plan: Plan, states: Mapping[str, State], now: datetime) -> Table:
    """Return schedules with their states, each with times of its own zone."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for column in _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column in ("next run", "last run"))
    for name, schedule in plan.schedules.items():
        table.add_row(*_row(schedule, states[name], now))
    for name in plan.broken:
        table.add_row(Text(name), "", "", Text("never", style="red"), "", Text("has faults, see below", style="red"))
    return table


def _row(schedule: Schedule, state: State, now: datetime) -> tuple[Text, ...]:
    at = next_run(schedule, state, now)
    soon = "off" if not schedule.enabled else "never" if at is None else "now" if at == now else _local(schedule, at)
    last = _local(schedule, state.last.ended) if state.last else "never"
    what = " ".join(word for word in (schedule.type, getattr(schedule, "spider", "")) if word)
    rule = f"{schedule.rule} {schedule.time_zone.key}" if schedule.cron else schedule.rule
    return *(Text(cell) for cell in (schedule.name, what, rule, soon, last)), _result(state, now)


def _local(schedule: Schedule, at: datetime) -> str:
    return f"{at.astimezone(schedule.time_zone):%Y-%m-%d %H:%M}"


def _result(state: State, now: datetime) -> Text:
    if is_open(state):
        told = state.progress or state.told or "begun"
        again = f", again in {tell_span((state.retry_at - now).total_seconds())}" if state.retry_at else ""
        return Text(
            f"{state.status} (try {state.attempt}, {state.owner}): {told}{again}", _STYLES.get(state.status, "")
        )
    if state.last is None:
        return Text("")
    missed = f" ({state.last.missed} missed before)" if state.last.missed else ""
    return Text(f"{state.last.status}: {state.last.result}{missed}", _STYLES.get(state.last.status, ""))
