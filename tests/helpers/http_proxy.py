"""A proxy as companies have them: it wants a user and a password, and asks on behalf of others."""

from __future__ import annotations

import threading
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_THE_LINE = {"proxy-authorization", "proxy-connection", "connection", "keep-alive", "transfer-encoding"}


@dataclass
class Proxy:
    """Where it listens, and who came through it: user and path."""

    address: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0

    def url(self, user: str, password: str) -> str:
        """Return its address with a user and password."""
        return f"http://{user}:{password}@{self.address}"

    @property
    def users(self) -> set[str]:
        """Return who came through."""
        return {user for user, _ in self.seen}


@contextmanager
def running_proxy(password: str) -> Iterator[Proxy]:
    """Run a proxy on a free port that lets anybody through who knows the password."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            given = b64decode(self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")).decode()
            user, _, word = given.partition(":")
            if word != password:
                proxy.refused += 1
                self.answer(407, b"", {"Proxy-Authenticate": "Basic"})
                return
            parts = urlsplit(self.path)
            proxy.seen.append((user, parts.path))
            line = HTTPConnection(parts.netloc, timeout=20)
            try:
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                passed = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_LINE}
                line.request("GET", path, headers=passed)
                reply = line.getresponse()
                body = reply.read()
            except (HTTPException, OSError):  # what was asked for broke off: so does this
                self.close_connection = True
            else:
                kept = ("Content-Type", "Set-Cookie", "Location", "Retry-After")
                self.answer(reply.status, body, {name: reply.getheader(name) for name in kept if reply.getheader(name)})
            finally:
                line.close()

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = Proxy(f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
