"""Tells an address on the web: JSON by POST, a few tries, bounded, and never a word of the address in a log."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRIES = 3
TRY_SECONDS = 10.0
PAUSE_SECONDS = 2.0
"""Before the second try; twice that before the third."""
WAITING = 100
"""Messages that wait while the address does not answer; further ones are dropped."""


class WebhookError(Exception):
    """It was not taken; the message holds no part of the address. ``is_passing`` says whether to try again."""

    def __init__(self, message: str, *, is_passing: bool) -> None:
        super().__init__(message)
        self.is_passing = is_passing


async def post(url: str, message: Mapping[str, Any], *, seconds: float = TRY_SECONDS) -> None:
    """Send a message once. The name in the address is resolved anew, and redirects are not followed.

    Raises:
        WebhookError: it was not taken.
    """
    import aiohttp  # noqa: PLC0415  # it takes a tenth of a crawl's start, and few crawls have anything to send

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.post(url, json=message, allow_redirects=False) as reply,
        ):
            status = reply.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise WebhookError(_reason(error, seconds), is_passing=True) from None  # the cause quotes the address
    if not 200 <= status < 300:
        where = "; it leads elsewhere: give the address itself" if 300 <= status < 400 else ""
        raise WebhookError(f"status {status}{where}", is_passing=status >= 500 or status in (408, 429))


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    strerror = getattr(error, "strerror", None) if isinstance(error, OSError) else None
    return f"{type(error).__name__}{f' ({strerror})' if strerror else ''}"


class Webhook:
    """A queue of messages and the task that sends them, one after another."""

    def __init__(self, url: str, told: Callable[[WebhookError | None], None], *, pause: float = PAUSE_SECONDS) -> None:
        self._url, self._told, self._pause = url, told, pause
        self._waiting: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        """Let a message be sent; ``told`` hears what became of it."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._told(WebhookError(f"{WAITING} messages wait already", is_passing=False))

    async def close(self, seconds: float) -> None:
        """Wait until all is sent, for so long at most."""
        if self._task is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), seconds)
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=seconds)

    async def _run(self) -> None:
        while True:
            message = await self._waiting.get()
            self._told(await self._deliver(message))
            self._waiting.task_done()

    async def _deliver(self, message: Mapping[str, Any]) -> WebhookError | None:
        for number in range(TRIES):
            try:
                await post(self._url, message)
            except WebhookError as error:
                last = error
            else:
                return None
            if not last.is_passing or number == TRIES - 1:
                break
            await asyncio.sleep(self._pause * 2**number)
        return last
