"""What is wrong: of each member the worst, of the set the worst, in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.storage.health.report import Condition, Reason
from zhihu_crawler.storage.health.words import count, moment, span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from zhihu_crawler.storage.health.observation import Observation
    from zhihu_crawler.storage.health.report import Majority, Member

_YOUNG_SECONDS = 3600
_STATES = {
    "DOWN": Condition.MEMBER_DOWN,
    "REMOVED": Condition.REMOVED,
    "ROLLBACK": Condition.ROLLBACK,
    "RECOVERING": Condition.RECOVERING,
    "STARTUP2": Condition.INITIAL_SYNC,
    "STARTUP": Condition.STARTING,
    "UNKNOWN": Condition.STARTING,
}
_TOLD = {
    Condition.REMOVED: "{name} is in no configuration of the set any more, though MONGODB_URI or the set names it",
    Condition.ROLLBACK: "{name} takes back writes that no majority had (rollback); it comes back by itself",
    Condition.RECOVERING: "{name} is recovering and can be neither read nor elected; where that lasts, see its log",
    Condition.INITIAL_SYNC: "{name} copies all data anew (initial sync){progress}, and is no help until it is done",
    Condition.STARTING: "{name} is up, but neither primary nor secondary yet; where that lasts, see its log",
}


def member_reason(member: Member, seen: Observation, limit: float, window: float | None) -> Reason | None:
    """Return the worst that is wrong with a member, or ``None``.

    Args:
        member: its row.
        seen: what was heard.
        limit: seconds of lag that are borne, beyond the delay of its configuration.
        window: seconds that the oplog reaches back, where that is known.
    """
    condition = _STATES.get(member.state)
    if condition is Condition.MEMBER_DOWN:
        text = _down(member, seen, window)
    elif condition:
        text = _TOLD[condition].format(name=member.name, progress=_progress(member, seen))
    elif not member.is_reachable and not member.hidden:  # a hidden one is nobody's to reach but the set's
        condition = Condition.MEMBER_UNREACHABLE
        text = f"{member.name} is {member.state} to the set, but cannot be reached from here: {member.message}"
    elif member.excess_lag is not None and member.excess_lag > limit:
        condition, text = Condition.LAGGING, _lagging(member, limit, window)
    else:
        return None
    return Reason(condition=condition, text=text, member=member.name)


def _down(member: Member, seen: Observation, window: float | None) -> str:
    if member.is_reachable:
        return (
            f"{member.name} answers us, but {seen.viewpoint and seen.viewpoint.name} cannot reach it: {member.message}"
        )
    why = f": {member.message}" if member.message else ""
    if not seen.viewpoint:
        return f"{member.name} cannot be reached from here{why} (whether the others reach it could not be seen)"
    if member.last_heartbeat is None or member.heartbeat_age_seconds is None:
        return f"{member.name} is down; {seen.viewpoint.name} never heard of it since it started itself{why}"
    heard = f"last heard of {span(member.heartbeat_age_seconds)} ago ({moment(member.last_heartbeat)})"
    return f"{member.name} is down, {heard}{why}{_way_back(member, member.heartbeat_age_seconds, window)}"


def _way_back(member: Member, behind: float, window: float | None) -> str:
    """Say until when it can catch up; of a young oplog nobody knows yet how far it will reach."""
    if window is None or member.arbiter:
        return ""
    if behind > window:
        return f". The oplog reaches back {span(window)} only: it may have to copy everything anew (initial sync)"
    if window < _YOUNG_SECONDS:
        return ""
    return f". The oplog reaches back {span(window)}: within that it can catch up by itself"


def _lagging(member: Member, limit: float, window: float | None) -> str:
    lag = member.excess_lag or 0
    wanted = f", beyond the {span(member.delay_seconds)} that its configuration wants" if member.delay_seconds else ""
    source = f"it copies from {member.sync_source}" if member.sync_source else "where it copies from could not be seen"
    return (
        f"{member.name} is {span(lag)} behind the last write (limit {span(limit)}){wanted}; {source}"
        f"{_way_back(member, lag, window)}"
    )


def _progress(member: Member, seen: Observation) -> str:
    answer = seen.answer_of(member.name)
    told = ((answer and answer.status) or {}).get("initialSyncStatus") or {}
    size, copied = told.get("approxTotalDataSize"), told.get("approxTotalBytesCopied")
    return f", {copied / size:.0%} done" if size and copied is not None else ""


def set_reason(seen: Observation, members: tuple[Member, ...], majority: Majority, limit: float) -> Reason | None:
    """Return the worst that is wrong with the set as a whole, or ``None``."""
    return (
        _blind(seen)
        or _other_set(seen)
        or _without_primary(members, majority)
        or _without_majority(seen.write_concern, members, majority, limit)
        or _driver(seen)
        or _two_primaries(seen)
    )


def _blind(seen: Observation) -> Reason | None:
    if any(answer.hello for answer in seen.answers):
        return None
    told = "; ".join(f"{answer.address}: {answer.error}" for answer in seen.answers) or seen.error
    return Reason(condition=Condition.UNREACHABLE_SET, text=f"no member can be reached: {told}")


def _other_set(seen: Observation) -> Reason | None:
    if seen.in_set:
        return None
    told = ", ".join(f"{answer.name} is a member of {answer.set_name}" for answer in seen.answers if answer.set_name)
    return Reason(condition=Condition.DRIVER, text=f"MONGODB_URI asks for replicaSet={seen.wanted_set}, but {told}")


def _without_primary(members: tuple[Member, ...], majority: Majority) -> Reason | None:
    primary = next((member for member in members if member.state == "PRIMARY"), None)
    if primary and primary.is_reachable:
        return None
    if primary:
        text = f"the primary, {primary.name}, cannot be reached from here: {primary.message}"
        return Reason(condition=Condition.PRIMARY_UNREACHABLE, text=text)
    votes = f"{majority.voters_up} of {count(majority.voters, 'voting member')}"
    if majority.voters_up < majority.votes_needed:
        text = f"no primary, and none can be elected: {votes} up, {majority.votes_needed} needed"
    else:
        text = f"no primary: {votes} up, so one can be elected; where that takes over 30 s, see the members' logs"
    return Reason(condition=Condition.NO_PRIMARY, text=text)


def _without_majority(
    concern: Mapping[str, Any], members: tuple[Member, ...], majority: Majority, limit: float
) -> Reason | None:
    w = concern.get("w", "majority")
    up, needed = majority.writers_up, majority.writes_needed
    if isinstance(w, int):
        up, needed = sum(1 for member in members if member.acknowledges(limit)), w
    if up >= needed or not (isinstance(w, int) or w == "majority"):  # a custom concern goes by tags
        return None
    text = f"a write with w={w} cannot be acknowledged: {count(up, 'member')} with data up to date, {needed} needed"
    return Reason(condition=Condition.NO_MAJORITY, text=text)


def _driver(seen: Observation) -> Reason | None:
    if seen.driver.primary and not seen.driver.error:
        return None
    text = seen.driver.error or f"the driver sees no primary (topology {seen.driver.topology})"
    return Reason(condition=Condition.DRIVER, text=f"members are up, but MONGODB_URI does not lead to them: {text}")


def _two_primaries(seen: Observation) -> Reason | None:
    primaries = seen.primaries
    if len(primaries) < 2:
        return None
    told = " and ".join(f"{answer.name} (term {answer.term})" for answer in primaries)
    text = f"two members take themselves for the primary, {told}; the older steps down by itself within half a minute"
    return Reason(condition=Condition.TWO_PRIMARIES, text=text)
