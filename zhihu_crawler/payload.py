"""Response -> what it holds, or the PageError that says why it holds nothing.

The state of a page is cut out of its bytes and decoded without building the page's tree, which is most of the work
that a page costs otherwise.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.blocks import find_block
from zhihu_crawler.parsers.browsers import json_within
from zhihu_crawler.parsers.legacy import is_legacy, unquote_fragment
from zhihu_crawler.parsers.mend import blank_controls, load_json, to_utf8
from zhihu_crawler.parsers.page import Form, Page
from zhihu_crawler.parsers.zhuanlan import looks_like_zhuanlan

if TYPE_CHECKING:
    from scrapy.http import Response

MAX_BYTES = 64 * 1024 * 1024
"""No page of Zhihu's is near this; what is larger is not read, so that it costs one page and not the process."""
_STATE = re.compile(rb"<script\b[^<>]{0,500}\bid=[\"']?js-initialData[\"']?[^<>]{0,500}>")
_PLAIN_STATE = b'<script id="js-initialData" type="text/json">'
_DATA_STATE = re.compile(rb"\bdata-state=(?P<quote>[\"'])")
_BARE_STATE = re.compile(rb"<body[^<>]{0,2000}>\s*(?=\{&quot;)")
"""A page of which only the escaped state was saved, as text."""
_PRELOADED = re.compile(rb"<textarea\b[^<>]{0,500}\bid=[\"']?preloadedState[\"']?[^<>]{0,500}>")
_NEW_DATE = re.compile(r"\bnew Date\((\"[^\"\\]*\")\)")
_WRAPPINGS = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
"""What saved pages have around their state. Tags are looked for within bounds, so that no page takes for ever."""


def read_page(response: Response) -> Page:
    """Say what a response holds.

    Raises:
        BlockedError, GoneError, SiteError: it is a refusal, a farewell, an error.
        DamagedPageError: it is cut short, or too large.
        LayoutUnknownError: it is nothing of Zhihu's.
    """
    return read_body(response.body, url=response.url, status=response.status)


def read_body(body: bytes, *, url: str = "", status: int = 200) -> Page:
    """Say what the bytes of a reply hold; see ``read_page``."""
    where = url or "this file"
    if len(body) > MAX_BYTES:
        raise DamagedPageError(f"{where} has {len(body):,} bytes, more than the {MAX_BYTES:,} that are read")
    if (state := _plain_state(body)) is not None:
        if error := find_block(status, urlsplit(url).path, body, None):
            raise error
        return Page(Form.STATE, state, body)
    body = to_utf8(body).strip()
    if body.startswith(b"<") and (reply := json_within(body)) is not None:
        body = reply
    data = _read_json(body, where, status) if body[:1] in (b"{", b"[") and not _is_escaped(body) else None
    if error := find_block(status, urlsplit(url).path, body, data):
        raise error
    if not body:
        raise DamagedPageError(f"{where} is empty (HTTP {status})")
    return _page_of_json(data) if data is not None else _page_of_html(body, where)


def _plain_state(body: bytes) -> dict[str, Any] | None:
    """The state of a page that is written as the site writes it, found without a look at the rest of the page.

    ``None`` means that the page has to be looked at with care. The JSON reader refuses what is no UTF-8.
    """
    start = body.find(_PLAIN_STATE)
    end = body.find(b"</script>", start)
    if start < 0 or end < 0:
        return None
    try:
        state = orjson.loads(memoryview(body)[body.index(b">", start) + 1 : end])
    except orjson.JSONDecodeError:
        return None
    return state if isinstance(state, dict) else None


def _read_json(body: bytes, where: str, status: int) -> Any:
    try:
        return load_json(body)
    except orjson.JSONDecodeError as error:
        if status >= 400:
            return None  # the status says enough
        raise DamagedPageError(f"{where} is no whole JSON: {error}; the reply was cut short") from error


def _page_of_json(data: Any) -> Page:
    if isinstance(data, dict):
        root = data.get("initialState", data)
        if isinstance(root, dict) and isinstance(root.get("entities"), dict):
            return Page(Form.STATE if root is not data or _is_state_of_2018(root) else Form.DATA_STATE, data)
        if ("r" in data and "msg" in data) or "payload" in data:
            return Page(Form.AJAX, data)
    if looks_like_zhuanlan(data):
        return Page(Form.ZHUANLAN, data)
    return Page(Form.API, data)


def _is_state_of_2018(root: dict[str, Any]) -> bool:
    """States since 2018 have a ``common`` part; those of 2017 do not (stored pages)."""
    return "common" in root


def _is_escaped(body: bytes) -> bool:
    """A column's page of 2017 that was saved from its state on."""
    return body.startswith(b"{&quot;")


def _page_of_html(body: bytes, where: str) -> Page:
    body = blank_controls(body)
    if _is_escaped(body) and (found := _PRELOADED.search(body)):
        return _page_of_preloaded(body, found.end(), where)
    if found := _STATE.search(body):
        return _page_of_state(body, found.end(), where)
    if not body.startswith(b"<"):
        if (fragment := unquote_fragment(body.decode())) is not None:
            return _page_of_piece(fragment.encode(), where)
        raise LayoutUnknownError(f"{where} is neither a page nor a reply: it begins {body[:40]!r}")
    if not re.match(rb"<(?:!doctype|html|\?xml|!--)", body, re.IGNORECASE):
        return _page_of_piece(body, where)
    if not _is_whole(body):
        raise DamagedPageError(f"{where} ends without </html>: the page was cut short after {len(body):,} bytes")
    return _page_of_whole_html(body, where)


def _page_of_piece(body: bytes, where: str) -> Page:
    """Nothing says where a piece of a page ends: blocks that are left open tell that it was cut short."""
    still_open = body.count(b"<div") - body.count(b"</div>")
    if still_open <= 0:
        return Page(Form.FRAGMENT, body=body)
    fault = DamagedPageError(
        f"{where} leaves {still_open} blocks open: the piece was cut short, what it shows last may be too"
    )
    return Page(Form.FRAGMENT, body=body, fault=fault)


def _page_of_state(body: bytes, start: int, where: str) -> Page:
    """A whole state needs no whole page around it; a whole page whose state was spoilt still shows something."""
    try:
        raw = _unwrapped(_until(body, start, b"</script>", where))
        if raw.startswith(b"{&quot;"):
            raw = unescape(raw.decode()).encode()
        return Page(Form.STATE, _read_state(raw, where), body)
    except DamagedPageError as error:
        if not _is_whole(body):
            raise
        return Page(Form.MODERN, body=body, fault=error)


def _unwrapped(raw: bytes) -> bytes:
    raw = raw.strip()
    for begin, end in _WRAPPINGS:
        raw = raw.removeprefix(begin).removesuffix(end)
    return raw.strip()


def _is_whole(body: bytes) -> bool:
    """A page that was saved from a browser's tree may lack its body's tags; then it ends with all its blocks closed."""
    if body.rfind(b"</html>", -65536) >= 0 or b"</html>" in body[-65536:].lower():
        return True
    is_tree = b"<body" not in body and body.endswith(b"</div>")
    return is_tree and body.count(b"<div") <= body.count(b"</div>")


def _page_of_whole_html(body: bytes, where: str) -> Page:
    if found := _PRELOADED.search(body):
        return _page_of_preloaded(body, found.end(), where)
    if is_legacy(body):
        return Page(Form.LEGACY, body=body)
    if found := _DATA_STATE.search(body):
        raw = _until(body, found.end(), found["quote"], where)
        return Page(Form.DATA_STATE, _read_state(unescape(raw.decode()).encode(), where), body)
    if found := _BARE_STATE.search(body):
        raw = _until(body, found.end(), b"<", where)
        return Page(Form.DATA_STATE, _read_state(unescape(raw.decode()).encode(), where), body)
    return Page(Form.MODERN, body=body)


def _page_of_preloaded(body: bytes, start: int, where: str) -> Page:
    """The state of a column's page of 2017 is a script's, with dates that JSON does not have."""
    raw = _NEW_DATE.sub(r"\1", unescape(_until(body, start, b"</textarea>", where, may_lack=True).decode()))
    return Page(Form.PRELOADED, _read_state(raw.encode(), where), body)


def _until(body: bytes, start: int, mark: bytes, where: str, *, may_lack: bool = False) -> bytes:
    end = body.find(mark, start)
    if end < 0 and may_lack:
        return body[start:]  # what was cut off shows when it is decoded
    if end < 0:
        raise DamagedPageError(f"the state of {where} has no end: the page was cut short")
    return body[start:end]


def _read_state(raw: bytes, where: str) -> Any:
    try:
        state = load_json(raw)
    except orjson.JSONDecodeError as error:
        raise DamagedPageError(f"the state of {where} is no whole JSON: {error}") from error
    if not isinstance(state, dict):
        raise DamagedPageError(f"the state of {where} is {values.brief(state)}, not an object")
    return state
