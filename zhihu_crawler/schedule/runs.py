"""Which run was begun by whom, and what came of it: kept in Redis, so that each is begun once whoever asks.

A run has a due time; a claim of it is had by the first who asks. Claimed, it waits (``queued``) until somebody begins
it (``running``), and then it is renewed by whoever has it. One that is not renewed was lost with its worker, and is had
by the next who asks, as another attempt; what an older attempt still says is not heard. All times are of Redis's clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from zhihu_crawler.schedule.scripts import call, patiently, source
from zhihu_crawler.schedule.timing import WRONG_CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redis import Redis

HISTORY = 100
"""Ended runs that are kept of a schedule."""
KEPT_DAYS = 90
"""How long the state of a schedule is kept that nobody asks for any more, because it is gone from the file."""
LONGEST = 86_400.0
"""Seconds; no wait or lease is longer, so what seems longer was noted by a clock that was put back since."""

Status = Literal["", "queued", "running", "retry", "ok", "warned", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run in hand: which, and the how-manieth try of it."""

    name: str
    due: datetime
    attempt: int = 1
    missed: int = 0

    @property
    def id(self) -> str:
        """Name of the run, the same for all its tries."""
        return f"{self.name}@{self.due:%Y-%m-%dT%H:%M:%S.%f}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended."""

    due: datetime
    status: Status
    result: str
    ended: datetime
    started: datetime | None = None
    attempt: int = 1
    missed: int = 0
    manual: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a schedule: since when, its newest run, and the last one that ended."""

    since: datetime | None = None
    due: datetime | None = None
    status: Status = ""
    attempt: int = 0
    owner: str = ""
    until: datetime | None = None
    retry_at: datetime | None = None
    progress: str = ""
    told: str = ""
    """Why the last try failed, while another one is waited for."""
    last: Ended | None = None

    @property
    def newest(self) -> datetime:
        """The newest time that it tells of."""
        times = (self.since, self.due, self.last.ended if self.last else None)
        return max((at for at in times if at is not None), default=datetime.fromtimestamp(0, UTC))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for a run: ``claimed`` with the run, or why there is none.

    ``busy`` is one that is waiting or running, ``waits`` one that is tried again later, ``failed`` one that was given
    up just now, ``none`` one that somebody had before.
    """

    word: Literal["claimed", "busy", "waits", "failed", "none"]
    run: Run | None = None
    owner: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, in seconds, a run may wait for a worker, and how long one goes on unheard; how often it is tried."""

    wait: float = 600.0
    lease: float = 60.0
    attempts: int = 3
    retry: float = 60.0


class Runs:
    """The runs of all schedules; ``owner`` is who asks."""

    def __init__(self, client: Redis, owner: str, *, prefix: str = "schedule") -> None:
        self._client, self._owner, self._prefix = client, owner, prefix

    def now(self) -> datetime:
        """Return the time by Redis's clock, which is the one that counts."""
        seconds, micros = call(self._client, "return redis.call('TIME')", [f"{self._prefix}:clock"])
        return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros))

    def look(self, names: Iterable[str]) -> dict[str, State]:
        """Return what is known of schedules."""
        listed = list(names)

        def ask() -> list[dict[bytes, bytes]]:
            with self._client.pipeline(transaction=False) as pipe:
                for name in listed:
                    pipe.hgetall(self._keys(name)[0])
                return pipe.execute()

        return {name: _state(told) for name, told in zip(listed, patiently(ask), strict=True)}

    def names(self) -> list[str]:
        """Return the names of all schedules of which something is known."""
        keys = patiently(lambda: list(self._client.scan_iter(f"{self._prefix}:{{*}}", 1000)))
        return [key.decode().removeprefix(f"{self._prefix}:{{").removesuffix("}") for key in keys]

    def remove(self, name: str) -> None:
        """Forget a schedule."""
        for key in self._keys(name):
            patiently(lambda key=key: self._client.delete(key))  # type: ignore[misc]  # bound at once

    def pass_over(self, name: str, now: datetime) -> None:
        """Note that nothing of a schedule is missed before now, because it is switched off."""
        patiently(lambda: self._client.hset(self._keys(name)[0], "since", now.timestamp()))

    def history(self, name: str, most: int = HISTORY) -> list[Ended]:
        """Return the newest runs that ended, the newest first."""
        told = patiently(lambda: self._client.lrange(self._keys(name)[1], 0, most - 1))
        return [_ended(json.loads(one)) for one in cast("list[bytes]", told)]

    def claim(
        self, name: str, due: datetime | None, now: datetime, limits: Limits, *, missed: int = 0, manual: bool = False
    ) -> Answer:
        """Ask for a run: the one that is due, or without ``due`` a lost or failed one that may be tried again."""
        told = self._call(
            *("claim", name, now, "" if due is None else due.timestamp(), missed, int(manual), self._owner),
            *(limits.wait, limits.attempts, LONGEST, WRONG_CLOCK.total_seconds(), HISTORY, KEPT_DAYS),
        )
        word, *rest = [part.decode() for part in told]
        if word == "busy":
            return Answer("busy", Run(name, _time(rest[0]), int(rest[1])), owner=rest[2], status=rest[3])
        if word == "claimed":
            return Answer("claimed", Run(name, _time(rest[0]), int(rest[1]), int(rest[2] or 0)))
        return Answer(cast("Any", word))

    def begin(self, run: Run, now: datetime, limits: Limits) -> bool:
        """Begin a claimed run; ``False`` where it is not to be had any more."""
        return bool(self._call("begin", run.name, now, run.due.timestamp(), run.attempt, self._owner, limits.lease))

    def renew(self, run: Run, now: datetime, limits: Limits, progress: str) -> bool:
        """Keep a run; ``False`` where it is another's by now."""
        return bool(self._call("renew", run.name, now, run.due.timestamp(), run.attempt, limits.lease, progress))

    def finish(self, run: Run, now: datetime, status: Status, result: str, *, retry: float = 0.0) -> bool:
        """End a try; with the status ``retry``, another may follow after so many seconds."""
        at = now.timestamp() + retry
        told = (run.due.timestamp(), run.attempt, status, result, at, HISTORY)
        return bool(self._call("finish", run.name, now, *told))

    def _keys(self, name: str) -> tuple[str, str]:
        return f"{self._prefix}:{{{name}}}", f"{self._prefix}:{{{name}}}:runs"

    def _call(self, script: str, name: str, now: datetime, *args: str | float) -> Any:
        return call(self._client, source(script, on="base"), self._keys(name), now.timestamp(), *args)


def _time(text: str | float) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def _state(told: dict[bytes, bytes]) -> State:
    texts = {name.decode(): value.decode(errors="replace") for name, value in told.items()}

    def time(name: str) -> datetime | None:
        return _time(texts[name]) if float(texts.get(name) or 0) else None

    return State(
        since=time("since"),
        due=time("due"),
        status=cast("Status", texts.get("status", "")),
        attempt=int(texts.get("attempt") or 0),
        owner=texts.get("owner", ""),
        until=time("until"),
        retry_at=time("retry_at"),
        progress=texts.get("progress", ""),
        told=texts.get("told", ""),
        last=_ended(json.loads(texts["last"])) if texts.get("last") else None,
    )


def _ended(told: dict[str, Any]) -> Ended:
    started = _time(told["started"]) if told["started"] else None
    times = {"due": _time(told["due"]), "ended": _time(told["ended"]), "started": started}
    return Ended(**{**told, **times})
