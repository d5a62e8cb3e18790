"""Asks the site who a session is: once at the start of a crawl, and whenever somebody suspects that it has expired."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import orjson
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from zhihu_crawler.sessions.pool import SESSION
from zhihu_crawler.sessions.session import State
from zhihu_crawler.urls import api_url

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from zhihu_crawler.sessions.pool import SessionPool

logger = logging.getLogger(__name__)
CHECK = "zhihu_session_check"
"""Entry of a check's ``meta``: nobody reacts to its reply but whoever asked."""
ME = api_url("me")
_EXPIRED_CODES = frozenset({100, 101})


async def check_all(crawler: Crawler, pool: SessionPool) -> None:
    """Check every session that is not known to have expired, through the throttle, one request each."""
    names = [name for name in pool.names if pool.state(name) is State.GOOD]
    await asyncio.gather(*(check_session(crawler, pool, name) for name in names))


async def check_session(crawler: Crawler, pool: SessionPool, name: str) -> State:
    """Ask the site as a session, keep what it says, and return how the session stands.

    A reply that says nothing of the log-in (a limit, a challenge, a server's error, none at all) changes nothing. A
    session that is limited is not asked about: the site wants less of it, and knows it.
    """
    assert crawler.engine
    if pool.get(name) is None or pool.state(name) is State.LIMITED:
        return pool.state(name)
    meta = {SESSION: name, "zhihu_budget": name, "download_slot": "zhihu.com", CHECK: True, "dont_retry": True}
    try:
        response = await crawler.engine.download_async(Request(ME, meta=meta, dont_filter=True))
    except IgnoreRequest:
        return pool.state(name)
    except Exception as error:  # noqa: BLE001  # whatever a download may raise: it says nothing of the session
        logger.warning("Session %r could not be checked: %s", name, error or type(error).__name__)
        return pool.state(name)
    _learn(pool, name, response)
    return pool.state(name)


def _learn(pool: SessionPool, name: str, response: Response) -> None:
    found = read_me(response)
    if found.get("url_token") or found.get("id"):
        pool.confirm(name, account=found.get("name"), token=found.get("url_token"))
    elif is_logged_out(response.status, found):
        pool.expire(name, "the site does not know it")
    else:
        logger.warning("Session %r could not be checked: the site answered %s.", name, response.status)


def read_me(response: Response) -> dict[str, Any]:
    """Return the object that ``/api/v4/me`` gave, empty where it gave none."""
    try:
        found = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def is_logged_out(status: int, found: dict[str, Any]) -> bool:
    """Say whether a reply means that nobody is logged in: 401, or the code of it in any reply."""
    error = found.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code in _EXPIRED_CODES or (status == 401 and code is None)
