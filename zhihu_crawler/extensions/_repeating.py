"""What an extension does over and over beside a crawl, and how it comes to an end."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)
STOP_SECONDS = 5.0


class Repeating:
    """Calls ``step`` again and again on the running event loop, each time after the seconds that it returned.

    A step must raise nothing. ``stop`` ends with the step that is on its way, cancelled; a client library that takes
    the cancellation for a failure of its own (as happens while it connects) does not keep the crawl from its end.
    """

    def __init__(self, step: Callable[[], Awaitable[float]]) -> None:
        self._step = step
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, at once."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, within ``STOP_SECONDS``."""
        self._stopped.set()
        if self._task:
            self._task.cancel()
            _, late = await asyncio.wait({self._task}, timeout=STOP_SECONDS)
            if late:
                logger.warning("%s did not end within %g s and is left behind", self._step, STOP_SECONDS)

    async def _run(self) -> None:
        while not self._stopped.is_set():
            pause = await self._step()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
