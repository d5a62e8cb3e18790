"""``scrapy status --prometheus``: the same as metrics text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from zhihu_crawler.commands._status import SpiderStatus, Status

_VERDICTS = {"good": 0, "degraded": 1, "down": 2}


def as_metrics(status: Status) -> str:
    """Return it in Prometheus's text format. Counts of minutes are gauges of the last hour: they are kept no longer."""
    registry = CollectorRegistry()
    registry.register(_Collector(status))
    return generate_latest(registry).decode()


class _Collector:
    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Give every metric."""
        yield from _spiders(self._status.spiders)
        yield _of(
            "zhihu_throttle_rate",
            "Requests a second that a budget allows",
            {budget.budget: budget.rate for budget in self._status.budgets},
            "budget",
        )
        yield _of(
            "zhihu_throttle_paused_seconds",
            "Seconds that a budget is paused for yet",
            {budget.budget: max(budget.paused, 0) for budget in self._status.budgets},
            "budget",
        )
        yield _of("zhihu_sessions", "Sessions by state", Counter((self._status.sessions or {}).values()), "state")
        if self._status.store:
            verdict = _VERDICTS[str(self._status.store.verdict)]
            yield GaugeMetricFamily("zhihu_store_verdict", "0 good, 1 degraded, 2 down", value=verdict)
        if self._status.spooled is not None:
            yield GaugeMetricFamily("zhihu_spool_files", "Files of items that wait", value=self._status.spooled)
        yield _of(
            "zhihu_schedule_last_run_timestamp_seconds",
            "When the last run of a schedule ended",
            {one.name: one.last.timestamp() for one in self._status.schedules or () if one.last},
            "schedule",
        )
        yield GaugeMetricFamily("zhihu_status_troubles", "What could not be seen", value=len(self._status.troubles))


def _spiders(spiders: dict[str, SpiderStatus]) -> Iterator[Metric]:
    crawls = {name: spider.crawl for name, spider in spiders.items() if spider.crawl}
    for word, what in (
        ("waiting", "Requests that wait"),
        ("seen", "Requests ever seen"),
        ("dead", "Requests put aside"),
    ):
        yield _of(f"zhihu_queue_{word}", what, {name: getattr(crawl, word) for name, crawl in crawls.items()}, "spider")
    leased = {name: sum(worker.leased for worker in crawl.workers) for name, crawl in crawls.items()}
    yield _of("zhihu_queue_leased", "Requests that workers have in hand", leased, "spider")
    reports = {name: spider.report for name, spider in spiders.items()}
    alive = {name: sum(worker.is_alive for worker in report.workers) for name, report in reports.items()}
    yield _of("zhihu_workers_alive", "Workers that run and report", alive, "spider")
    for word in ("pages", "items", "errors"):
        sums = {name: sum(getattr(one, word) for one in report.minutes) for name, report in reports.items()}
        yield _of(f"zhihu_{word}_last_hour", f"{word.capitalize()} of the last hour", sums, "spider")
    replies = GaugeMetricFamily(
        "zhihu_replies_last_hour", "Replies that were no page, by meaning", labels=["spider", "meaning"]
    )
    for name, report in reports.items():
        sums_by_meaning = sum((Counter(minute.replies) for minute in report.minutes), Counter[str]())
        for meaning, count in sums_by_meaning.items():
            replies.add_metric([name, meaning], count)
    yield replies


def _of(name: str, what: str, values: Mapping[str, float], label: str) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
