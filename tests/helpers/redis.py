"""Real Redis servers for tests: each on a free port with a folder of its own, hurt on purpose, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis

from zhihu_crawler.sandbox.redis_server import APPEND_ONLY, any_server, command, servers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Redis", "any_server", "free_port", "running_redis", "servers"]

START_SECONDS = 20.0
STOP_SECONDS = 10.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Redis:
    """A server: where it listens, and what can be done to it. ``start`` after ``kill`` comes back on the same port."""

    binary: Path
    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    configuration: Path | None = None
    """File of a sentinel; a server is given its options."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address for ``REDIS_URL``."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        """A blocking client of the test's own; a new one each time."""
        return redis.Redis(port=self.port, socket_timeout=10, protocol=2)

    def start(self) -> None:
        """Start it, and wait until it has read what lies in its folder and answers.

        Raises:
            RuntimeError: it did not start; with its log.
        """
        log = self.folder / "log"
        line = command(self.binary, self.folder, self.port, *self.options)
        if self.configuration:
            where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
            line = [str(self.binary), str(self.configuration), "--sentinel", *where, *self.options]
        with log.open("ab") as out:
            self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1, protocol=2) as probe:
                return bool(probe.ping())
        except redis.AuthenticationError:
            return True
        except redis.RedisError:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """``kill -9``: nothing is said or saved."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        """Stop it: connections stand, nothing is answered until ``go_on``."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after ``hang``."""
        self.signal(signal.SIGCONT)

    def restart(self) -> None:
        """``kill -9`` and start again; what it had written to its folder is there again."""
        self.kill()
        self.start()

    def cut(self) -> int:
        """Cut every connection but the one that asks for it; returns how many there were."""
        with self.client as client:
            return int(client.client_kill_filter(_type="normal", skipme=True))

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running_redis(*options: str, aof: bool = False, binary: Path | None = None, **more: Any) -> Iterator[Redis]:
    """Run a server on a free port for as long as the block lasts.

    Args:
        options: as on its command line, such as ``"--requirepass", "secret"``.
        aof: write every command to its folder before it is answered, so that ``kill`` loses nothing.
        binary: which server; any where it is not given.
        more: fields of ``Redis``.
    """
    lasting = APPEND_ONLY if aof else ()
    with tempfile.TemporaryDirectory(prefix="redis-", ignore_cleanup_errors=True) as folder:
        server = Redis(binary or any_server(), Path(folder), (*lasting, *options), **more)
        try:
            server.start()
            yield server
        finally:
            server.stop()
