"""Runs one of our commands as a process of its own, which ends with whoever started it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING

from zhihu_crawler.errors import RunError
from zhihu_crawler.schedule.actions.steps import Result

if TYPE_CHECKING:
    from collections.abc import Generator

    from zhihu_crawler.schedule.actions.steps import Job, Steps
    from zhihu_crawler.schedule.model import CommandSchedule

_LOOK_SECONDS = 0.2
_END_SECONDS = 10.0
_MOST_TOLD = 400
_CHILD = "zhihu_crawler.schedule.child"


def run_command(job: Job[CommandSchedule]) -> Steps:
    """Run it, and tell the last of what it said.

    Raises:
        RunError: its exit status says that it failed.
    """
    schedule = job.schedule
    words = schedule.words(job.run.due)
    with tempfile.TemporaryFile() as said:
        status = yield from _until_ended(words, said)
        said.seek(0)
        text = _last(said.read().decode(errors="replace"))
    if status == 0 or status in schedule.warning:
        return Result(text or "done", is_warning=status != 0)
    raise RunError(f"exit status {status}: {text}", is_passing=status in schedule.passing)


def _until_ended(words: list[str], said: IO[bytes]) -> Generator[str, None, int]:
    command = [sys.executable, "-m", _CHILD, *words]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as process:  # noqa: S603  # our own
        try:
            begun = time.monotonic()
            while process.poll() is None:
                yield f"{words[0]} runs for {time.monotonic() - begun:.0f} s"
                time.sleep(_LOOK_SECONDS)
        finally:
            _end(process)
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _last(said: str) -> str:
    """Return the end of what was said, in one line."""
    text = " ".join(said.split())
    return text if len(text) <= _MOST_TOLD else f"... {text[-_MOST_TOLD:]}"
