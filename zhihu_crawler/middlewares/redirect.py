"""Redirects, except those by which the site refuses: asking for the log-in page itself tells nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware

from zhihu_crawler.errors import BlockedError, HiddenError
from zhihu_crawler.verdict import judge

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class WallRedirectMiddleware(RedirectMiddleware):
    """Scrapy's, but a redirect to a log-in, a captcha or the home page is the reply of the request that met it."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # nobody gives the spider
        """Follow it, or leave it as it is."""
        if 300 <= response.status < 400 and isinstance(judge(response).error, BlockedError | HiddenError):
            return response
        return super().process_response(request, response)
