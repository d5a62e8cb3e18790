"""The usual repairs of a text, made in the text: what the site's own editor wrote needs no tree, which costs ten times.

Whatever is not written as that editor writes it is left to the tree.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape, unescape
from string import punctuation
from typing import TYPE_CHECKING
from urllib.parse import quote

from zhihu_crawler.urls import unwrap_link

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_SOURCES = ("data-original", "data-actualsrc")
"""Attributes that hold a picture's address while ``src`` holds a place-holder."""
_ATTRIBUTE = r' [a-z][a-z0-9_-]*="[^"<>]*"'
_IMAGE = re.compile(rf"<img((?:{_ATTRIBUTE})* ?/?>)?")
_LINK = re.compile(rf"<a\b(?!-)((?:{_ATTRIBUTE})* ?>)?")
_ODD = re.compile(r"<(?:!|/?[A-Z])")
_SIZE_AND_ENDING = re.compile(r"(_\w+)?\.\w+(\?.*)?$")


class _OddError(Exception):
    """The text is not written as the site's editor writes."""


def picture_id(get: Callable[[str], str | None]) -> str:
    """Name a picture without host, size and ending, which differ between a picture and its double.

    Args:
        get: gives the value of an attribute of its ``img``.
    """
    address = get("data-original") or get("data-actualsrc") or get("src") or ""
    return _SIZE_AND_ENDING.sub("", address.rpartition("/")[2])


def retouch(html: str) -> str | None:
    """Drop doubles in ``noscript``, give pictures their real sources, unwrap links.

    Returns ``None`` where a tree is needed.
    """
    if _ODD.search(html):
        return None
    try:
        if "<noscript" in html:
            html = _without_doubles(html)
        if any(name in html for name in REAL_SOURCES):
            html = _IMAGE.sub(_with_real_source, html)
        if "link.zhihu.com" in html:
            html = _LINK.sub(_unwrapped, html)
    except _OddError:
        return None
    return html


def _without_doubles(html: str) -> str:
    first, *rest = html.split("<noscript>")
    return first + "".join(map(_without_double, rest))


def _without_double(text: str) -> str:
    """Take out what a ``noscript`` holds that ``text`` begins with: one picture, which stands behind it once more."""
    double, end, behind = text.partition("</noscript>")
    shown = behind[: behind.find(">") + 1]
    if not end or double.count("<") != 1 or not (double.startswith("<img ") and shown.startswith("<img ")):
        raise _OddError
    if not _is_same(double, shown):
        raise _OddError
    return behind


def _is_same(double: str, shown: str) -> bool:
    original = _value(double, "data-original")
    if original and original == _value(shown, "data-original"):
        return True
    return picture_id(partial(_value, double)) == picture_id(partial(_value, shown))


def _value(tag: str, name: str) -> str:
    return tag.partition(f' {name}="')[2].partition('"')[0]


def _with_real_source(found: re.Match[str]) -> str:
    tag = _checked(found)
    original, actual = (_value(tag, name) for name in REAL_SOURCES)
    if not (real := original or actual):
        return tag
    tag = tag.replace(f' data-original="{original}"', "").replace(f' data-actualsrc="{actual}"', "")
    return _with_value(tag, "src", f"https:{real}" if real.startswith("//") else real)


def _unwrapped(found: re.Match[str]) -> str:
    tag = _checked(found)
    href = _value(tag, "href")
    if "link.zhihu.com" not in href:
        return tag
    target = unwrap_link(unescape(href))
    return _with_value(tag, "href", escape(quote(target, safe=punctuation)))  # as libxml2 writes addresses


def _checked(found: re.Match[str]) -> str:
    if found[1] is None:
        raise _OddError
    return found[0]


def _with_value(tag: str, name: str, value: str) -> str:
    if f' {name}="' not in tag:
        raise _OddError
    return tag.replace(f' {name}="{_value(tag, name)}"', f' {name}="{value}"', 1)
