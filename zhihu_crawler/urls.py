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

_ID = r"(?P<id>\d+)"
_SLUG = r"(?P<id>[\w.%~-]+)"
_LISTING = r"(?:/(?P<listing>[\w-]+))?"
_PATHS: tuple[tuple[TargetKind, str], ...] = (
    ("answer", rf"/questions?/(?P<question>\d+)/answers?/{_ID}{_LISTING}"),
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
_ZHUANLAN_POST = re.compile(r"/[\w-]+/(?P<id>\d+)/?$")
_API_ROOT = re.compile(r"^/api/(?:v\d+/)?|^/v\d+/")
_URL_IN_TEXT = re.compile(
    r"(?:(?:https?|zhihu)://|//)?[\w.-]*zhihu\.com[^\s\"'<>「」（）]*|zhihu://[^\s\"'<>]+",
    re.IGNORECASE,
)
_USER_ID = re.compile(r"[0-9a-f]{32}")
_BARE_SLUG = re.compile(r"[A-Za-z0-9][\w.-]*")
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
    parts = urlsplit(unescape(url.strip()))
    host = (parts.hostname or "").lower()
    path, is_api = parts.path, False
    if parts.scheme == "zhihu":
        path = f"/{parts.netloc}{parts.path}"
    elif host not in HOSTS:
        return None
    if _API_ROOT.match(path) or host == "api.zhihu.com":
        path, is_api = "/" + _API_ROOT.sub("", path).lstrip("/"), True
    return _read_path(path, host=host, is_api=is_api)


def _read_path(path: str, *, host: str, is_api: bool) -> Target | None:
    for kind, reader in _READERS:
        if found := reader.match(path):
            groups = found.groupdict()
            id_ = unquote(groups["id"])
            return Target(kind, id_, groups.get("listing"), groups.get("question"), api=is_api)
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
    text = text.strip()
    if not text:
        raise BadSeed(f"empty seed: give a {kind}'s id or address")
    if found := _URL_IN_TEXT.search(text):
        return _seed_of_url(found[0], text, kind)
    if kind in ("user", "column"):
        if _BARE_SLUG.fullmatch(text):
            return Target(kind, text)
    elif text.isascii() and text.isdigit():
        return Target(kind, text)
    wanted = "token" if kind in ("user", "column") else "id (digits)"
    raise BadSeed(f"{text!r} is no {kind}: give its {wanted} or its address, such as {canonical_url(kind, '123')}")


def _seed_of_url(url: str, text: str, kind: TargetKind) -> Target:
    if "://" not in url:
        url = "https://" + url.lstrip("/")
    target = read_url(url)
    if target is None:
        raise BadSeed(f"{text!r} is no address that is read here; a {kind}'s is like {canonical_url(kind, '123')}")
    if target.kind == "answer" and kind == "question" and target.question_id:
        return Target("question", target.question_id)
    if target.kind != kind:
        raise BadSeed(f"{text!r} is a {target.kind}, not a {kind}: give it to the {target.kind} spider")
    return Target(kind, target.id, target.listing, target.question_id)


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
    path = parts.path if _API_ROOT.match(parts.path) else f"/api/v4{parts.path}"
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
    value = parse_qs(urlsplit(url).query).get(name, [""])[0]
    return int(value) if value.isascii() and value.isdigit() else None


def api_url(path: str, **query: str | int) -> str:
    """Make an address of the v4 API: ``api_url("questions/1/answers", limit=20, offset=0)``."""
    tail = f"?{urlencode(query)}" if query else ""
    return f"{API}/{path}{tail}"


def unwrap_link(href: str) -> str:
    """Return where a ``link.zhihu.com/?target=`` redirect leads, any other address unchanged."""
    if "link.zhihu.com" not in href:
        return href
    parts = urlsplit(href)
    target = parse_qs(parts.query).get("target", [""])[0] if parts.hostname == "link.zhihu.com" else ""
    return target or href


def avatar_url(url: str, size: str) -> str:
    """Return a picture's address at another size: s 25, m 50, l 100, xl 200 pixels, r as uploaded.

    >>> avatar_url("https://pic1.zhimg.com/50/da8e974dc_hd.jpg?source=1", "xl")
    'https://pic1.zhimg.com/50/da8e974dc_xl.jpg?source=1'
    """
    return _AVATAR_SIZE.sub(lambda found: f"_{size}{found[2]}{found[3] or ''}", url)
