"""From what was heard to a report: pure, so that every state of a set can be laid before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.storage.health.findings import member_reason, set_reason
from zhihu_crawler.storage.health.members import count_majority, elected_at, member_rows, oplog_reach
from zhihu_crawler.storage.health.notes import all_notes
from zhihu_crawler.storage.health.report import Condition, Reason, Report, Verdict

if TYPE_CHECKING:
    from zhihu_crawler.storage.health.observation import Answer, Observation

LAG_SECONDS = 60.0
"""A lag that is borne; an idle set writes nothing for 10 s, so less would cry without need."""


def assess(seen: Observation, *, lag_limit: float = LAG_SECONDS) -> Report:
    """Judge a replica set by what its members said.

    Args:
        seen: their replies.
        lag_limit: seconds that a member may be behind the last write, its configured delay not counted.
    """
    if not any(answer.set_name for answer in seen.answers):
        alone = next((answer for answer in seen.answers if answer.hello), None)
        if alone:
            return _without_set(seen, alone)
    return _of_set(seen, lag_limit)


def _of_set(seen: Observation, lag_limit: float) -> Report:
    members = member_rows(seen)
    view = seen.viewpoint
    status = view.status if view else None
    majority = count_majority(members, status, lag_limit)
    window = oplog_reach(view)
    found = [set_reason(seen, members, majority, lag_limit)]
    if found[0] is None or found[0].condition is not Condition.UNREACHABLE_SET:
        found += [member_reason(member, seen, lag_limit, window and window[1]) for member in members]
    reasons = tuple(reason for reason in found if reason)
    primary = next((member.name for member in members if member.state == "PRIMARY"), None)
    term = max((answer.term for answer in seen.in_set), default=-1)
    return Report(
        verdict=_worst(reasons),
        at=seen.at,
        kind="replica set" if seen.in_set else "nothing",
        set_name=next((answer.set_name for answer in seen.in_set), seen.wanted_set),
        reasons=reasons,
        notes=all_notes(seen, members, majority),
        members=members,
        primary=primary,
        term=term if term >= 0 else None,
        elected_at=elected_at(status),
        oplog_from=window[0] if window else None,
        oplog_seconds=window[1] if window else None,
        majority=majority if members else None,
        viewpoint=view.name if view else None,
        **_concerns(seen),
    )


def _worst(reasons: tuple[Reason, ...]) -> Verdict:
    return max((reason.condition.verdict for reason in reasons), key=lambda one: one.exit_status, default=Verdict.GOOD)


def _concerns(seen: Observation) -> dict[str, Any]:
    """Return what every write of ours asks for, what the server takes where nothing is asked, and the driver's view."""
    told = next((answer.concerns for answer in seen.in_set if answer.concerns), None)
    server = told and dict(told.get("defaultWriteConcern") or {}) | {"source": told.get("defaultWriteConcernSource")}
    driver = seen.driver
    return {
        "write_concern": dict(seen.write_concern),
        "server_write_concern": server,
        "driver": {"topology": driver.topology, "primary": driver.primary, "servers": dict(driver.servers)},
    }


def _without_set(seen: Observation, alone: Answer) -> Report:
    """Judge a server that is a member of no set: one alone, a router, or one whose set was never made."""
    hello = alone.hello or {}
    kind, reason = (
        "standalone",
        Reason(
            condition=Condition.STANDALONE,
            text=f"{alone.name} is no replica set: while it is down nothing can be written, and what it loses is lost",
        ),
    )
    if hello.get("isreplicaset"):
        kind, reason = (
            "not initiated",
            Reason(
                condition=Condition.NO_PRIMARY,
                text=f"{alone.name} was started for a replica set that has no configuration: run rs.initiate() there",
            ),
        )
    router = hello.get("msg") == "isdbgrid"
    reasons = tuple(one for one in (None if router else reason, _unusable(seen)) if one)
    return Report(
        verdict=_worst(reasons),
        at=seen.at,
        kind="mongos" if router else kind,
        reasons=reasons,
        notes=("a router of a sharded cluster: the members of its shards are not looked at",) if router else (),
        **_concerns(seen),
    )


def _unusable(seen: Observation) -> Reason | None:
    """Say why not even a lone server can be used."""
    return Reason(condition=Condition.DRIVER, text=seen.driver.error) if seen.driver.error else None
