"""Response -> what it means: for the throttle, the sessions, and whoever decides whether it is asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zhihu_crawler.errors import Meaning, PageError
from zhihu_crawler.parsers.blocks import CEILINGS, CUTS, find_block, find_shortfall
from zhihu_crawler.parsers.page import Form
from zhihu_crawler.payload import read_page

if TYPE_CHECKING:
    from scrapy.http import Response

_SMALL = 20_000
"""Refusals that come as 200 are small; a reply that is larger is not read twice."""
_FLAGS = tuple(b'"%s":true' % name.encode() for name in (*CEILINGS, *CUTS))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means: ``signal`` names what told so, ``error`` is what is wrong with it, if anything is."""

    meaning: Meaning
    signal: str = ""
    error: PageError | None = None


def judge(response: Response) -> Verdict:
    """Say what a reply means, by itself; whether a page holds what was asked for shows when it is parsed.

    A large one is looked through for the signs, and only decoded where it has one.
    """
    try:
        if response.status == 200 and len(response.body) > _SMALL and not _has_flag(response.body):
            if error := _error_of_large(response):
                raise error
            return Verdict(Meaning.OK)
        page = read_page(response)
    except PageError as error:
        return Verdict(error.meaning, error.signal, error)
    if page.form is Form.API and (signal := find_shortfall(page.data)):
        return Verdict(Meaning.INCOMPLETE, signal)
    return Verdict(Meaning.OK)


def _has_flag(body: bytes) -> bool:
    return body[:1] == b"{" and any(flag in body for flag in _FLAGS)


def _error_of_large(response: Response) -> PageError | None:
    is_page = response.body[:100].lstrip().startswith(b"<")
    return find_block(200, urlsplit(response.url).path, response.body, None if is_page else {})
