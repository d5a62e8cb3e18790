"""What a spider is given of a page that a browser read: the page's own bytes, and what its script fetched besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.http import TextResponse

from zhihu_crawler.endpoints import place_in_listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy import Request

    from zhihu_crawler.browser.visit import Place, Reply


class BrowserResponse(TextResponse):
    """A reply as the site sent it, whatever its page has become in the browser since.

    ``replies`` are those of the API that the page fetched itself, by their places; ``is_full`` says that it was
    scrolled as far as it may be.
    """

    attributes: tuple[str, ...] = (*TextResponse.attributes, "replies", "is_full")

    def __init__(
        self, *args: Any, replies: Mapping[Place, Reply] | None = None, is_full: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_full = is_full
        self.replies = replies if isinstance(replies, dict) else dict(replies or {})

    def reply_to(self, request: Request) -> BrowserResponse | None:
        """Take out the reply to a request that the page has asked already, ``None`` where it has not."""
        place = place_in_listing(request.url) if self.replies and request.method == "GET" else None
        found = self.replies.pop(place, None) if place else None
        if found is None:
            return None
        return make_response(found, request, url=request.url, replies=self.replies, is_full=self.is_full)


def make_response(
    reply: Reply,
    request: Request,
    *,
    url: str = "",
    replies: Mapping[Place, Reply] | None = None,
    is_full: bool = False,
) -> BrowserResponse:
    """Make the response of a reply."""
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers:
        headers.setdefault(name, []).append(value)
    return BrowserResponse(
        url or reply.url,
        status=reply.status,
        headers=headers,
        body=reply.body,
        request=request,
        replies=replies,
        is_full=is_full,
        flags=["browser"],
    )
