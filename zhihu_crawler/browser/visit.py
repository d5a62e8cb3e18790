"""What is asked of the browser, and what it gives: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from zhihu_crawler.urls import HOSTS, ZHIHU

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[str, ...]
"""Where in which listing a reply of the API begins: ``endpoints.place_in_listing``."""
_ASSETS = (".zhihu.com", ".zhimg.com")
"""Where the site's own scripts lie (stored pages of 2018 to 2026)."""
_UNREAD = frozenset({"image", "media", "font", "manifest", "texttrack", "eventsource"})
"""Kinds of resources, in Playwright's words, that no reader here looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks. Each ``name`` has a browser context of its own, so that cookies of two never mix.

    ``proxy`` is as Playwright takes it: server, username, password.
    """

    name: str
    user_agent: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False, default_factory=dict)
    proxy: Mapping[str, str] | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scroll:
    """How far to scroll: until ``most`` records (``None``: all) of a listing have come.

    ``kind`` is the kind of thing that owns it, ``name`` what the project calls it (``"answers"``).
    """

    kind: str
    name: str
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Open ``url`` and scroll. ``wanted`` is an address of the API whose reply is the answer instead of the page."""

    url: str
    identity: Identity
    scroll: Scroll | None = None
    wanted: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as the site sent it. ``url`` is the canonical address that answered."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Visited:
    """The answer, and what the page fetched besides, by its place.

    ``seconds`` is how long the document took, ``is_full`` that the page was scrolled as far as it may be. ``cookies``
    are those that are new, as Playwright has them.
    """

    reply: Reply
    replies: Mapping[Place, Reply]
    seconds: float
    is_full: bool = False
    cookies: tuple[Mapping[str, object], ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the site really is: itself (``None``), or the sandbox, which a browser asks by its own address."""

    base: str | None = None

    def there(self, url: str) -> str:
        """Return where an address of Zhihu's is to be opened."""
        parts = urlsplit(url)
        if self.base is None or parts.hostname not in HOSTS:
            return url
        return self.base + urlunsplit(("", "", parts.path or "/", parts.query, ""))

    def back(self, url: str) -> str:
        """Return which address of Zhihu's was opened."""
        is_its = self.base is not None and (url == self.base or url.startswith(f"{self.base}/"))
        return ZHIHU + url.removeprefix(self.base or "") if is_its else url

    def is_ours(self, url: str) -> bool:
        """Say whether an address is the site's (its pages, API and scripts), or the sandbox's in its place."""
        parts = urlsplit(url)
        if self.base is not None:
            return f"{parts.scheme}://{parts.netloc}" == self.base
        return parts.scheme == "https" and f".{parts.hostname}".endswith(_ASSETS) and parts.port in (None, 443)

    def may_load(self, url: str, resource: str) -> bool:
        """Say whether a page may load something: what is the site's, and is read."""
        return resource not in _UNREAD and self.is_ours(url)
