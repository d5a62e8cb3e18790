"""The least that scrapy-playwright needs to open a site's pages; run by ``browser.py`` with ``scrapy runspider``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scrapy

from zhihu_crawler.browser import available
from zhihu_crawler.browser.chromium import launch_options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from scrapy.http import Response


def _options() -> dict[str, Any]:
    found: Path | None = available().chromium
    assert found
    return launch_options(found, headless=True)


class BareSpider(scrapy.Spider):
    """Opens profiles and gives their titles; ``tokens`` and ``origin`` are its arguments."""

    name = "bare"
    tokens: str
    origin: str
    custom_settings: dict[Any, Any] | None = {  # noqa: RUF012  # Scrapy declares it so
        "DOWNLOAD_HANDLERS": {"http": "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"},
        "PLAYWRIGHT_LAUNCH_OPTIONS": _options(),
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 2,
    }

    async def start(self) -> AsyncIterator[Any]:
        """Request every page."""
        for token in self.tokens.split(","):
            yield scrapy.Request(f"{self.origin}/people/{token}", meta={"playwright": True})

    def parse(self, response: Response) -> Iterator[dict[str, str | None]]:
        """Give the page's title."""
        yield {"title": response.css("title::text").get()}
