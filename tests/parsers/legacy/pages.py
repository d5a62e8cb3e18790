"""Pages of 2015/16 as short as they can be, and how they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhihu_crawler.saved import SavedPage, parse_saved

if TYPE_CHECKING:
    from zhihu_crawler.parsers.result import Parsed

HOME = "https://www.zhihu.com/people/li-bai"


def page(body: str) -> bytes:
    """Lay the frame of such a page around its body."""
    return f'<!DOCTYPE html><html><body class="zhi"><div class="zu-top"></div>{body}</body></html>'.encode()


def profile(body: str) -> bytes:
    """A profile's page."""
    name = '<div class="title-section"><a class="name" href="/people/li-bai">李白</a></div>'
    return page(f'<div class="zm-profile-header">{name}</div>{body}')


def question(wrap: str, around: str = "") -> bytes:
    """A question's page with the element around its answers."""
    title = '<div id="zh-question-title"><h2 class="zm-item-title">?</h2></div>'
    return page(f'<div id="zh-single-question-page" data-urltoken="1">{title}{around}{wrap}</div>')


def answer(id_: int = 2, inner: str = "因为。") -> str:
    """An answer's block."""
    text = f'<div class="zm-item-rich-text"><div class="zm-editable-content">{inner}</div></div>'
    return f'<div class="zm-item-answer" data-atoken="{id_}" data-aid="{id_}">{text}</div>'


def read(body: bytes, url: str = "", *, captured_at: datetime | None = datetime(2016, 3, 2, tzinfo=UTC)) -> Parsed:
    """Read a page."""
    return parse_saved(SavedPage("page.html", body, url, captured_at))
