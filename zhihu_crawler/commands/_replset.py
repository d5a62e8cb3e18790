"""How a report on the replica set is shown: a table for people, JSON for programs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from zhihu_crawler.storage.health import Verdict
from zhihu_crawler.storage.health.words import count, moment, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import JustifyMethod

    from zhihu_crawler.storage.health import Member, Report

_STYLES = {Verdict.GOOD: "bold green", Verdict.DEGRADED: "bold yellow", Verdict.DOWN: "bold red"}
_COLUMNS = ("member", "state", "lag", "ping", "heard", "copies from", "remarks")
_RIGHT, _FOLDED = ("lag", "ping"), ("member", "copies from", "remarks")
_UNSEEN = "?"


def as_json(report: Report, *, indent: int | None = None) -> str:
    """Return the report as JSON; times are ISO 8601, of UTC."""
    return json.dumps(report.as_dict(), indent=indent, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_table(report: Report) -> Group:
    """Return the report for a terminal: the verdict and its reasons, the members, what holds for the whole set."""
    name = report.set_name or "MongoDB"
    head = Text.assemble((f"{name}: {report.verdict.upper()}", _STYLES[report.verdict]), f"  {moment(report.at)}")
    parts: list[Any] = [head]
    if report.reasons:
        parts.append(_grid(("  !", reason.text) for reason in report.reasons))
    if report.members:
        parts += [Text(), _members(report)]
    return Group(*parts, Text(), _grid(_lines(report)))


def _members(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for column in _COLUMNS:
        side: JustifyMethod = "right" if column in _RIGHT else "left"
        table.add_column(column, justify=side, overflow="fold", no_wrap=column not in _FOLDED)
    for member in report.members:
        table.add_row(*(Text(cell) for cell in _row(member, report)))  # a name may look like markup
    return table


def _row(member: Member, report: Report) -> Iterator[str]:
    yield member.name
    yield member.state
    yield "-" if member.lag_seconds is None else span(member.lag_seconds)
    yield "-" if member.ping_ms is None else f"{member.ping_ms:.1f} ms"
    yield _heard(member, report)
    yield member.sync_source or ("-" if report.viewpoint else _UNSEEN)
    yield ", ".join(_remarks(member))


def _heard(member: Member, report: Report) -> str:
    if member.heartbeat_age_seconds is None:
        return "-" if report.viewpoint else _UNSEEN
    return f"{span(member.heartbeat_age_seconds)} ago"


def _remarks(member: Member) -> Iterator[str]:
    """Say what is not as usual: one vote, priority 1, seen by all."""
    if member.votes == 0:
        yield "no vote"
    if member.priority not in (None, 1) and not member.arbiter:
        yield f"priority {member.priority:g}"
    if member.hidden:
        yield "hidden"
    if member.delay_seconds:
        yield f"delayed by {span(member.delay_seconds)}"
    if member.is_up and not member.is_reachable:
        yield "not reachable from here"


def _grid(rows: Iterable[tuple[str, str]]) -> Table:
    """Return lines whose second part folds under itself."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*(Text(part) for part in row))
    return grid


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    if report.kind != "replica set":
        yield "kind", report.kind
    if report.primary:
        since = f", elected {moment(report.elected_at)}" if report.elected_at else ""
        yield "primary", f"{report.primary}, term {report.term}{since}"
    if report.majority:
        yield "majority", _majority(report)
    if report.oplog_seconds is not None and report.oplog_from:
        yield "oplog", f"reaches back {span(report.oplog_seconds)}, to {moment(report.oplog_from)}"
    yield "write concern", f"{_concern(report.write_concern)}{_server_concern(report)}"
    yield "driver", f"{report.driver.get('topology')}, writes to {report.driver.get('primary') or 'nobody'}"
    for note in report.notes:
        yield "note", note


def _majority(report: Report) -> str:
    majority = report.majority
    assert majority
    told = f"{majority.voters_up} of {majority.voters} can elect ({majority.votes_needed} needed), "
    told += f"{majority.writers_up} of {majority.writers} can acknowledge ({majority.writes_needed} needed): "
    if majority.margin < 0:
        return f"{told}there is none"
    return f"{told}{count(majority.margin, 'more member') if majority.margin else 'no more member'} may fail"


def _concern(concern: Mapping[str, Any]) -> str:
    told = [f"w={concern.get('w', 1)}"]
    if concern.get("wtimeout"):
        told.append(f"wtimeout={span(concern['wtimeout'] / 1000)}")
    return ", ".join(told + [f"{name}={concern[name]}" for name in ("j", "fsync") if name in concern])


def _server_concern(report: Report) -> str:
    server = report.server_write_concern
    return f" (the server's own default: {_concern(server)}, {server.get('source')})" if server else ""
