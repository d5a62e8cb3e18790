"""A running sandbox for tests: its own process, started and ended by its id."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Sandbox:
    """Where it listens, and which process it is."""

    origin: str
    pid: int

    def fetch(self, path: str, *, host: str = "www.zhihu.com", **headers: str) -> bytes:
        """Return the body at a path as a client of ``host`` sees it; raises on a status of 400 and more."""
        with urlopen(Request(self.origin + path, headers={"Host": host, **headers}), timeout=30) as reply:
            body: bytes = reply.read()
            return body

    def json(self, path: str) -> Any:
        """Return the JSON at a path."""
        return json.loads(self.fetch(path))

    def truth(self, path: str) -> Any:
        """Return what a perfect crawl gets of ``question/1``, ``collection/1``, ``column/x`` or ``user/x``."""
        return self.json(f"/sandbox/truth/{path}")

    def stats(self) -> Any:
        """Return how often what was asked for: ``{"kind": {}, "status": {}, "fault": {}}``."""
        return self.json("/sandbox/stats")


@contextmanager
def running_sandbox(*args: str) -> Iterator[Sandbox]:
    """Run ``scrapy sandbox`` with the given options on a free port, and end it afterwards.

    Raises:
        RuntimeError: it did not start; what it wrote to stderr is in the message.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        port_file, errors = Path(folder) / "port", Path(folder) / "stderr"
        command = [sys.executable, "-m", "scrapy", "sandbox", "--port-file", str(port_file), *args]
        with errors.open("wb") as stderr:
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            port = _wait_for_port(process, port_file, errors)
            yield Sandbox(f"http://127.0.0.1:{port}", process.pid)
        finally:
            _stop(process)


def _wait_for_port(process: subprocess.Popen[bytes], port_file: Path, errors: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not port_file.exists():
        if process.poll() is not None:
            raise RuntimeError(f"the sandbox ended with {process.returncode}:\n{errors.read_text(errors='replace')}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the sandbox did not start:\n{errors.read_text(errors='replace')}")
        time.sleep(0.02)
    return int(port_file.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
