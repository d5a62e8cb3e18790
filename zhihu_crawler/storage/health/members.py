"""One row a member, out of what the set says of it and what it says itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zhihu_crawler.storage.health.report import Majority, Member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhihu_crawler.storage.health.observation import Answer, Observation, Reply

STATES = (
    "STARTUP",
    "PRIMARY",
    "SECONDARY",
    "RECOVERING",
    "",
    "STARTUP2",
    "UNKNOWN",
    "ARBITER",
    "DOWN",
    "ROLLBACK",
    "REMOVED",
)
_WITH_DATA = ("PRIMARY", "SECONDARY", "RECOVERING", "ROLLBACK")
_VOTING = ("PRIMARY", "SECONDARY", "RECOVERING", "STARTUP2", "ROLLBACK", "ARBITER")
_NOTHING: Reply = {}


def member_rows(seen: Observation) -> tuple[Member, ...]:
    """Return the members in the order of the set's configuration, or of their names where that could not be seen."""
    view = seen.viewpoint
    status = {row["name"]: row for row in (view.status or {}).get("members", ())} if view else {}
    config = _config(seen)
    names = list(config) or list(status) or _names_told(seen)
    rows = [(name, status.get(name), config.get(name)) for name in names]
    reference = _reference([row for _, row, _ in rows if row], seen)
    return tuple(_member(seen, name, row or _NOTHING, parts or _NOTHING, reference) for name, row, parts in rows)


def _config(seen: Observation) -> dict[str, Reply]:
    """Return the newest configuration, by member; empty where nobody may see it."""
    configs = [answer.config["config"] for answer in seen.in_set if answer.config]
    newest = max(configs, key=lambda config: (config.get("term", 0), config.get("version", 0)), default=_NOTHING)
    return {member["host"]: member for member in newest.get("members", ())}


def _names_told(seen: Observation) -> list[str]:
    """Return the members that members tell everybody of; hidden ones are only known where they are asked."""
    told = {answer.name for answer in seen.in_set}
    for answer in seen.in_set:
        for part in ("hosts", "passives", "arbiters"):
            told.update((answer.hello or {}).get(part, ()))
    return sorted(told)


def _reference(rows: list[Reply], seen: Observation) -> int | None:
    """Return the time of the last write, in seconds: the primary's, or the newest where there is no primary."""
    told = {row["name"]: _seconds(row.get("optime")) for row in rows if row.get("health")} or {
        answer.name: _last_write(answer) for answer in seen.in_set
    }
    times = {name: time for name, time in told.items() if time is not None}
    primaries = [answer.name for answer in seen.primaries] + [row["name"] for row in rows if row.get("state") == 1]
    newest = max(times.values(), default=None)
    return next((times[name] for name in primaries if name in times), newest)


def _last_write(answer: Answer | None) -> int | None:
    hello = (answer and answer.hello) or _NOTHING
    return _seconds(hello.get("lastWrite", {}).get("opTime"))


def _seconds(optime: Any) -> int | None:
    """Return the seconds of an optime; a member that is down has one of 1970, which says nothing."""
    stamp = optime.get("ts") if isinstance(optime, dict) else optime
    return int(stamp.time) if stamp is not None and stamp.time > 0 else None


def _member(seen: Observation, name: str, row: Reply, parts: Reply, reference: int | None) -> Member:
    answer = seen.answer_of(name)
    hello = (answer and answer.hello) or _NOTHING
    state = _state(row, hello, is_arbiter=_is_in(seen, "arbiters", name))
    heard = row.get("lastHeartbeatRecv")
    heard = heard if heard and heard.year > 1970 else None
    now = (seen.viewpoint and (seen.viewpoint.status or {}).get("date")) or seen.at
    return Member(
        name=name,
        state=state,
        is_reachable=bool(hello),
        lag_seconds=_lag(row, answer, state, reference),
        ping_ms=answer.ping_ms if answer else None,
        last_heartbeat=heard,
        heartbeat_age_seconds=max(0.0, round((now - heard).total_seconds(), 1)) if heard else None,
        sync_source=row.get("syncSourceHost") or None,
        priority=parts.get("priority", 0.0 if hello.get("passive") or _is_in(seen, "passives", name) else None),
        votes=parts.get("votes"),
        hidden=parts.get("hidden", hello.get("hidden", False) if hello else None),
        arbiter=bool(parts.get("arbiterOnly", state == "ARBITER")),
        delay_seconds=int(_delay(parts) or _delay(hello)),
        clock_ahead_seconds=answer.clock_ahead if answer else None,
        message=" ".join(str((answer and answer.error) or row.get("lastHeartbeatMessage") or "").split()),
    )


def _is_in(seen: Observation, part: str, name: str) -> bool:
    return any(name in (answer.hello or {}).get(part, ()) for answer in seen.in_set)


def _delay(told: Reply) -> Any:
    return told.get("secondaryDelaySecs") or told.get("slaveDelay") or 0  # the latter before MongoDB 5


def _state(row: Reply, hello: Reply, *, is_arbiter: bool) -> str:
    """Return the set's word for it where that is known, or else what it says of itself."""
    if row:
        number = int(row.get("state", 6))
        return "DOWN" if not row.get("health") else STATES[number] if number < len(STATES) else "UNKNOWN"
    if not hello:
        return "DOWN"
    if hello.get("arbiterOnly") or is_arbiter:
        return "ARBITER"
    if hello.get("isWritablePrimary"):
        return "PRIMARY"
    return "SECONDARY" if hello.get("secondary") else "UNKNOWN"


def _lag(row: Reply, answer: Answer | None, state: str, reference: int | None) -> int | None:
    """Return the seconds between the last write of the set and the member's: times of one clock, the primary's."""
    if state not in _WITH_DATA or reference is None:
        return None
    time = _seconds(row.get("optime")) if row else _last_write(answer)
    return None if time is None else max(0, reference - time)


def count_majority(members: Iterable[Member], status: Reply | None, limit: float) -> Majority:
    """Count who is up of those that elect and of those that acknowledge; the set's own numbers come first.

    Who is behind by more than ``limit`` seconds acknowledges nothing in time.
    """
    voters = [member for member in members if member.has_vote and member.state != "REMOVED"]
    writers = [member for member in voters if not member.arbiter]
    told = status or {}
    needed = int(told.get("majorityVoteCount") or len(voters) // 2 + 1)
    return Majority(
        voters=len(voters),
        voters_up=sum(1 for member in voters if member.state in _VOTING),
        votes_needed=needed,
        writers=len(writers),
        writers_up=sum(1 for member in writers if member.acknowledges(limit)),
        writes_needed=int(told.get("writeMajorityCount") or min(needed, len(writers))),
    )


def elected_at(members_status: Reply | None) -> datetime | None:
    """Return when the primary was elected, as the set tells it."""
    rows = (members_status or {}).get("members", ())
    found = next((row.get("electionDate") for row in rows if row.get("state") == 1 and row.get("health")), None)
    return found if isinstance(found, datetime) else None


def oplog_reach(view: Answer | None) -> tuple[datetime, float] | None:
    """Return when the oldest entry of a member's oplog was written, and how many seconds ago that was."""
    oplog = ((view and view.server) or _NOTHING).get("oplog") or {}
    first = oplog.get("earliestOptime")
    now = ((view and view.status) or _NOTHING).get("date")
    if first is None or not first.time or now is None:
        return None
    oldest = datetime.fromtimestamp(first.time, UTC)
    return oldest, max(0.0, (now - oldest).total_seconds())
