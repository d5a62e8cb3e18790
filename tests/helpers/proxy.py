"""A man in the middle for MongoDB connections: it can stop passing bytes on, or lose the reply to a write."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITES = (b"\x02insert\x00", b"\x02update\x00")
"""How the command of an OP_MSG begins that writes."""


class Proxy:
    """Passes connections on to one server."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.losing = 0
        """Replies to writes that will be lost: the server has written, and the connection breaks."""
        self.lost = 0
        self.passing = threading.Event()
        """Cleared: connections stay open, and nothing comes through."""
        self.passing.set()
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                wrote = threading.Event()
                for source, target, is_request in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pump, args=(source, target, is_request, wrote), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_request: bool, wrote: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                self.passing.wait()
                if self._ended:
                    break
                if is_request and any(mark in data for mark in WRITES):
                    wrote.set()
                if not is_request and wrote.is_set() and self.losing:
                    self.losing -= 1
                    self.lost += 1
                    break
                if not is_request:
                    wrote.clear()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._ended = True
        self.passing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """Run a proxy to a port of this machine."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
