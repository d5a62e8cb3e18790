"""What the frontier's benchmark crawls, and the network it crawls through: run as a process of its own.

``site`` answers every request with the same small page; ``delay PORT MS`` is a proxy that holds every piece of data
back for half of so many milliseconds in each direction. Both print the port that they listen on.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 200\r\n\r\n" + b"x" * 200


class Site(asyncio.Protocol):
    """Answers as fast as it can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Give a page for each request that is whole."""
        *requests, self._rest = (self._rest + data).split(b"\r\n\r\n")
        self._transport.write(_PAGE * len(requests))


async def delay(upstream: int, seconds: float) -> asyncio.Server:
    """Listen before a server, and hold everything back for so long in each direction."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", upstream)
        await asyncio.gather(_pass_on(reader, far_writer, seconds), _pass_on(far_reader, writer, seconds))

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Keep the order and the distance in time of what passes: the line is long, not narrow."""
    loop = asyncio.get_running_loop()
    held: deque[bytes] = deque()
    while data := await reader.read(1 << 16):
        held.append(data)
        loop.call_later(seconds, lambda: writer.write(held.popleft()))
    loop.call_later(seconds, writer.close)


async def main() -> None:
    """Listen until killed."""
    if sys.argv[1] == "site":
        server = await asyncio.get_running_loop().create_server(Site, "127.0.0.1", 0)
    else:
        server = await delay(int(sys.argv[2]), float(sys.argv[3]) / 2000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
