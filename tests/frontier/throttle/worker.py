"""A worker as a process of its own: asks the sandbox as often as the shared throttle lets it, until it is ended.

``python -m tests.frontier.throttle.worker '{"origin": ..., "redis": ..., "config": {...}, "brake_for": ...}'``, and
``{"start_at": ..., "end_at": ..., "brake_at": ...}`` on standard input once it is ready.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.throttle import Throttle
from zhihu_crawler.frontier.throttle.outage import SafeBook
from zhihu_crawler.frontier.throttle.shared import RedisBook

LINES = 4
"""Requests that each worker wants to send at once."""


async def main(told: dict[str, Any]) -> None:
    """Say that it is ready, then ask from one moment of the wall clock to another; brake once between them."""
    name = f"worker-{os.getpid()}"
    throttle = Throttle(SafeBook(RedisBook(connect(told["redis"]), name, "test")), ThrottleConfig(**told["config"]))
    await throttle.state()  # connected before anybody counts
    print("ready", flush=True)  # noqa: T201  # read by the test
    told |= json.loads(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.sleep(told["start_at"] - time.time())
    lines = [asyncio.ensure_future(line(throttle, told["origin"], name)) for _ in range(LINES)]
    if told.get("brake_at"):
        await asyncio.sleep(told["brake_at"] - time.time())
        await throttle.brake("guest", "429", retry_after=told["brake_for"])
        print(time.time(), flush=True)  # noqa: T201  # the same
    await asyncio.sleep(told["end_at"] - time.time())
    for one in lines:
        one.cancel()
    await asyncio.gather(*lines, return_exceptions=True)
    await throttle.close()


async def line(throttle: Throttle, origin: str, name: str) -> None:
    """Send one request after the other; the path says who it was."""
    parts = urlsplit(origin)
    while permit := await throttle.acquire():
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET /robots.txt?{name} HTTP/1.1\r\nHost: www.zhihu.com\r\nConnection: close\r\n\r\n".encode())
        begun = time.monotonic()
        await reader.read()
        writer.close()
        throttle.note_latency(time.monotonic() - begun, is_good=True)
        await throttle.note_good(permit)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
