"""What was heard of a replica set: the replies of its members as they came, and nothing made of them yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Reply = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one address gave, asked directly.

    ``hello`` is ``None`` where nothing answered, and ``error`` says why. ``ping_ms`` is the way there and back,
    ``clock_ahead`` how many seconds its clock is before ours. ``status``, ``config``, ``server`` and ``concerns`` are
    the replies to replSetGetStatus, replSetGetConfig, serverStatus and getDefaultRWConcern; ``None`` where they failed,
    and in ``refused`` where the user's roles do not allow them.
    """

    address: str
    hello: Reply | None = None
    ping_ms: float | None = None
    clock_ahead: float | None = None
    error: str = ""
    status: Reply | None = None
    config: Reply | None = None
    server: Reply | None = None
    concerns: Reply | None = None
    refused: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the set calls it: a seed may be an alias."""
        return str((self.hello or {}).get("me") or self.address)

    @property
    def set_name(self) -> str | None:
        """The replica set that it is a member of."""
        return (self.hello or {}).get("setName")

    @property
    def is_primary(self) -> bool:
        """Whether it takes itself for the primary of a set."""
        hello = self.hello or {}
        return bool(hello.get("setName") and hello.get("isWritablePrimary"))

    @property
    def term(self) -> int:
        """The election term that it knows of; -1 where it tells none."""
        if self.status and self.status.get("term") is not None:
            return int(self.status["term"])
        election = (self.hello or {}).get("electionId")
        return int.from_bytes(election.binary[4:], "big") if election is not None else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverView:
    """What pymongo makes of MONGODB_URI: the kind of topology, the server that takes writes, the kind of each server.

    ``error`` is why no operation would go through, in words.
    """

    topology: str = "Unknown"
    primary: str | None = None
    servers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that was heard at one time.

    ``at`` is our own clock, ``seeds`` the hosts of MONGODB_URI, ``wanted_set`` its replicaSet, ``write_concern`` what
    every write of ours asks for. ``error`` is why not even the seeds could be found out (mongodb+srv).
    """

    at: datetime
    seeds: tuple[str, ...] = ()
    wanted_set: str | None = None
    answers: tuple[Answer, ...] = ()
    driver: DriverView = DriverView()
    write_concern: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def answer_of(self, name: str) -> Answer | None:
        """Return what a member gave, under the name that the set has for it, or under its address."""
        found = [answer for answer in self.answers if name in (answer.name, answer.address)]
        return min(found, key=lambda answer: answer.hello is None, default=None)

    @property
    def in_set(self) -> tuple[Answer, ...]:
        """The answers of members of the set that is asked for, or of whatever set it is."""
        wanted = self.wanted_set
        return tuple(
            answer for answer in self.answers if answer.set_name and (wanted is None or answer.set_name == wanted)
        )

    @property
    def primaries(self) -> tuple[Answer, ...]:
        """Those that take themselves for the primary, the newest first; two for a moment after a partition."""
        found = {answer.name: answer for answer in self.in_set if answer.is_primary}
        return tuple(sorted(found.values(), key=lambda answer: -answer.term))

    @property
    def viewpoint(self) -> Answer | None:
        """The member whose replSetGetStatus is believed: the newest primary, or else who hears most of the others."""
        seen = [answer for answer in self.in_set if answer.status]
        return max(seen, key=lambda answer: (answer.is_primary, answer.term, _heard(answer)), default=None)


def _heard(answer: Answer) -> int:
    return sum(1 for row in (answer.status or {}).get("members", ()) if row.get("health"))
