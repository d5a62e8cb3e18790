"""Servers that move: doors on loopback addresses behind which one server stands, and names that lead to doors."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BEHIND = "127.0.0.1"
_resolve = socket.getaddrinfo


class Door:
    """Listens at an address and hands everything on to a port of 127.0.0.1; ``opened`` counts connections.

    ``renamed`` are words that a MongoDB server says and the others that its client hears, of the same length.
    """

    def __init__(self, host: str, port: int, to: int, renamed: Mapping[bytes, bytes] | None = None) -> None:
        self.opened = 0
        self._to, self._renamed = to, renamed or {}
        self._connections: list[socket.socket] = []
        self._server = socket.create_server((host, port))
        self.port: int = self._server.getsockname()[1]
        self._hangs = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Let nobody in and throw everybody out."""
        self._shut()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for connection in self._connections:
            connection.close()

    def hang(self) -> None:
        """Let nobody in, and neither answer nor hang up: as a host does that lost its power."""
        self._hangs.set()
        self._shut()

    def _shut(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._threads[0].join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._connections.append(client)
            with suppress(OSError):  # nobody behind it: the client hears nothing
                server = socket.create_connection((BEHIND, self._to))
                self.opened += 1
                self._connections.append(server)
                for way in ((client, server, False), (server, client, True)):
                    self._threads.append(threading.Thread(target=self._pass, args=way, daemon=True))
                    self._threads[-1].start()

    def _pass(self, source: socket.socket, target: socket.socket, is_reply: bool) -> None:
        with suppress(OSError):
            while part := (_message(source) if self._renamed else source.recv(65536)):
                for word, other in self._renamed.items() if is_reply else ():
                    part = part.replace(word, other)
                if self._hangs.is_set():
                    return
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)


def _message(source: socket.socket) -> bytes:
    """Return one whole message of MongoDB's protocol, so that no word is cut in two; empty at the end."""
    head = source.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        return b""
    (length,) = struct.unpack("<i", head)
    return head + source.recv(length - 4, socket.MSG_WAITALL)


class Names:
    """Names that this process resolves as a file says (``{"zhihu.lan": "127.0.0.2"}``); all others as ever."""

    def __init__(self, file: Path, **addresses: str) -> None:
        self.file = file
        self.lead(addresses)

    def lead(self, addresses: Mapping[str, str]) -> None:
        """Say where names lead from now on; a name that is left out is not known."""
        other = self.file.with_suffix(".new")
        other.write_text(json.dumps(dict(addresses)), encoding="utf-8")
        other.replace(self.file)

    def resolve(self, host: Any, *args: Any, **options: Any) -> Any:
        """Stand in for ``socket.getaddrinfo``."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.endswith(".lan"):
            address = json.loads(self.file.read_text(encoding="utf-8")).get(name)
            if address is None:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            host = address
        return _resolve(host, *args, **options)


@contextmanager
def doors(*opened: Door) -> Iterator[tuple[Door, ...]]:
    """Close them afterwards."""
    try:
        yield opened
    finally:
        for door in opened:
            door.close()


if __name__ == "__main__":  # python -m tests.helpers.moving names.json crawl question ...: Scrapy with these names
    names = Names.__new__(Names)
    names.file = Path(sys.argv.pop(1))
    socket.getaddrinfo = names.resolve

    from scrapy.cmdline import execute

    from zhihu_crawler import resolver

    resolver.RETRY_SECONDS = 0.5  # tests have no patience
    execute(["scrapy", *sys.argv[1:]])
