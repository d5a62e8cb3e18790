"""A worker's side: what it did since its last report goes to Redis, minute by minute."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from zhihu_crawler.errors import Meaning
from zhihu_crawler.fleet.keys import KEPT_SECONDS, ReportKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis.asyncio import Redis

REPLIES = "zhihu/replies/"
LATEST = ("waiting",)
"""Counts that stand for the whole crawl as it is: the last one that is told wins."""


def counts_of(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return what a worker's stats say of pages, items, refusals by meaning, and the requests that wait.

    ``pages`` are replies of the site, of every meaning; ``replies/<meaning>`` those that were no page as asked for.
    """
    counts: Counter[str] = Counter(items=stats.get("item_scraped_count", 0), errors=stats.get("log_count/ERROR", 0))
    for name, count in stats.items():
        if name.startswith(REPLIES):
            meaning = name.removeprefix(REPLIES).partition("/")[0]
            counts["pages"] += count
            if meaning != Meaning.OK:
                counts[f"replies/{meaning}"] += count
    if "zhihu/frontier/waiting" in stats:
        counts["waiting"] = stats["zhihu/frontier/waiting"]
    return dict(counts)


class Reporter:
    """Reports of one worker; told totals, it sends what was added since the last report that Redis took.

    Args:
        client: of Redis.
        spider: whose crawl it is.
        worker: this process's name.
    """

    def __init__(self, client: Redis, spider: str, worker: str) -> None:
        self._client: Any = client
        self._keys, self._worker = ReportKeys(spider), worker
        self._run, self._number = uuid4().hex, 0
        self._sent: Counter[str] = Counter()
        self._pending: tuple[int, dict[str, int], str, str] | None = None

    async def report(self, totals: Mapping[str, int], about: Mapping[str, Any], last_item: float | None = None) -> None:
        """Send a report; what Redis may not have got is sent again first, as it was, so that nothing counts twice.

        Args:
            totals: ``counts_of`` the stats.
            about: what the worker says of itself.
            last_item: when its newest item came, a Unix time.

        Raises:
            RedisError, OSError: Redis did not take it; the next report brings what this one had.
        """
        if self._pending:
            await self._send(self._pending)
        added = {name: count if name in LATEST else count - self._sent[name] for name, count in totals.items()}
        added = {name: count for name, count in added.items() if count or name in LATEST}
        self._number += 1
        newest = "" if last_item is None else str(round(last_item * 1000))
        self._pending = (self._number, added, json.dumps(about, ensure_ascii=False), newest)
        await self._send(self._pending)

    async def _send(self, pending: tuple[int, dict[str, int], str, str]) -> None:
        number, added, about, newest = pending
        keys = [self._keys.worker(self._worker), self._keys.workers, self._keys.minutes]
        told = [part for pair in added.items() for part in pair]
        args = [self._worker, self._run, number, about, newest, KEPT_SECONDS * 1000, *told]
        await self._client.register_script(_script())(keys=keys, args=args)
        self._sent.update({name: count for name, count in added.items() if name not in LATEST})
        self._pending = None


@cache
def _script() -> str:
    return (files("zhihu_crawler.fleet") / "lua" / "report.lua").read_text(encoding="utf-8")
