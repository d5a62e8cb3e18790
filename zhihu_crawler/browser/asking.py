"""What a request says about the browser in its ``meta``: plain values, so that any queue can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.endpoints import showing_page
from zhihu_crawler.parsers.api import LISTING_NAMES
from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from scrapy import Request

FETCH = "zhihu_fetch"
"""Entry of ``meta``: ``"browser"`` or ``"http"``, where the request is not asked for as ZHIHU_FETCH says."""
SCROLL = "zhihu_scroll"
"""Entry of ``meta``: ``Scroll``'s fields, for a page that a browser shall scroll."""
WANTED = "zhihu_wanted"
"""Entry of ``meta``: the address of the API whose reply is the answer, while a page that asks for it is opened."""
ALONE = "zhihu_alone"
"""Entry of ``meta``: the listing's page was scrolled as far as it may be; what follows is opened by its own address."""
_REDIRECTED = ("redirect_urls", "redirect_times", "redirect_reasons", "redirect_ttl")


def scrolled(request: Request, name: str, most: int | None) -> Request:
    """Have a page scrolled until so many records (``None``: all) of its listing have come, where a browser reads it."""
    target = read_url(request.url)
    assert target
    request.meta[SCROLL] = {"kind": target.kind, "name": name, "most": most}
    return request


def in_browser(request: Request) -> Request:
    """Return a request to ask for in the browser: one for a listing opens the page that shows it."""
    url = (request.meta.get("redirect_urls") or [request.url])[0]
    meta = {name: value for name, value in request.meta.items() if name not in _REDIRECTED}
    again = request.replace(url=url, meta=meta | {FETCH: "browser", "dont_cache": True}, dont_filter=True)
    page, target = showing_page(url), read_url(url)
    if page is None or target is None or ALONE in meta:
        return again
    walk = request.cb_kwargs.get("walk") or {"limit": 0, "got": 0}
    most = None if walk["limit"] is None else max(walk["limit"] - walk["got"], 0)
    again.meta[WANTED] = url
    return scrolled(again.replace(url=page), LISTING_NAMES[target.listing or ""], most)
