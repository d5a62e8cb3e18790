"""What a request asks for, as a 64-bit mark: by thing where its address names one, else by Scrapy's fingerprint."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

from scrapy.utils.datatypes import LocalCache
from scrapy.utils.request import RequestFingerprinter
from scrapy_redis.dupefilter import RFPDupeFilter

from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

_SAYS_NOTHING = re.compile(r"utm_\w+|share_\w+|source|from|scene|nr|native|is_share_data|theme|columnId|ssr_src|s_r")
"""Parts of a query that say where a reader came from, and nothing of what is asked for."""
_ADDRESSES = 10_000
"""Addresses whose marks are known without working them out again: authors and questions are linked to all the time."""


class Memory:
    """The marks met last, so that a link seen a thousand times asks Redis once; at most twice ``most`` of them."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._new: set[int] = set()
        self._old: set[int] = set()

    def __contains__(self, mark: int) -> bool:
        return mark in self._new or mark in self._old

    def add(self, mark: int) -> None:
        """Remember a mark; the older half is forgotten when the newer is full."""
        self._new.add(mark)
        if len(self._new) >= self._most:
            self._new, self._old = set(), self._new

    def discard(self, mark: int) -> None:
        """Forget a mark."""
        self._new.discard(mark)
        self._old.discard(mark)

    def clear(self) -> None:
        """Forget all: Redis may have lost some of them."""
        self._new, self._old = set(), set()


class FrontierDupeFilter(RFPDupeFilter):  # type: ignore[misc]  # scrapy-redis has no types
    """Knows the marks that are certainly in the seen-set; Redis decides on all others, with the page that found them.

    A question, an answer, a user's profile and so on is one thing however its address is written (host, scheme,
    trailing slash, where the reader came from). A listing or a reply of the API is told apart by its whole address.
    """

    def __init__(self, crawler: Crawler, *, is_aging: bool) -> None:
        super().__init__(server=None, key="", debug=crawler.settings.getbool("DUPEFILTER_DEBUG"))
        self._fingerprinter = crawler.request_fingerprinter
        self._stats = crawler.stats
        self._is_aging = is_aging
        self._marks: LocalCache[str, int] = LocalCache(_ADDRESSES)
        self.memory = Memory()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *, is_aging: bool = False) -> Self:
        """Make it; where marks grow old nothing is remembered here, for only Redis knows their age."""
        return cls(crawler, is_aging=is_aging)

    def request_fingerprint(self, request: Request) -> int:
        """Return the mark of a request, a signed 64-bit number."""
        if not self._is_known_by_address(request):
            return self._work_out(request)
        mark: int | None = self._marks.get(request.url)
        if mark is None:
            mark = self._marks[request.url] = self._work_out(request)
        return mark

    def _is_known_by_address(self, request: Request) -> bool:
        """Say whether the address is all that a mark is made of; a fingerprinter of the user's may look at anything."""
        plain = request.method == "GET" and not request.body and not request.meta.get("verbatim_url")
        return plain and type(self._fingerprinter) is RequestFingerprinter

    def _work_out(self, request: Request) -> int:
        assert self._fingerprinter
        mark = _thing(request) or self._fingerprinter.fingerprint(request)[:8]
        return int.from_bytes(mark, "big", signed=True)

    def request_seen(self, request: Request) -> bool:
        """Say whether a request is known to have been seen; ``False`` is no answer, Redis gives it."""
        return self.request_fingerprint(request) in self.memory

    def learn(self, mark: int) -> None:
        """Remember a mark that Redis has."""
        if not self._is_aging:
            self.memory.add(mark)

    def log(self, request: Request, spider: Spider) -> None:
        """Count a request that was left out, as Scrapy's own filter does."""
        super().log(request, spider)
        self.count_filtered(1)

    def count_filtered(self, requests: int) -> None:
        """Count requests that Redis left out."""
        if self._stats and requests:
            self._stats.inc_value("dupefilter/filtered", requests)

    def open(self) -> None:
        """Nothing to open: the scheduler has the connection."""

    def close(self, reason: str = "") -> None:
        """Keep everything: the seen-set belongs to the crawl, not to this process."""

    def clear(self) -> Any:
        """Forget what is remembered here."""
        self.memory.clear()


def _thing(request: Request) -> bytes | None:
    """Return the mark of the thing whose own page is asked for, ``None`` where it is another page."""
    if request.method != "GET" or request.body or "zhihu" not in request.url:
        return None
    target = read_url(request.url)
    if target is None or target.api or target.listing is not None or not _is_plain(request.url):
        return None
    return hashlib.blake2b(f"{target.kind}:{target.id}".encode(), digest_size=8).digest()


def _is_plain(url: str) -> bool:
    query = url.partition("?")[2].partition("#")[0]
    return all(_SAYS_NOTHING.fullmatch(name) for name, _ in parse_qsl(query, keep_blank_values=True)) if query else True
