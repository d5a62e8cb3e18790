"""Arguments that came with a seed hold for all requests that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from zhihu_crawler.frontier.seeds import ARGUMENTS

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class SeedArgumentsMiddleware(BaseSpiderMiddleware):
    """Hands ``meta["arguments"]`` on from a reply to the requests that are made of it."""

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        """Hand them on."""
        if response is not None and ARGUMENTS in response.meta:
            request.meta.setdefault(ARGUMENTS, response.meta[ARGUMENTS])
        return request
