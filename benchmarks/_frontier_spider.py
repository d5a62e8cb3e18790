"""The spider of the frontier's benchmark: a tree of pages, each with so many links to pages that were seen already."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response


class TreeSpider(scrapy.Spider):
    """Page n leads to the pages 2n and 2n + 1, up to ``pages``; its other links lead to pages before it."""

    name = "tree"

    def __init__(self, origin: str, pages: str, links: str, first: str, log: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.origin, self.pages, self.links, self.first = origin, int(pages), int(links), int(first)
        self._log = Path(log).open("w", encoding="ascii", buffering=1 << 20)  # noqa: SIM115  # closed with the process

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Begin at the root."""
        yield self.ask(self.first)

    def ask(self, number: int) -> scrapy.Request:
        """Ask for a page."""
        return scrapy.Request(
            f"{self.origin}/page/{number}?from=tree", callback=self.parse_page, cb_kwargs={"n": number}
        )

    def parse_page(self, response: Response, n: int) -> Iterator[scrapy.Request]:  # noqa: ARG002  # its text says nothing
        """Follow the links, and note when and at which cost."""
        self._log.write(f"{time.time()} {time.process_time()}\n")
        for number in (2 * n, 2 * n + 1):
            if number < self.pages:
                yield self.ask(number)
        for number in range(max(n - self.links, self.first), n):
            yield self.ask(number)

    def closed(self, reason: str) -> None:  # noqa: ARG002  # Scrapy's signature
        """Keep the notes."""
        self._log.close()
