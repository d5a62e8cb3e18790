"""What a look at the replica set comes to: typed, plain, and ready to be shown as a table or as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Verdict(StrEnum):
    """How the set is, in one word."""

    GOOD = "good"
    """All members are well."""
    DEGRADED = "degraded"
    """Writes go through; something is wrong that should be put right before the next failure."""
    DOWN = "down"
    """Writes do not go through."""

    @property
    def exit_status(self) -> int:
        """0, 1 or 2."""
        return (Verdict.GOOD, Verdict.DEGRADED, Verdict.DOWN).index(self)


class Condition(StrEnum):
    """What can be wrong, with the set or with one member."""

    UNREACHABLE_SET = "nothing-reachable"
    NO_PRIMARY = "no-primary"
    PRIMARY_UNREACHABLE = "primary-unreachable"
    NO_MAJORITY = "no-majority"
    DRIVER = "driver"
    TWO_PRIMARIES = "two-primaries"
    STANDALONE = "standalone"
    MEMBER_DOWN = "member-down"
    MEMBER_UNREACHABLE = "member-unreachable"
    REMOVED = "removed"
    ROLLBACK = "rollback"
    RECOVERING = "recovering"
    INITIAL_SYNC = "initial-sync"
    STARTING = "starting"
    LAGGING = "lagging"

    @property
    def verdict(self) -> Verdict:
        """How bad that is."""
        return Verdict.DOWN if self in _DOWN else Verdict.DEGRADED


_DOWN = frozenset(
    (
        Condition.UNREACHABLE_SET,
        Condition.NO_PRIMARY,
        Condition.PRIMARY_UNREACHABLE,
        Condition.NO_MAJORITY,
        Condition.DRIVER,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is wrong; ``member`` is the one it is about, ``None`` where it is the set's."""

    condition: Condition
    text: str
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member; what could not be seen is ``None``.

    ``state`` is MongoDB's word (``PRIMARY``, ``SECONDARY``, ``ARBITER``, ``STARTUP2``, ...), ``DOWN`` where nobody
    hears it. ``is_reachable`` says whether it answered us. ``lag_seconds`` is how far its last write is behind the
    primary's (``delay_seconds`` of that are by its configuration), ``ping_ms`` the way from here and back,
    ``last_heartbeat`` when the set last heard of it, ``clock_ahead_seconds`` how far its clock is before ours.
    """

    name: str
    state: str
    is_reachable: bool
    lag_seconds: int | None = None
    ping_ms: float | None = None
    last_heartbeat: datetime | None = None
    heartbeat_age_seconds: float | None = None
    sync_source: str | None = None
    priority: float | None = None
    votes: int | None = None
    hidden: bool | None = None
    arbiter: bool = False
    delay_seconds: int = 0
    clock_ahead_seconds: float | None = None
    message: str = ""

    @property
    def is_up(self) -> bool:
        """Whether anybody hears it."""
        return self.state != "DOWN"

    @property
    def has_vote(self) -> bool:
        """Whether it elects; a vote that could not be seen is taken for one."""
        return self.votes != 0

    def acknowledges(self, limit: float) -> bool:
        """Say whether a write may count on it: it has data, and is behind neither on purpose nor by ``limit``."""
        is_writer = self.state in ("PRIMARY", "SECONDARY") and not self.arbiter
        return is_writer and not self.delay_seconds and (self.lag_seconds or 0) <= limit

    @property
    def excess_lag(self) -> int | None:
        """Seconds behind what its configuration wants."""
        return None if self.lag_seconds is None else max(0, self.lag_seconds - self.delay_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """Who is up of those that elect, and of those that acknowledge writes; ``needed`` is the majority of each."""

    voters: int
    voters_up: int
    votes_needed: int
    writers: int
    writers_up: int
    writes_needed: int

    @property
    def margin(self) -> int:
        """How many more members may fail before no majority is left; negative where there is none already."""
        return min(self.voters_up - self.votes_needed, self.writers_up - self.writes_needed)

    @property
    def design_margin(self) -> int:
        """The same with every member up."""
        return min(self.voters - self.votes_needed, self.writers - self.writes_needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole: ``kind`` is what answers there (``replica set``, ``standalone``, ``mongos``, ``nothing``).

    ``viewpoint`` is the member whose view of the others this is, ``None`` where only each member's own word was to be
    had. ``oplog_seconds`` is how long a member may be away before it must copy everything anew. ``notes`` are no
    faults: what could not be seen, and what is good to know.
    """

    verdict: Verdict
    at: datetime
    kind: str
    set_name: str | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    primary: str | None = None
    term: int | None = None
    elected_at: datetime | None = None
    oplog_from: datetime | None = None
    oplog_seconds: float | None = None
    majority: Majority | None = None
    viewpoint: str | None = None
    write_concern: Mapping[str, Any] = field(default_factory=dict)
    server_write_concern: Mapping[str, Any] | None = None
    driver: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_blind(self) -> bool:
        """Whether nothing was heard of the members, so that nobody can say how they are."""
        return any(reason.condition is Condition.UNREACHABLE_SET for reason in self.reasons)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; times stay ``datetime``."""
        made = asdict(self)
        for reason, shown in zip(self.reasons, made["reasons"], strict=True):
            shown["verdict"] = reason.condition.verdict
        if self.majority:
            made["majority"] |= {"margin": self.majority.margin, "possible": self.majority.margin >= 0}
        return made
