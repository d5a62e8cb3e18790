"""What a reply means: the one table of the signals by which Zhihu refuses, takes leave, errs, or gives less.

Read in this order, because one status has many meanings (40362, 10003 and 40353 all come as 403, and an error may come
as 200): the error code in the body, then the rest of the body and where the reply leads, then the status. Where each
signal was seen stands beside it; docs/blocks.md says what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhihu_crawler.errors import Block, BlockedError, GoneError, HiddenError, OverloadedError, PageError, SiteError
from zhihu_crawler.parsers.values import read_int

if TYPE_CHECKING:
    from typing import Any

Kind = Block | type[PageError]
CODES: Mapping[int, Kind] = {
    40362: Block.RATE,  # MediaCrawler, fxzhihu: temporary, the session is still good
    40352: Block.BROWSER,  # fxzhihu: captcha behind /account/unhuman
    40353: Block.LOGIN,  # zhihu-plus-plus: "log in to see more"
    10003: Block.BROWSER,  # RSSHub, fxzhihu: wants the site's own signature
    100: Block.LOGIN,  # stored reply of /api/v4/me
    101: Block.LOGIN,  # MediaCrawler: ZERR_NOT_LOGIN
    602: Block.LOGIN,  # comment_v5
    120017: Block.ACCOUNT,  # zhihu-oauth: the asking account is restricted
    4041: GoneError,  # fxzhihu: NotFoundError
    404: GoneError,
}
"""``error.code``."""
NAMES: Mapping[str, Kind] = {
    "NotFoundError": GoneError,
    "AuthenticationInvalidRequest": Block.LOGIN,
    "ZERR_NOT_LOGIN": Block.LOGIN,
}
"""``error.name`` or ``error.message`` where the code is not known."""
WORDS: Mapping[str, tuple[str, Kind]] = {
    "被反作弊限制": ("user-limited", HiddenError),  # zhihu-oauth: the user who was asked for is banned for a time
}
"""Within ``error.message`` where the code is not known."""
PATHS: Mapping[str, tuple[str, Kind]] = {
    "/signin": ("login-redirect", Block.LOGIN),
    "/signup": ("login-redirect", Block.LOGIN),
    "/login": ("login-redirect", Block.LOGIN),
    "/account/unhuman": ("unhuman-redirect", Block.BROWSER),
    "/anticrawl": ("unhuman-redirect", Block.BROWSER),
}
"""Beginning of the path that answered, or that the reply leads to."""
PAGES: Mapping[bytes, tuple[str, Kind]] = {
    b'id="zh-zse-ck"': ("zse-ck", Block.BROWSER),  # JavaScript challenge, stored page of 2026
    b"zse-ck/v": ("zse-ck", Block.BROWSER),
    "被知乎反作弊系统限制".encode(): ("legacy-block", Block.RATE),  # pages of 2016
    b"unblock-dialog-template": ("legacy-block", Block.RATE),
    b'"appName":"unhuman"': ("unhuman", Block.BROWSER),  # has a state of 9 KB, without what was asked for
    b'"subAppName":"unhuman"': ("unhuman", Block.BROWSER),
    b'class="SignContainer-content"': ("signin", Block.LOGIN),  # stored page of 2021
}
"""At the beginning of a page, or anywhere in a small one."""
WASTELAND = "你似乎来到了没有知识存在的荒原".encode()
"""What a page says when a thing is gone, folded away or kept from us; whatever its status, it proves nothing."""
STATUSES: Mapping[int, Kind] = {
    401: Block.LOGIN,
    403: Block.BROWSER,
    404: GoneError,
    408: OverloadedError,
    410: GoneError,
    429: Block.RATE,
}
"""The rest of a reply says nothing; 500 to 599 are a server in trouble."""
LOGGED_OUT = frozenset({"code-100", "code-101", "401"})
"""Signals of ``Block.LOGIN`` that say outright that nobody is logged in; the others want it for this one thing."""
CEILINGS = ("need_force_login", "anti_spider")
"""In ``paging``, or a listing's part of a state: the site wants a log-in for more of it."""
CUTS = ("content_need_truncated", "force_login_when_click_read_more")
"""In a thing: its text is cut short for who is not logged in, or has not paid."""
_ADVICE: Mapping[Kind, str] = {
    Block.RATE: "too many requests: slow down and come back later, the session is still good",
    Block.LOGIN: "the site wants a logged-in session",
    Block.BROWSER: "only a person's own browser passes here",
    Block.ACCOUNT: "the account that asks is restricted",
    GoneError: "gone: deleted, or never there",
    HiddenError: "not found, or kept from us: the site words both alike",
    OverloadedError: "a server of the site's is in trouble",
    SiteError: "an error that is not known here",
}
_HEAD = 4096
"""A challenge page is small, and says what it is at its beginning; an answer may quote any of these signs."""
_SMALL = 20_000


def find_block(status: int, path: str, body: bytes, data: object) -> PageError | None:
    """Say what a reply is in place of what was asked for, ``None`` where it may well be that.

    Args:
        status: HTTP status.
        path: path of the address that answered; of a redirect, where it leads.
        body: the reply as it came.
        data: the decoded JSON of an API reply, ``None`` for a page.
    """
    return _of_error_object(data, status) or _of_path(path) or _of_page(status, body, data) or _of_status(status, path)


def find_shortfall(data: object) -> str | None:
    """Say by which signal a sound reply of the API gives less than there is, ``None`` where it does not tell."""
    if not isinstance(data, Mapping):
        return None
    paging, records = data.get("paging"), data.get("data")
    if isinstance(paging, Mapping):
        if any(paging.get(name) is True for name in CEILINGS):
            return "need-force-login"
        if records == [] and paging.get("is_start") is not False and _counts(paging.get("totals")):
            return "force-login"
    found = records if isinstance(records, list) else [data]
    return "truncated-content" if any(_is_cut(record) for record in found) else None


def _counts(totals: object) -> bool:
    return isinstance(totals, int) and totals > 0


def _is_cut(thing: object) -> bool:
    if not isinstance(thing, Mapping):
        return False
    return (
        any(thing.get(name) is True for name in CUTS) or _is_cut(thing.get("target")) or _is_cut(thing.get("content"))
    )


def _error(kind: Kind, detail: str, signal: str, code: int | None = None) -> PageError:
    """Make the error, with what it means for a person."""
    told = f"{detail}: {_ADVICE[kind]}"
    if isinstance(kind, Block):
        return BlockedError(kind, told, code=code, signal=signal)
    return kind(told, code=code, signal=signal)


def _of_error_object(data: object, status: int) -> PageError | None:
    if not isinstance(data, Mapping):
        return None
    error = data.get("error")
    if isinstance(error, Mapping):
        return _of_code(error, status)
    if set(data) == {"HitLabels"}:  # search_v3 without the site's signature
        return _error(Block.BROWSER, f"HTTP {status} with HitLabels alone", "hit-labels")
    return None


def _of_code(error: Mapping[str, Any], status: int) -> PageError:
    message = str(error.get("message") or error.get("name") or "no message")[:200]
    try:
        code = read_int(error.get("code"))
    except ValueError:
        code = None
    signal, kind = _kind_of(code, error, status)
    return _error(kind, f"code {code} ({message})", signal, code)


def _kind_of(code: int | None, error: Mapping[str, Any], status: int) -> tuple[str, Kind]:
    """By the code; where that is not known by the rest of the error, then by the status."""
    signal, said = str(status) if code is None else f"code-{code}", str(error.get("message"))
    if code is not None and code in CODES:
        return signal, CODES[code]
    if "unhuman" in str(error.get("redirect", "")):
        return signal, Block.BROWSER
    if error.get("need_login") is True:
        return signal, Block.LOGIN
    if (name := next((name for name in NAMES if name in (said, error.get("name"))), None)) is not None:
        return signal, NAMES[name]
    if (words := next((words for words in WORDS if words in said), None)) is not None:
        return WORDS[words]
    return signal, SiteError if status in (401, 403) else _kind_of_status(status)  # whose meaning nobody knows yet


def _kind_of_status(status: int) -> Kind:
    return OverloadedError if 500 <= status < 600 else STATUSES.get(status, SiteError)


def _of_path(path: str) -> PageError | None:
    for start, (signal, kind) in PATHS.items():
        if path.startswith(start):
            return _error(kind, f"sent to {path}", signal)
    return _error(HiddenError, "sent to the home page", "home-redirect") if path == "/" else None


def _of_page(status: int, body: bytes, data: object) -> PageError | None:
    if data is not None:
        return None
    head = body[:_HEAD] if len(body) > _SMALL else body
    for sign, (signal, kind) in PAGES.items():
        if sign in head:
            return _error(kind, f"HTTP {status} with {sign.decode()}", signal)
    if WASTELAND in body and b"js-initialData" not in body:
        return _error(HiddenError, f"HTTP {status}, {WASTELAND.decode()}", "wasteland")
    return None


def _of_status(status: int, path: str) -> PageError | None:
    if status < 400:
        return None
    return _error(_kind_of_status(status), f"HTTP {status} at {path}", str(status))
