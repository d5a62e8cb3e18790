"""The records in Redis, by its own clock: one script a question, so that nothing comes between reading and writing."""

from __future__ import annotations

from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

from zhihu_crawler.frontier.throttle.record import Reading

if TYPE_CHECKING:
    from zhihu_crawler.frontier.throttle.record import Change, Terms

KEPT_SECONDS = 6 * 3600
"""A budget that nobody asked for so long, after its pause, is forgotten: the site will have forgotten too."""


@cache
def _script() -> tuple[str, str]:
    text = Path(__file__).with_name("record.lua").read_text(encoding="utf-8")
    return text, sha1(text.encode()).hexdigest()  # noqa: S324  # Redis's own name for a script


class RedisBook:
    """Records that all workers share.

    Args:
        client: of ``redis.asyncio``, single, Sentinel or Cluster.
        worker: this process's name, unlike any other's.
        site: what is throttled; budgets of another site, such as a sandbox, are other budgets.
    """

    def __init__(self, client: Any, worker: str, site: str) -> None:
        self._client, self._worker = client, worker
        self._tag = f"{{zhihu_crawler:throttle:{site}}}"

    def _keys(self, budget: str) -> tuple[str, str, str]:
        """One hash tag, so that a Cluster keeps them together."""
        return f"{self._tag}:budget:{budget}", f"{self._tag}:turns:{budget}", f"{self._tag}:workers"

    async def look(self, budget: str, terms: Terms) -> Reading:
        """Read a record."""
        return _read(await self._run("look", budget, terms))

    async def take(self, budget: str, terms: Terms, latency: float | None = None) -> Reading:
        """Ask for a token."""
        return _read(await self._run("take", budget, terms, "" if latency is None else latency))

    async def leave(self, budget: str, terms: Terms) -> None:
        """Give a turn back."""
        await self._run("leave", budget, terms)

    async def write(self, budget: str, terms: Terms, change: Change, version: int) -> Reading | None:
        """Change a record of this version."""
        values = (change.rate, change.knee, change.strikes, change.pause, int(change.is_cut), change.reason)
        reply = await self._run("write", budget, terms, version, *values)
        return _read(reply) if int(reply[-1]) else None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def budgets(self) -> list[str]:
        """Name the budgets that are kept, for those who look from outside."""
        front = f"{self._tag}:budget:"
        keys = [key.decode() async for key in self._client.scan_iter(match=f"{_literal(front)}*")]
        return sorted(key.removeprefix(front) for key in keys)

    async def _run(self, doing: str, budget: str, terms: Terms, *more: Any) -> list[bytes]:
        text, digest = _script()
        limits = (terms.rate, terms.rate_min, terms.burst, terms.concurrency, terms.start_rate, terms.start_latency)
        numbers = [repr(value) if isinstance(value, float) else value for value in (*limits, *more)]
        given = (3, *self._keys(budget), doing, self._worker, KEPT_SECONDS, *numbers)
        try:
            reply: list[bytes] = await self._client.evalsha(digest, *given)
        except NoScriptError:
            reply = await self._client.eval(text, *given)
        return reply


def _literal(text: str) -> str:
    """Write a pattern of Redis's that fits nothing but the text."""
    return "".join(f"\\{letter}" if letter in "[]*?\\^" else letter for letter in text)


def _read(reply: list[bytes]) -> Reading:
    wait, paused, rate, effective, latency, epoch, version, strikes, knee, quiet, reason, workers, _ = reply
    return Reading(
        wait=float(wait),
        paused=float(paused),
        rate=float(rate),
        effective=float(effective),
        latency=float(latency),
        epoch=int(epoch),
        version=int(version),
        strikes=int(strikes),
        knee=float(knee),
        quiet=float(quiet),
        reason=reason.decode(errors="replace"),
        workers=int(workers),
    )
