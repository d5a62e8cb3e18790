"""What is told of a condition, and when: once when it holds, once when it is over. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from zhihu_crawler.schedule.rules import Condition

Change = Literal["found", "lasts", "recovered", "test"]
TRIES = 8
"""How often a message is sent to a channel that does not take it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: of which alert, about what, since when (seconds of the Unix epoch, UTC)."""

    alert: str
    subject: str
    change: Change
    text: str
    since: float
    at: float

    @property
    def line(self) -> str:
        """It all in a line."""
        about = f" ({self.subject})" if self.subject else ""
        word = {"found": "ALERT", "lasts": "STILL", "recovered": "RECOVERED", "test": "TEST"}[self.change]
        return f"{word} {self.alert}{about}: {self.text}"


@dataclass(frozen=True, slots=True)
class Incident:
    """One condition of one alert. ``told`` is when people were last told of it, 0 where they were not.

    ``pending`` are the channels that have not taken ``message`` yet; they are tried again at ``again``.
    """

    first: float
    told: float = 0.0
    message: Message | None = None
    pending: tuple[str, ...] = ()
    tries: int = 0
    again: float = 0.0
    is_over: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        """Read what ``as_dict`` gave."""
        message = Message(**told.pop("message")) if told.get("message") else None
        return cls(**{**told, "message": message, "pending": tuple(told["pending"])})

    def sent(self, failed: Sequence[str], now: float) -> Self:
        """Note that the message was sent to all channels but some; after ``TRIES`` nobody tries those any more."""
        if not failed or self.tries + 1 >= TRIES:
            return replace(self, pending=(), tries=0)
        pause = min(_FIRST_PAUSE * 2**self.tries, _LONGEST_PAUSE)
        return replace(self, pending=tuple(failed), tries=self.tries + 1, again=now + pause)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an alert wants: whom to tell, how long a condition must hold, after which time to tell it again."""

    alert: str
    to: tuple[str, ...]
    hold: timedelta
    repeat: timedelta | None = None


def step(terms: Terms, subject: str, found: Condition | None, before: Incident | None, at: datetime) -> Incident | None:
    """Return what becomes of an incident by a look that saw its condition, or saw that it is not so.

    Returns:
        The incident with the message that is to be sent now, if there is a new one; ``None`` where there is nothing to
        remember any more.
    """
    now = at.timestamp()
    if before is not None and before.is_over:
        if found is None:
            return before if before.pending else None
        before = None
    incident = before or Incident(first=now)
    begun = max(incident.first, found.begun.timestamp() if found and found.begun else 0.0)
    if found is not None and now - begun >= terms.hold.total_seconds():
        incident = incident if incident.told else replace(incident, first=begun)
        return _holding(terms, incident, Message(terms.alert, subject, "found", found.text, incident.first, now))
    if not incident.told:
        return incident if found else None
    text = f"over: {incident.message.text if incident.message else ''}"
    message = Message(terms.alert, subject, "recovered", text, incident.first, now)
    return replace(_telling(terms, incident, message), is_over=True)


def _holding(terms: Terms, incident: Incident, message: Message) -> Incident:
    if not incident.told:
        return _telling(terms, incident, message)
    if terms.repeat is not None and message.at - incident.told >= terms.repeat.total_seconds():
        return _telling(terms, incident, replace(message, change="lasts"))
    return incident


def _telling(terms: Terms, incident: Incident, message: Message) -> Incident:
    return replace(incident, told=message.at, message=message, pending=terms.to, tries=0, again=0.0)
