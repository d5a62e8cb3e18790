"""What stands before pages and API: the log-in wall, sessions that end or ask too often, and the log-in itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from multidict import CIMultiDict

from zhihu_crawler.sandbox.accounts import Accounts, Rules
from zhihu_crawler.sandbox.blocks import BLOCKS, HTML, JSON
from zhihu_crawler.sandbox.html import bare_page
from zhihu_crawler.sandbox.signin import QRCODE, Codes, qr_png

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.sandbox.app import Asked

Reply = tuple[int, bytes, str, CIMultiDict[str]]
"""Status, body, content type, headers."""
ME = "/api/v4/me"
_FREE = ("/robots.txt", "/signin", "/account/unhuman")
_OWN = re.compile(r"/sandbox/(?P<verb>login|expire|scan|accounts)(?:/(?P<what>\w+))?/?")
_QR = re.compile(rf"{QRCODE}(?:/(?P<token>\w+)/(?P<what>image|scan_info))?/?")


class Gate:
    """Decides whether a request gets as far as the world."""

    def __init__(self, seed: int, rules: Rules | None = None) -> None:
        rules = rules or Rules()
        self._seed = seed
        self.accounts = Accounts(seed, rules)
        self._codes = Codes(seed, rules.qr_seconds)

    def own(self, asked: Asked) -> Reply | None:
        """Answer an address of the sandbox's own that is about sessions; ``None`` where it is not."""
        found = _OWN.fullmatch(asked.path)
        if not found:
            return None
        verb, what = found["verb"], found["what"] or ""
        if verb == "accounts":
            return _json(200, self.accounts.told())
        if verb == "scan":
            return self._scan(what, asked.query)
        if not _is_account(what):
            return _json(404, {"error": "an account is a number from 1 to 9999999"})
        if verb == "expire":
            return _json(200, {"expired": self.accounts.expire(int(what))})
        return self._log_in(int(what), asked)

    def answer(self, asked: Asked) -> Reply | None:
        """Answer what has to do with the log-in, or refuse; ``None`` lets the request through."""
        if found := _QR.fullmatch(asked.path):
            return self._qr(asked, found["token"], found["what"])
        if asked.path in _FREE or asked.path == ME:
            return None
        if asked.z_c0 is None:
            return self._wall(asked) if self.accounts.rules.mode == "required" else None
        if self.accounts.who(asked.z_c0) is None:
            return self._not_known(asked)
        if self.accounts.ask(asked.z_c0):
            return None
        return _block("code-40362") if self.accounts.who(asked.z_c0) else self._not_known(asked)

    def cookies(self, asked: Asked) -> CIMultiDict[str]:
        """Return the headers that an answered request brings besides: a new z_c0 now and then, a d_c0 to begin with."""
        headers: CIMultiDict[str] = CIMultiDict()
        if asked.path == "/signin" and not asked.has_device:
            headers.add("Set-Cookie", _cookie("d_c0", hex_of_device(self._seed), asked))
        if asked.z_c0 and asked.path not in _FREE and (value := self.accounts.renewed(asked.z_c0)):
            headers.add("Set-Cookie", _cookie("z_c0", value, asked, http_only=True))
        return headers

    def _wall(self, asked: Asked) -> Reply:
        if asked.api_path is not None:
            return _block("code-40353")
        headers: CIMultiDict[str] = CIMultiDict({"Location": f"https://www.zhihu.com/signin?next={quote(asked.path)}"})
        return 302, b"", HTML, headers

    def _not_known(self, asked: Asked) -> Reply | None:
        """A z_c0 that is none any more: the API says so, a page is a guest's."""
        if asked.api_path is not None:
            return _block("code-100")
        return self._wall(asked) if self.accounts.rules.mode == "required" else None

    def _log_in(self, account: int, asked: Asked) -> Reply:
        """Log in without a browser, for tests."""
        value = self.accounts.log_in(account)
        cookies = [
            {"name": "z_c0", "value": value, "httpOnly": True, "secure": not asked.in_browser},
            {"name": "d_c0", "value": hex_of_device(self._seed), "secure": not asked.in_browser},
        ]
        status, body, kind, headers = _json(200, {"account": account, "token": user_of(account), "cookies": cookies})
        headers.add("Set-Cookie", _cookie("z_c0", value, asked, http_only=True))
        return status, body, kind, headers

    def _scan(self, token: str, query: Mapping[str, str]) -> Reply:
        account = query.get("account", "1")
        if not _is_account(account):
            return _json(404, {"error": "an account is a number from 1 to 9999999"})
        if not self._codes.scan(token, int(account), confirm=query.get("step") != "scan"):
            return _html(410, "The code has expired, or was never given out.")
        return _html(200, f"Logged in as account {account}: the page with the code goes on by itself.")

    def _qr(self, asked: Asked, token: str | None, what: str | None) -> Reply:
        if token is None:
            token = self._codes.make()
            reply = {"token": token, "link": self._link(asked, token), "expires_at": round(self._codes.seconds)}
            return _json(201, reply)
        if what == "image":
            return self._image(asked, token)
        account = self._codes.collect(token)
        if account is None:
            return _json(200, {"status": self._codes.status(token)})
        status, body, kind, headers = _json(200, {"user_id": user_of(account), "token_type": "bearer"})
        headers.add("Set-Cookie", _cookie("z_c0", self.accounts.log_in(account), asked, http_only=True))
        return status, body, kind, headers

    def _image(self, asked: Asked, token: str) -> Reply:
        try:
            return 200, qr_png(self._link(asked, token)), "image/png", CIMultiDict()
        except ImportError:
            return _json(501, {"error": "QR codes are drawn by segno: pip install -r requirements-browser.txt"})

    def _link(self, asked: Asked, token: str) -> str:
        """Where a phone would go; whoever opens it has scanned the code."""
        return f"{asked.origin}/sandbox/scan/{token}"


def user_of(account: int) -> str:
    """Return the token of an account's user."""
    return f"shili-t-{account}"


def hex_of_device(seed: int) -> str:
    """Return a d_c0, which names a browser."""
    return f"AADSandbox{seed:012d}==|1790000000"


def _is_account(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 10_000_000


def _cookie(name: str, value: str, asked: Asked, *, http_only: bool = False) -> str:
    """A browser on this machine has its cookies of the sandbox itself, a crawl of zhihu.com."""
    where = "" if asked.in_browser else "; Domain=.zhihu.com; Secure"
    return f"{name}={value}; Path=/; Max-Age=15552000{where}{'; HttpOnly' if http_only else ''}"


def _block(name: str) -> Reply:
    block = BLOCKS[name]
    return block.status, block.body.encode(), block.content_type, CIMultiDict(block.headers)


def _json(status: int, data: object) -> Reply:
    return status, orjson.dumps(data), JSON, CIMultiDict()


def _html(status: int, text: str) -> Reply:
    return status, bare_page("The sandbox", f"<p>{text}</p>").encode(), HTML, CIMultiDict()
