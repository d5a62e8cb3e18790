"""What is no fault, but good to know when one reads the report at night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.storage.health.members import elected_at
from zhihu_crawler.storage.health.words import count, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhihu_crawler.storage.health.observation import Observation
    from zhihu_crawler.storage.health.report import Majority, Member

_RECENT_SECONDS = 600
_SKEW_SECONDS = 5.0
_UNSEEN = {
    "replSetGetStatus": "what the members hear of each other, sync sources and the time of the election",
    "replSetGetConfig": "votes, priorities and hidden members",
    "serverStatus": "how far the oplog reaches back",
    "getDefaultRWConcern": "the server's own write concern",
}


def all_notes(seen: Observation, members: tuple[Member, ...], majority: Majority) -> tuple[str, ...]:
    """Return them, what could not be seen first."""
    return (
        *_unseen(seen),
        *_strangers(seen),
        *_hidden(members),
        *_margin(majority),
        *_election(seen),
        *_clocks(members),
    )


def _unseen(seen: Observation) -> Iterator[str]:
    answered = [answer for answer in seen.in_set if not (answer.hello or {}).get("arbiterOnly")]
    refused = {name for answer in answered for name in answer.refused}
    if refused:
        missing = "; ".join(what for name, what in _UNSEEN.items() if name in refused)
        yield f"not seen, because the user has not the role clusterMonitor: {missing}"
    elif answered and not seen.viewpoint:
        errors = sorted({answer.error for answer in answered if answer.error})
        yield f"not seen, because no member told it: what the members hear of each other ({'; '.join(errors)})"


def _strangers(seen: Observation) -> Iterator[str]:
    """Name the hosts of MONGODB_URI that are members of another set, of none, or that nobody knows."""
    known = _known(seen)
    for answer in seen.answers:
        if answer.address not in seen.seeds or not seen.in_set:
            continue
        if answer.hello and answer not in seen.in_set:
            what = f"a member of {answer.set_name}" if answer.set_name else "a member of no replica set"
            yield f"{answer.address} of MONGODB_URI is {what}, and is not used"
        elif not answer.hello and answer.address not in known:
            yield f"{answer.address} of MONGODB_URI does not answer, and the set knows no member of that name"


def _known(seen: Observation) -> set[str]:
    known = {answer.name for answer in seen.in_set}
    for answer in seen.in_set:
        known.update(row["name"] for row in (answer.status or {}).get("members", ()))
        for part in ("hosts", "passives", "arbiters"):
            known.update((answer.hello or {}).get(part, ()))
    return known


def _hidden(members: tuple[Member, ...]) -> Iterator[str]:
    for member in members:
        if member.hidden and member.is_up and not member.is_reachable:
            yield f"{member.name} is hidden and cannot be reached from here; the set hears it ({member.state})"


def _margin(majority: Majority) -> Iterator[str]:
    if majority.voters and majority.design_margin <= 0:
        yield f"no member may fail even while all are well: only {count(majority.writers, 'member')} with vote and data"


def _election(seen: Observation) -> Iterator[str]:
    view = seen.viewpoint
    time = elected_at(view.status) if view else None
    now = view.status.get("date") if view and view.status else None
    if time and now and 0 <= (now - time).total_seconds() < _RECENT_SECONDS:
        yield f"the primary was elected only {span((now - time).total_seconds())} ago"


def _clocks(members: tuple[Member, ...]) -> Iterator[str]:
    ahead = {member.name: member.clock_ahead_seconds for member in members if member.clock_ahead_seconds is not None}
    for name, seconds in ahead.items():
        if abs(seconds) >= _SKEW_SECONDS:
            side = "ahead of" if seconds > 0 else "behind"
            yield f"the clock of {name} is {span(abs(seconds))} {side} ours; lag and heartbeats do not suffer from it"
