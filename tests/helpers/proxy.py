"""A bad network for tests: a TCP proxy in a thread that cuts, refuses, hangs, delays, and loses replies."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 65536


@dataclass
class Proxy:
    """Between clients and the server at ``upstream``; its methods may be called from any thread."""

    upstream: int
    port: int = 0
    delay: float = 0.0
    """Seconds that each piece of data is held back, in both directions."""
    swallowed: int = 0
    """Replies lost so far."""
    _to_swallow: int = 0
    _marks: tuple[bytes, ...] = ()
    _refusing: bool = False
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _server: Any = None
    _pairs: set[Any] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Address for ``REDIS_URL``."""
        return f"redis://127.0.0.1:{self.port}/0"

    def cut(self) -> None:
        """Reset all connections."""
        self._call(self._cut)

    def refuse(self) -> None:
        """Reset all connections and take no new ones, until ``accept``."""
        self._refusing = True
        self._call(self._close_door)

    def accept(self) -> None:
        """Take connections again."""
        self._refusing = False
        self._wait(self._listen())

    def hang(self) -> None:
        """Pass nothing on, until ``go_on``; what was sent meanwhile comes then."""
        self._call(self._open.clear)

    def go_on(self) -> None:
        """Pass on what was held back, and everything after it."""
        self._call(self._open.set)

    def swallow(self, replies: int, *, to: tuple[bytes, ...] = ()) -> None:
        """Lose so many replies: the command has run, and its connection breaks instead of giving the answer.

        With ``to`` only replies to what holds one of these bytes are lost.
        """
        self._to_swallow, self._marks = replies, to

    def _call(self, what: Callable[[], object]) -> None:
        async def run() -> None:
            what()

        self._wait(run())

    def _wait(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _cut(self) -> None:
        for writer in list(self._pairs):
            _reset(writer)

    def _close_door(self) -> None:
        self._server.close()
        self._cut()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            _reset(writer)
            return
        self._pairs |= {writer, far_writer}
        asked = bytearray()
        pumps = [
            asyncio.ensure_future(self._pump(reader, far_writer, asked, is_reply=False)),
            asyncio.ensure_future(self._pump(far_reader, writer, asked, is_reply=True)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump, end in zip(pumps, (far_writer, writer), strict=True):
            pump.cancel()
            _reset(end)
        self._pairs -= {writer, far_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray, *, is_reply: bool
    ) -> None:
        with suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                if is_reply and self._is_swallowed(asked):
                    return
                asked[:] = b"" if is_reply else asked + data
                writer.write(data)
                await writer.drain()

    def _is_swallowed(self, asked: bytearray) -> bool:
        if self._to_swallow <= 0 or (self._marks and not any(mark in asked for mark in self._marks)):
            return False
        self._to_swallow -= 1
        self.swallowed += 1
        return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset, so that the other end learns of it at once."""
    with suppress(OSError, AttributeError):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


@contextmanager
def running_proxy(upstream: int) -> Iterator[Proxy]:
    """Run a proxy before the server at a port of loopback for as long as the block lasts."""
    proxy = Proxy(upstream)
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    proxy._call(proxy._open.set)
    proxy._wait(proxy._listen())
    try:
        yield proxy
    finally:
        proxy._wait(_end(proxy))
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
        proxy._loop.close()


async def _end(proxy: Proxy) -> None:
    proxy._open.set()
    proxy._close_door()
    me = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not me]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
