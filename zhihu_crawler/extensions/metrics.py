"""A port with this worker's stats as Prometheus's metrics text, where METRICS_PORT names one."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Self

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from scrapy import signals
from scrapy.exceptions import NotConfigured

from zhihu_crawler.config._values import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
_ODD = re.compile(r"[^a-zA-Z0-9_]+")


class MetricsPort:
    """Serves the stats in a thread of its own for as long as the crawl lasts; a port that is taken is told."""

    def __init__(self, crawler: Crawler, host: str, port: int) -> None:
        self._crawler, self._host, self._port = crawler, host, port
        self._server: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it, where a port is named."""
        port = int(read_number(crawler.settings, "METRICS_PORT", 0, least=0, most=65535))
        if not port:
            raise NotConfigured  # without a word: that is how most crawls are
        extension = cls(crawler, crawler.settings.get("METRICS_HOST") or "127.0.0.1", port)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin to serve."""
        registry = CollectorRegistry()
        registry.register(StatsCollector(self._crawler))
        try:
            self._server, _ = start_http_server(self._port, self._host, registry)
        except OSError as error:
            logger.warning("METRICS_PORT %s:%s cannot be used: %s", self._host, self._port, error)

    def closed(self) -> None:
        """End."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()


class StatsCollector:
    """Every number among a crawl's stats: ``item_scraped_count`` is ``scrapy_item_scraped_count{spider="answer"}``."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    def collect(self) -> Iterator[Metric]:
        """Give every metric."""
        assert self._crawler.stats
        spider = self._crawler.spidercls.name
        numbers: dict[str, float] = {}
        for name, value in list(self._crawler.stats.get_stats().items()):
            if isinstance(value, int | float) and not name.startswith("zhihu/listing/"):
                numbers.setdefault(f"scrapy_{_ODD.sub('_', name).strip('_').lower()}", float(value))
        for name, number in sorted(numbers.items()):
            family = GaugeMetricFamily(name, name, labels=["spider"])
            family.add_metric([spider], number)
            yield family
