"""A spider that downloads through a proxy that moves, and prints what became of each: for ``tests.helpers.moving``."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request, Spider

from tests.helpers.moving import Names

RETRY = 0.5


class Proxy(ThreadingHTTPServer):
    """A proxy that answers for every site itself, and refuses tunnels; it keeps connections alive."""

    daemon_threads = True

    def __init__(self, host: str, port: int = 0) -> None:
        super().__init__((host, port), Answer)
        self.seen: list[str] = []
        self.open: list[socket.socket] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.append(request)
        super().process_request(request, client_address)

    def leave(self) -> None:
        """Go, and hang up on everybody."""
        self.shutdown()
        self.server_close()
        for connection in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # hung up already


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        self._answer(200)

    def do_CONNECT(self) -> None:
        self._answer(502)

    def _answer(self, status: int) -> None:
        self.server.seen.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"proxied")

    def log_message(self, *_: Any) -> None:
        pass


class Proxied(Spider):
    name = "proxied"
    custom_settings: ClassVar[dict[str, Any]] = {
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "AUTOTHROTTLE_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
    }

    async def start(self) -> Any:
        names = Names(Path(self.names), **{"proxy.lan": "127.0.0.2"})
        steps: list[dict[str, Any]] = []
        proxy = Proxy("127.0.0.2")
        self.port = proxy.server_port
        steps.append(await self.download("http", proxy))
        proxy.leave()
        names.lead({"proxy.lan": "127.0.0.3"})
        steps.append(await self.download("http", None))
        proxy = Proxy("127.0.0.3", self.port)
        await asyncio.sleep(1.2 * RETRY)
        steps += [await self.download("http", proxy), await self.download("https", proxy)]
        proxy.leave()
        names.lead({"proxy.lan": "127.0.0.2"})
        proxy = Proxy("127.0.0.2", self.port)
        await asyncio.sleep(2 * RETRY)
        steps.append(await self.download("https", proxy))
        json.dump(steps, sys.stdout)
        return
        yield

    async def download(self, scheme: str, proxy: Proxy | None) -> dict[str, Any]:
        request = Request(f"{scheme}://zhihu.lan/", meta={"proxy": f"http://proxy.lan:{self.port}"}, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
            outcome = response.text
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is told
            outcome = type(error).__name__
        seen = proxy.seen.pop() if proxy and proxy.seen else None
        return {
            "asked": scheme,
            "at": proxy.server_address[0] if proxy else "nowhere",
            "outcome": outcome,
            "seen": seen,
        }
