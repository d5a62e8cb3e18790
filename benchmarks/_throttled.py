"""A worker that asks a site as often as the shared throttle lets it: a process of ``politeness.py``.

Takes its orders as JSON: the first line of its arguments says what, a line on standard input says when.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.throttle import Permit, Throttle
from zhihu_crawler.frontier.throttle.outage import SafeBook
from zhihu_crawler.frontier.throttle.shared import RedisBook

LINES = 4
"""Requests that each worker wants to send at once."""


async def work(what: dict[str, Any]) -> None:
    """Ask from ``start`` to ``end``; brake once at ``brake``, and tell when it was done."""
    book = SafeBook(RedisBook(connect(what["redis"]), what["name"], "benchmark"))
    throttle = Throttle(book, ThrottleConfig(**what["config"]))
    await throttle.state()
    print("ready", flush=True)
    when = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.sleep(when["start"] - time.time())
    lines = [asyncio.ensure_future(ask(throttle, what["origin"])) for _ in range(LINES)]
    if "brake" in when:
        await asyncio.sleep(when["brake"] - time.time())
        await throttle.brake("guest", "429", retry_after=when["pause"])
        print(time.time(), flush=True)
    await asyncio.sleep(when["end"] - time.time())
    for line in lines:
        line.cancel()
    await asyncio.gather(*lines, return_exceptions=True)
    await throttle.close()


async def ask(throttle: Throttle, origin: str) -> None:
    """Send one request after the other, and tell the throttle what came of it."""
    where = urlsplit(origin)
    while permit := await throttle.acquire():
        begun = time.monotonic()
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(f"GET / HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n\r\n".encode())
        reply = await reader.read()
        writer.close()
        await hear(throttle, permit, reply, time.monotonic() - begun)


async def hear(throttle: Throttle, permit: Permit, reply: bytes, seconds: float) -> None:
    """Do what the retry middleware does."""
    is_good = reply.startswith(b"HTTP/1.1 200")
    throttle.note_latency(seconds, is_good=is_good)
    if is_good:
        await throttle.note_good(permit)
    else:
        asked = re.search(rb"Retry-After: (\d+)", reply)
        await throttle.brake("guest", "429", retry_after=float(asked[1]) if asked else None, permit=permit)


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
