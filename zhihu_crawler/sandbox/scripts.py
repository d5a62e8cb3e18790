"""What a browser runs and a plain client does not: the zse-ck challenge, and lists that go on as one scrolls.

The challenge's page is that of the stored one of 2026; what its script really computes is not known here, and not
needed: it sets ``__zse_ck`` and asks again. The list's script follows ``next`` as the site's own does, and sends a
header that stands for the site's signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from multidict import CIMultiDict

from zhihu_crawler.sandbox.blocks import BLOCKS, HTML
from zhihu_crawler.sandbox.dice import hex_of
from zhihu_crawler.sandbox.html import zse_ck_page

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.app import Asked

    Reply = tuple[int, bytes, str, CIMultiDict[str]]
SCRIPTS = "/static/"
_FREE = ("/robots.txt", "/signin", "/account/unhuman", "/api/v4/me")
_ZSE_CK_JS = """
const seed = document.getElementById("zh-zse-ck").content;
document.cookie = "__zse_ck=" + [...seed].reverse().join("") + "; path=/; max-age=86400";
location.reload();
"""
_SCROLL_JS = """
(() => {
  const list = document.createElement("div"), tag = document.currentScript;
  list.style.minHeight = "200vh";
  document.body.append(list);
  let next = tag.dataset.next, busy = false;
  addEventListener("scroll", async () => {
    if (busy || !next || innerHeight + scrollY < document.documentElement.scrollHeight - 200) return;
    busy = true;
    const at = new URL(next.replaceAll("&amp;", "&"), location.href);
    const path = at.pathname.startsWith("/api/") ? at.pathname : "/api/v4" + at.pathname;
    const reply = await fetch(path + at.search, {headers: {"x-zse-96": "2.0_" + tag.dataset.key}});
    const found = reply.ok ? await reply.json() : {data: [], paging: {is_end: true}};
    for (const record of found.data) {
      const card = list.appendChild(document.createElement("div"));
      card.style.height = "300px";
      card.innerHTML = record.target?.content ?? record.content?.content ?? record.content ?? record.name ?? "";
    }
    next = found.paging.is_end ? null : found.paging.next;
    busy = false;
  });
})();
"""


@dataclass(frozen=True, slots=True)
class Wants:
    """What only a browser has.

    ``challenge``: the cookie that a script of the challenge page sets; pages lead to that page without it, the API
    answers 40362. ``signature``: the header that a page's own script sends; listings of the API answer 10003 without.
    """

    challenge: bool = False
    signature: bool = False


class Scripts:
    """Gives out the scripts, and refuses whoever has not run them."""

    def __init__(self, seed: int, wants: Wants | None = None) -> None:
        self._seed, self._wants = seed, wants or Wants()

    def answer(self, asked: Asked) -> Reply | None:
        """Answer a script's address, or refuse; ``None`` lets the request through."""
        if asked.path.startswith(SCRIPTS):
            return self._script(asked.path.removeprefix(SCRIPTS))
        if asked.path in _FREE or asked.path.startswith("/api/v3/"):
            return None
        if self._wants.challenge and asked.zse_ck != self._token(asked)[::-1]:
            return self._challenge(asked)
        if self._wants.signature and asked.scope == "list" and asked.signature != f"2.0_{key_of(self._seed)}":
            return _block("code-10003")
        return None

    def _script(self, name: str) -> Reply:
        text = {"zse-ck.js": _ZSE_CK_JS, "scroll.js": _SCROLL_JS}.get(name)
        kind = "text/javascript; charset=utf-8"
        return (404, b"", HTML, CIMultiDict()) if text is None else (200, text.encode(), kind, CIMultiDict())

    def _challenge(self, asked: Asked) -> Reply:
        if asked.api_path is not None:
            return _block("code-40362")
        return 403, zse_ck_page(self._token(asked), f"{SCRIPTS}zse-ck.js").encode(), HTML, CIMultiDict()

    def _token(self, asked: Asked) -> str:
        """The cookie is bound to the user agent that it was made for (docs/sessions.md)."""
        return hex_of("zse_ck", self._seed, asked.user_agent, length=32)


def key_of(seed: int) -> str:
    """Return what a page's script puts into its header."""
    return hex_of("signature", seed, length=32)


def scroll_tag(seed: int, next_: str) -> str:
    """Return the element that makes a page's list go on at an address as one scrolls."""
    return f'<script src="{SCRIPTS}scroll.js" data-key="{key_of(seed)}" data-next="{escape(next_)}"></script>'


def _block(name: str) -> Reply:
    block = BLOCKS[name]
    return block.status, block.body.encode(), block.content_type, CIMultiDict(block.headers)
