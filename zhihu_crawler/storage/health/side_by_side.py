"""Blocking questions asked side by side, with an end that holds whatever hangs; or one beside an event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def ask_all(questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T]:
    """Ask all at once, and return what was answered in time; who is absent did not answer.

    The threads are daemons: a name server that is silent cannot be interrupted, and must not keep a process that ends.

    Raises:
        Exception: what a question raised.
    """
    answers: SimpleQueue[tuple[str, T | Exception]] = SimpleQueue()

    def ask(name: str, question: Callable[[], T]) -> None:
        try:
            answers.put((name, question()))
        except Exception as error:  # noqa: BLE001  # it is raised where it can be handled
            answers.put((name, error))

    for name, question in questions.items():
        threading.Thread(target=ask, args=(name, question), name=f"ask {name}", daemon=True).start()
    deadline, found = time.monotonic() + seconds, dict[str, T]()
    while len(found) < len(questions):
        try:
            name, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        if isinstance(answer, Exception):
            raise answer
        found[name] = answer
    return found


async def in_daemon(question: Callable[[], T]) -> T:
    """Run something that blocks in a daemon thread, beside the running event loop, and return its answer.

    The loop's own threads are waited for when a process ends; these are not.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: Any) -> None:
        if not answer.done():
            set_it(value)

    def ask() -> None:
        found: tuple[Callable[[Any], None], Any]
        try:
            found = (answer.set_result, question())
        except Exception as error:  # noqa: BLE001  # it is raised where it is awaited
            found = (answer.set_exception, error)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, *found)

    threading.Thread(target=ask, daemon=True).start()
    return await answer
