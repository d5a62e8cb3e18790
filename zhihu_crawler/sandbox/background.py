"""Processes that go on when the command that started them has ended: each with a pid file and a log.

A pid file also says when its process began, so that another process that was given the same number since is never
taken for it. Both are read from ``/proc``, which Linux has.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STOP_SECONDS = 30.0
"""For a process to end in order, before it is killed."""
_LOG_TAIL = 2000


class NotStarted(RuntimeError):
    """A process did not start, or runs already."""


class Background:
    """The processes of one folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._pids, self._logs = folder / "pids", folder / "logs"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start a process in a session of its own, with this environment and no other; returns its pid.

        Raises:
            NotStarted: it runs already.
        """
        if running := self.pid(name):
            raise NotStarted(f"{name} runs already, as process {running}")
        for folder in (self._pids, self._logs):
            folder.mkdir(parents=True, exist_ok=True)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self.log(name)), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        pid = os.posix_spawn(command[0], list(command), dict(environment), file_actions=actions, setsid=True)
        self._file(name).write_text(f"{pid} {identity(pid)}\n", encoding="ascii")
        return pid

    def pid(self, name: str) -> int | None:
        """Return the number of a process that was started here and lives."""
        try:
            number, _, known = self._file(name).read_text(encoding="ascii").strip().partition(" ")
        except FileNotFoundError:
            return None
        if not known:
            return None
        _reap(int(number))
        return int(number) if identity(int(number)) == known else None

    def log(self, name: str) -> Path:
        """Return where a process writes."""
        return self._logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """Return the end of what it wrote."""
        return self.log(name).read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip()

    def kill(self, name: str) -> bool:
        """End a process as a power cut would; ``False`` where it does not run."""
        pid = self.pid(name)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        self._wait([name], STOP_SECONDS)
        return True

    def stop(self, names: Iterable[str], seconds: float = STOP_SECONDS) -> list[str]:
        """End processes in order, all at once; those that have not ended in time are killed, and returned."""
        running = [name for name in names if self._signal(name, signal.SIGTERM)]
        late = self._wait(running, seconds)
        for name in late:
            self.kill(name)
        return late

    def _signal(self, name: str, number: signal.Signals) -> bool:
        pid = self.pid(name)
        with suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, number)
                return True
        return False

    def _wait(self, names: list[str], seconds: float) -> list[str]:
        deadline = time.monotonic() + seconds
        left = names
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [name for name in left if self.pid(name)]
        return left

    def _file(self, name: str) -> Path:
        return self._pids / f"{name}.pid"


def identity(pid: int) -> str:
    """Return what tells a living process from any other that had or will have its number; empty where it is dead."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    state, *fields = told.rpartition(")")[2].split()  # a name may hold spaces and parentheses
    return "" if state in "ZX" else f"{boot}/{fields[18]}"


def _reap(pid: int) -> None:
    """Take in the end of a child of this very process, which is a zombie until then."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
