"""Refusals, farewells and errors: the signals by which a reply says that it is not what was asked for.

Read in this order, because Zhihu sends one status for many meanings (40362, 10003 and 40353 all come as 403, and an
error may come as 200): the error code in the body, then the body, then the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhihu_crawler.errors import Block, BlockedError, GoneError, PageError, SiteError
from zhihu_crawler.parsers.values import read_int

if TYPE_CHECKING:
    from typing import Any

_CODES: Mapping[int, Block] = {
    40362: Block.RATE,  # MediaCrawler, fxzhihu: temporary, the session is still good
    40352: Block.BROWSER,  # fxzhihu: captcha behind /account/unhuman
    40353: Block.LOGIN,  # zhihu-plus-plus: "log in to see more"
    10003: Block.BROWSER,  # RSSHub, fxzhihu: wants the site's own signature
    100: Block.LOGIN,  # stored reply of /api/v4/me
    101: Block.LOGIN,  # MediaCrawler: ZERR_NOT_LOGIN
    602: Block.LOGIN,  # comment_v5
    120017: Block.ACCOUNT,  # zhihu-oauth: the asking account is restricted
}
_GONE_CODES = frozenset({404, 4041})
_ADVICE: Mapping[Block, str] = {
    Block.RATE: "too many requests: slow down and come back later, the session is still good",
    Block.LOGIN: "the site wants a logged-in session",
    Block.BROWSER: "only a person's own browser passes here",
    Block.ACCOUNT: "the account that asks is restricted",
}
_PAGE_SIGNS: tuple[tuple[bytes, Block], ...] = (
    (b'id="zh-zse-ck"', Block.BROWSER),  # JavaScript challenge, stored page of 2026
    (b"zse-ck/v", Block.BROWSER),
    ("被知乎反作弊系统限制".encode(), Block.RATE),  # pages of 2016
    (b"unblock-dialog-template", Block.RATE),
    (b'"appName":"unhuman"', Block.BROWSER),
)
_WASTELAND = "你似乎来到了没有知识存在的荒原".encode()
"""What a page says when a thing is gone; some blocks say the same, so the status has to agree."""
_HEAD = 4096
"""A challenge page is small, and says what it is at its beginning; an answer may quote any of these signs."""
_SMALL = 20_000


def find_block(status: int, path: str, body: bytes, data: object) -> PageError | None:
    """Say how a reply refuses, ``None`` when it does not.

    Args:
        status: HTTP status, after redirects.
        path: path of the address that answered, after redirects: a log-in wall shows there.
        body: the reply as it came.
        data: the decoded JSON of an API reply, ``None`` for a page.
    """
    return _of_error_object(data, status) or _of_path(path) or _of_page(status, body, data) or _of_status(status, path)


def blocked(block: Block, detail: str, code: int | None = None) -> BlockedError:
    """Make the error for a refusal, with what it means for a person."""
    return BlockedError(block, f"{detail}: {_ADVICE[block]}", code=code)


def _of_error_object(data: object, status: int) -> PageError | None:
    if not isinstance(data, Mapping):
        return None
    error = data.get("error")
    if isinstance(error, Mapping):
        return _of_code(error, status)
    if set(data) == {"HitLabels"}:  # search_v3 without the site's signature
        return blocked(Block.BROWSER, f"HTTP {status} with HitLabels alone")
    return None


def _of_code(error: Mapping[str, Any], status: int) -> PageError:
    message = str(error.get("message") or error.get("name") or "no message")[:200]
    try:
        code = read_int(error.get("code"))
    except ValueError:
        code = None
    said = f"code {code} ({message})"
    if code is not None and code in _CODES:
        return blocked(_CODES[code], said, code)
    if "unhuman" in str(error.get("redirect", "")):
        return blocked(Block.BROWSER, said, code)
    if error.get("need_login") is True:
        return blocked(Block.LOGIN, said, code)
    if code in _GONE_CODES or status in (404, 410) or error.get("name") == "NotFoundError":
        return GoneError(f"gone: {said}")
    if status == 429:
        return blocked(Block.RATE, said, code)
    return SiteError(f"the site says {said}, HTTP {status}", code=code)


def _of_path(path: str) -> PageError | None:
    if path.startswith(("/signin", "/signup", "/login")):
        return blocked(Block.LOGIN, f"sent to {path}")
    if path.startswith(("/account/unhuman", "/anticrawl")):
        return blocked(Block.BROWSER, f"sent to {path}")
    return None


def _of_page(status: int, body: bytes, data: object) -> PageError | None:
    if data is not None:
        return None
    head = body[:_HEAD] if len(body) > _SMALL else body
    for sign, block in _PAGE_SIGNS:
        if sign in head:
            return blocked(block, f"HTTP {status} with {sign.decode()}")
    if status in (404, 410) or (b"js-initialData" not in body and _WASTELAND in body):
        return GoneError(f"gone: HTTP {status}, no such page (or it is kept from us: the site words both alike)")
    return None


def _of_status(status: int, path: str) -> PageError | None:
    if status < 400:
        return None
    if status in (404, 410):
        return GoneError(f"gone: HTTP {status} at {path}")
    if status == 429:
        return blocked(Block.RATE, "HTTP 429")
    if status == 401:
        return blocked(Block.LOGIN, "HTTP 401")
    if status == 403:
        return blocked(Block.BROWSER, "HTTP 403 without an error code")
    return SiteError(f"HTTP {status} at {path}", code=None)
