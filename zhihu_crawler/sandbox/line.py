"""A line that breaks: half of a reply and the rest late or never, or a reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.app import Answer
    from zhihu_crawler.sandbox.faults import Fault


async def send_badly(request: web.BaseRequest, answer: Answer, fault: Fault) -> web.StreamResponse:
    """Send half of what was promised and the rest late or never, or reset the line."""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    if fault.name == "reset":
        _reset(request)
        return response
    response.content_length = len(answer.body)
    half = len(answer.body) // 2
    await response.prepare(request)
    await response.write(answer.body[:half])
    if fault.name == "slow":
        await asyncio.sleep(fault.argument)
        await response.write(answer.body[half:])
    elif request.transport is not None:
        request.transport.close()
    return response


def _reset(request: web.BaseRequest) -> None:
    """Without lingering a line ends in a reset, not in an orderly close."""
    if request.transport is not None:
        line = request.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
