"""What a worker does beside its exchanges, now and then: seeds, and what another version could not read."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from zhihu_crawler.frontier.codec import decode
from zhihu_crawler.frontier.link import as_text

if TYPE_CHECKING:
    from scrapy import Spider

    from zhihu_crawler.frontier.link import Link, Reply
    from zhihu_crawler.frontier.seeds import Seeds

logger = logging.getLogger(__name__)
_SEEDS_SECONDS, _SEEDS_LATER_SECONDS = 0.5, 5.0
"""How often seeds are looked for: while little waits in the queue, and while much does."""
_MUCH = 1000
_RESCUE_SECONDS = 10.0
_UNREADABLE_SECONDS = 5.0
_UNREADABLE_AT_ONCE = 200


class Tender:
    """Called after an exchange; ``has_seeds`` is whether some were there when it looked last."""

    def __init__(self, link: Link, seeds: Seeds, spider: Spider) -> None:
        self._link, self._seeds, self._spider = link, seeds, spider
        self._looked: dict[str, float] = {}
        self._not_mine: set[str] = set()
        self.has_seeds = True

    async def tend(self, reply: Reply) -> None:
        """Do what is due."""
        if not reply.mode:
            much = reply.waiting > _MUCH
            if self._is_due("seeds", _SEEDS_LATER_SECONDS if much else _SEEDS_SECONDS):
                taken = await self._seeds.take()
                self.has_seeds = bool(taken) or await self._seeds.left()
                if taken and not much:
                    self._looked.pop("seeds")  # there may be more
            if self.has_seeds and self._is_due("rescue", _RESCUE_SECONDS):
                await self._seeds.rescue()
        if reply.unreadable and self._is_due("unreadable", _UNREADABLE_SECONDS):
            await self._read_again()

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._looked.get(what, -seconds) < seconds:
            return False
        self._looked[what] = now
        return True

    async def _read_again(self) -> None:
        """Revive what a worker of another version put aside and this one can read."""
        client, prefix = self._link.client, self._link.keys.prefix
        found = await client.srandmember(f"{prefix}dead:unreadable", _UNREADABLE_AT_ONCE)
        texts = [as_text(one) for one in found] if isinstance(found, list) else []
        ids = [id_ for id_ in texts if id_ not in self._not_mine]
        if not ids:
            return
        told = await client.hmget(f"{prefix}dead", ids)
        mine = [id_ for id_, dead in zip(ids, told, strict=True) if dead and self._reads(dead)]
        self._not_mine.update(set(ids).difference(mine))
        if mine:
            await self._link.call("revive", *mine)
            logger.info("%s requests that another version of this project could not read wait again", len(mine))

    def _reads(self, dead: bytes | str) -> bool:
        try:
            decode(json.loads(dead)["payload"].encode(), self._spider)
        except (ValueError, KeyError, AttributeError):  # no JSON, no text, or not for this version either
            return False
        return True
