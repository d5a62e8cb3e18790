"""Zhihu's addresses: the only module that reads or makes one.

Canonical addresses are ``https://www.zhihu.com/...`` and ``https://zhuanlan.zhihu.com/...`` without a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from ipaddress import ip_address
from typing import Literal, get_args
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit, urlunsplit

from zhihu_crawler.errors import BadSeed

ZHIHU = "https://www.zhihu.com"
ZHUANLAN = "https://zhuanlan.zhihu.com"
API = f"{ZHIHU}/api/v4"
HOSTS = frozenset({"www.zhihu.com", "zhihu.com", "zhuanlan.zhihu.com", "api.zhihu.com", "m.zhihu.com", "oia.zhihu.com"})
"""Hosts whose pages and replies are read; others named in a ``next`` are only taken as far as their path."""
MAX_LIMIT = 20
"""Most records that an offset listing gives a page, whatever is asked (OpenCLI, wycm/zhihu-crawler)."""

TargetKind = Literal["question", "answer", "user", "collection", "article", "column", "topic", "pin"]
TARGET_KINDS: tuple[str, ...] = get_args(TargetKind)

_ID = r"(?P<id>[1-9][0-9]*)"
_SLUG = r"(?P<id>[\w.%~-]+)"
_LISTING = r"(?:/(?P<listing>[\w-]+))?"
_PATHS: tuple[tuple[TargetKind, str], ...] = (
    ("answer", rf"/questions?/(?P<question>[1-9][0-9]*)/answers?/{_ID}{_LISTING}"),
    ("answer", rf"/answers?/{_ID}{_LISTING}"),
    ("question", rf"/questions?/{_ID}{_LISTING}"),
    ("user", rf"/(?:people|org|members)/{_SLUG}{_LISTING}"),
    ("user", rf"/moments/{_SLUG}{_LISTING}"),
    ("collection", rf"/(?:collections?|favlists?)/{_ID}{_LISTING}"),
    ("article", rf"/(?:p|articles|posts)/{_ID}{_LISTING}"),
    ("article", rf"/columns/[\w-]+/posts/{_ID}"),
    ("topic", rf"/topics?/{_ID}{_LISTING}"),
    ("pin", rf"/pins?/{_ID}{_LISTING}"),
    ("column", rf"/(?:columns?|c)/{_SLUG}{_LISTING}"),
)
_READERS = tuple((kind, re.compile(path + r"(?:/.*)?$")) for kind, path in _PATHS)
_ZHUANLAN_SLUG = re.compile(r"/(?P<id>[\w-]+)/?$")
_ZHUANLAN_POST = re.compile(rf"/[\w-]+/{_ID}/?$")
_API_ROOT = re.compile(r"^/api/(?:v\d+/)?|^/v\d+/")
_TAIL = r"[^\s\u3000\"'<>「」（）【】《》，。！？；：、…]*"
_URL_IN_TEXT = re.compile(
    rf"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://{_TAIL}|(?<![a-z0-9./@:=#?&%~-])(?://)?[a-z0-9.-]*zhihu\.com{_TAIL}",
    re.IGNORECASE | re.ASCII,
)
_ASCII = re.compile(r"[!-~]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_NAME = re.compile(r"(?!\.+$|0$)[\w.~-]+")
"""An id or a token when percent signs are read; "0" is what Zhihu writes for anonymous users."""
_USER_ID = re.compile(r"[0-9a-f]{32}")
_BARE_ID = re.compile(r"[1-9][0-9]*")
_AVATAR_SIZE = re.compile(r"(_(?:s|xs|is|m|l|xl|xll|hd|qhd|r|b|\d+w|\d+x\d+|\{size\}))?(\.\w+)(\?.*)?$")


@dataclass(frozen=True, slots=True)
class Target:
    """What an address points at.

    ``listing`` is the tab or list below it (``answers``, ``followers``, ``items``, ``feeds``), ``None`` for the thing
    itself; ``question_id`` is known of an answer whose address names its question.
    """

    kind: TargetKind
    id: str
    listing: str | None = None
    question_id: str | None = None
    api: bool = False

    @property
    def url(self) -> str:
        """Canonical address of the thing (not of the listing)."""
        return canonical_url(self.kind, self.id, question_id=self.question_id)


def canonical_url(kind: str, id_: str, *, question_id: str | None = None) -> str:
    """Return the one address of a thing; an answer's names its question where that is known."""
    if kind == "answer":
        return f"{ZHIHU}/question/{question_id}/answer/{id_}" if question_id else f"{ZHIHU}/answer/{id_}"
    if kind == "user":
        return f"{ZHIHU}/people/{quote(id_, safe='.~-_')}"
    if kind == "article":
        return f"{ZHUANLAN}/p/{id_}"
    if kind == "column":
        return f"{ZHUANLAN}/{quote(id_, safe='.~-_')}"
    return f"{ZHIHU}/{kind}/{id_}"


def read_url(url: str) -> Target | None:
    """Say what a Zhihu address points at, ``None`` when it is not one, or points at nothing that is read here."""
    try:
        parts = urlsplit(unescape(url.strip()))
    except ValueError:  # brackets that hold no IPv6 address
        return None
    host = (parts.hostname or "").rstrip(".")
    path, is_api = re.sub("//+", "/", parts.path), False
    if parts.scheme == "zhihu":
        path = f"/{parts.netloc}{parts.path}"
    elif host not in HOSTS or parts.scheme not in ("https", "http", ""):
        return None
    if _API_ROOT.match(path) or host == "api.zhihu.com":
        path, is_api = "/" + _API_ROOT.sub("", path).lstrip("/"), True
    return _read_path(path, host=host, is_api=is_api)


def _read_path(path: str, *, host: str, is_api: bool) -> Target | None:
    for kind, reader in _READERS:
        if found := reader.match(path):
            groups = found.groupdict()
            id_ = unquote(groups["id"])
            target = Target(kind, id_, groups.get("listing"), groups.get("question"), api=is_api)
            return target if _NAME.fullmatch(id_) else None
    if host == "zhuanlan.zhihu.com" and not is_api:
        if found := _ZHUANLAN_POST.match(path):
            return Target("article", found["id"])
        if found := _ZHUANLAN_SLUG.match(path):
            return Target("column", unquote(found["id"]))
    return None


def read_seed(text: str, kind: TargetKind) -> Target:
    """Read an id, a token, or any Zhihu address however it was pasted (share texts included).

    Raises:
        BadSeed: what was wrong with it, with the text itself.
    """
    text = text.translate(_INVISIBLE).strip()
    if not text:
        raise BadSeed(f"empty seed: give {_a(kind)}'s id or address")
    if urls := _URL_IN_TEXT.findall(text):
        return _seed_of_urls(urls, text, kind)
    is_named = kind in ("user", "column")
    if text.isascii() and (_NAME if is_named else _BARE_ID).fullmatch(text):
        return Target(kind, text)
    wanted = "token" if is_named else "id (digits)"
    raise BadSeed(f"{text!r:.200} is no {kind}: give its {wanted} or its address, such as {canonical_url(kind, '123')}")


def _seed_of_urls(urls: list[str], text: str, kind: TargetKind) -> Target:
    named = [target for url in urls if (target := _read_pasted(url))]
    if not named:
        example = canonical_url(kind, "123")
        raise BadSeed(f"{text!r:.200} holds no address that is read here; {_a(kind)}'s is like {example}")
    fits = list(dict.fromkeys(seed for target in named if (seed := _as_seed(target, kind))))
    if not fits:
        raise BadSeed(f"{text!r:.200} is the address of {_a(named[0].kind)}, not of {_a(kind)}")
    if len({seed.id for seed in fits}) > 1:
        raise BadSeed(f"{text!r:.200} names more than one {kind}: give each by itself")
    return fits[0]


def _read_pasted(url: str) -> Target | None:
    """Read an address out of a text; what follows it without a space may be Chinese text or punctuation."""
    if "://" not in url:
        url = "https://" + url.lstrip("/")
    url = unwrap_link(url.rstrip(".,;:!?)]}*"))
    ascii_part = _ASCII.match(url)
    return read_url(url) or (read_url(ascii_part[0]) if ascii_part else None)


def _as_seed(target: Target, kind: TargetKind) -> Target | None:
    if target.kind == "answer" and kind == "question" and target.question_id:
        return Target("question", target.question_id)
    return Target(kind, target.id, target.listing, target.question_id) if target.kind == kind else None


def _a(kind: str) -> str:
    return f"an {kind}" if kind.startswith("a") else f"a {kind}"


def next_page_url(next_url: object, owner: Target) -> str | None:
    """Rebuild a reply's ``paging.next`` on the host that it belongs to, or return ``None`` when it leads nowhere.

    Seen in replies: plain http, ``&amp;`` for ``&``, the host api.zhihu.com, an inner 172.16 address, and
    ``/members/...`` without ``/api/v4``. Only the path and the query are believed, and only when they are of a
    listing of the owner, the thing whose listing was being read.
    """
    if not isinstance(next_url, str) or not next_url.strip():
        return None
    try:
        parts = urlsplit(unescape(next_url.strip()))
        host = parts.hostname
    except ValueError:
        return None
    found = _read_path("/" + _API_ROOT.sub("", parts.path).lstrip("/"), host="", is_api=True)
    if found is None or found.listing is None or not (_may_name_next(host) and _is_same(found, owner)):
        return None
    path = parts.path if parts.path.startswith("/api/v") else f"/api/v4/{_API_ROOT.sub('', parts.path).lstrip('/')}"
    return urlunsplit(("https", "www.zhihu.com", path, parts.query, ""))


def _is_same(found: Target, owner: Target) -> bool:
    """A user is named by token in one place and by id in another; everything else has one name."""
    by_id = owner.kind == "user" and any(_USER_ID.fullmatch(id_) for id_ in (found.id, owner.id))
    return found.kind == owner.kind and (found.id == owner.id or by_id)


def _may_name_next(host: str | None) -> bool:
    """Zhihu's own hosts, and the private addresses of its inner network that replies leak."""
    if host is None or host in HOSTS:
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def query_int(url: str, name: str) -> int | None:
    """Return a whole number of an address's query, ``None`` where it is absent or not one."""
    try:
        value = parse_qs(urlsplit(url).query).get(name, [""])[0]
        return int(value) if value.isascii() and value.isdigit() else None
    except ValueError:  # brackets that hold no IPv6 address; more digits than int() reads
        return None


def api_url(path: str, **query: str | int) -> str:
    """Make an address of the v4 API: ``api_url("questions/1/answers", limit=20, offset=0)``."""
    tail = f"?{urlencode(query)}" if query else ""
    return f"{API}/{path}{tail}"


def unwrap_link(href: str) -> str:
    """Return where a ``link.zhihu.com/?target=`` redirect leads, any other address unchanged."""
    if "link.zhihu.com" not in href:
        return href
    try:
        parts = urlsplit(href)
        target = parse_qs(parts.query).get("target", [""])[0] if parts.hostname == "link.zhihu.com" else ""
    except ValueError:
        return href
    return target or href


def avatar_url(url: str, size: str) -> str:
    """Return a picture's address at another size: s 25, m 50, l 100, xl 200 pixels, r as uploaded.

    >>> avatar_url("https://pic1.zhimg.com/50/da8e974dc_hd.jpg?source=1", "xl")
    'https://pic1.zhimg.com/50/da8e974dc_xl.jpg?source=1'
    """
    return _AVATAR_SIZE.sub(lambda found: f"_{size}{found[2]}{found[3] or ''}", url)
