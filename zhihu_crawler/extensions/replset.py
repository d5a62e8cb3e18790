"""Watches the replica set while a crawl runs, because a secondary can be dead for weeks and nobody knows."""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from zhihu_crawler.config import HealthConfig, StoreConfig
from zhihu_crawler.extensions._incidents import Change, Event, Incidents
from zhihu_crawler.extensions._repeating import Repeating
from zhihu_crawler.extensions._webhook import Webhook, WebhookError
from zhihu_crawler.storage.health import Report, Verdict, assess, look
from zhihu_crawler.storage.health.side_by_side import in_daemon
from zhihu_crawler.storage.health.words import span

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
CONFIRM_SECONDS = 2.0
"""A second look follows so soon on a first sight: an election is not told as the end of the world."""
_CLOSE_SECONDS = 5.0
_STATS = "zhihu/replset"


class ReplicaSetWatch:
    """Looks at the set every minute, in a thread of its own, and tells what is wrong: log, stats, webhook.

    Whatever happens here never ends or holds up a crawl.
    """

    def __init__(self, crawler: Crawler, store: StoreConfig, health: HealthConfig) -> None:
        assert crawler.stats
        self._crawler, self._stats = crawler, crawler.stats
        self._store, self._health = store, health
        self._incidents = Incidents(repeat=health.repeat, hold=health.interval)
        self._webhook = Webhook(health.webhook, self._delivered) if health.webhook else None
        self._looking = Repeating(self._look_on)
        self._looks = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, where there is a store and the watch is not switched off."""
        health, store = HealthConfig.from_settings(crawler.settings), StoreConfig.from_settings(crawler.settings)
        if store is None:
            raise NotConfigured  # without a word: that is how most crawls are
        if not health.interval:
            raise NotConfigured("MONGODB_HEALTH_SECONDS is 0")
        extension = cls(crawler, store, health)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin to look, at once."""
        self._looking.start()

    async def closed(self) -> None:
        """End; messages on their way have a few seconds yet."""
        await self._looking.stop()
        if self._webhook:
            await self._webhook.close(_CLOSE_SECONDS)

    async def _look_on(self) -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            await self._look()
        except Exception:
            self._stats.inc_value(f"{_STATS}/errors")
            logger.exception("The replica set could not be looked at; the crawl goes on")
        pause = min(CONFIRM_SECONDS, self._health.interval)
        if not self._incidents.is_settling:
            pause = self._health.interval - (loop.time() - begun)
        return max(0.01, pause)

    async def _look(self) -> None:
        report = await in_daemon(self._ask)
        self._looks += 1
        self._count(report)
        if self._looks == 1:
            self._greet(report)
        for event in self._incidents.update(report, asyncio.get_running_loop().time()):
            self._tell(event, report)

    def _ask(self) -> Report:
        return assess(look(self._store, seconds=self._health.timeout), lag_limit=self._health.lag)

    def _count(self, report: Report) -> None:
        """Keep the last look in the stats, and how many looks found what."""
        self._stats.inc_value(f"{_STATS}/looks")
        self._stats.inc_value(f"{_STATS}/looks/{report.verdict}")
        self._stats.set_value(f"{_STATS}/verdict", str(report.verdict))
        self._stats.set_value(f"{_STATS}/members", len(report.members))
        self._stats.set_value(f"{_STATS}/members_up", sum(1 for member in report.members if member.is_up))
        lags = [member.excess_lag for member in report.members if member.excess_lag is not None]
        if lags:
            self._stats.set_value(f"{_STATS}/lag_seconds", max(lags))
            self._stats.max_value(f"{_STATS}/lag_seconds/max", max(lags))

    def _greet(self, report: Report) -> None:
        if report.verdict is Verdict.GOOD:
            margin = f", {report.majority.margin} more may fail" if report.majority else ""
            logger.info(
                "%s is good: %d members, primary %s%s", _name(report), len(report.members), report.primary, margin
            )
        for note in report.notes:
            logger.info("%s: %s", _name(report), note)

    def _tell(self, event: Event, report: Report) -> None:
        condition, text = event.reason.condition, words(event)
        self._stats.inc_value(f"{_STATS}/{event.change}/{condition}")
        level = logging.INFO
        if event.change in (Change.FOUND, Change.LASTS):
            level = logging.ERROR if condition.verdict is Verdict.DOWN else logging.WARNING
        logger.log(level, "%s: %s", _name(report), text)
        if self._webhook and event.change is not Change.PASSED:
            spider = self._crawler.spider.name if self._crawler.spider else None
            self._webhook.send(message(event, report, spider))

    def _delivered(self, error: WebhookError | None) -> None:
        self._stats.inc_value(f"{_STATS}/webhook/{'failed' if error else 'sent'}")
        if error:
            logger.warning("The webhook at %s did not take a message: %s", self._health.safe_webhook, error)


def _name(report: Report) -> str:
    return f"Replica set {report.set_name}" if report.set_name else "MongoDB"


def words(event: Event) -> str:
    """Say an event in a sentence."""
    who = event.reason.member or "the set"
    again = f" ({event.times} times of late)" if event.times > 1 else ""
    if event.change is Change.LASTS:
        return f"for {span(event.seconds)} now: {event.reason.text}"
    if event.change is Change.RECOVERED:
        return f"{who} is well again after {span(event.seconds)}{again}; it was: {event.reason.condition}"
    if event.change is Change.PASSED:
        return f"for a moment: {event.reason.text}"
    return f"{event.reason.text}{again}"


def message(event: Event, report: Report, spider: str | None) -> dict[str, Any]:
    """Return what the webhook is sent. ``key`` is the same for all messages on one subject, from whichever crawl."""
    reason = event.reason
    return {
        "text": f"{_name(report)}: {words(event)}",
        "event": str(event.change),
        "key": f"zhihu_crawler/{report.set_name or 'mongodb'}/{reason.member or 'set'}",
        "condition": str(reason.condition),
        "severity": str(Verdict.GOOD if event.change is Change.RECOVERED else reason.condition.verdict),
        "verdict": str(report.verdict),
        "set": report.set_name,
        "member": reason.member,
        "seconds": round(event.seconds),
        "times": event.times,
        "spider": spider,
        "host": socket.gethostname(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
