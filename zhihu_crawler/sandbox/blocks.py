"""Refusals, farewells and errors as the site words them, by the name under which ``--fault`` asks for them.

Bodies are those of stored replies where one is stored (zhihu-formats' sources: fxzhihu, MediaCrawler, VaultStream),
else of what the named project reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from zhihu_crawler.sandbox.html import WASTELAND, ZSE_CK, bare_page, signin_page, unhuman_page

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
Scope = Literal["any", "api", "page", "list", "thing"]
"""Which requests: all, those of the API, pages, listings of the API, single things of the API."""


@dataclass(frozen=True, slots=True)
class Block:
    """A reply in place of the one that was asked for; ``scope`` says which requests it may befall."""

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = "any"


def _error(status: int, message: str, code: int | None = None, **more: object) -> Block:
    error = {"message": message} | ({} if code is None else {"code": code}) | more
    return Block(status, json.dumps({"error": error}, ensure_ascii=False))


def _page(status: int, body: str, scope: Scope = "page") -> Block:
    return Block(status, body, HTML, scope=scope)


def _to(path: str) -> Block:
    return Block(302, "", HTML, {"Location": f"https://www.zhihu.com{path}"})


_LIMITED = "您当前请求存在异常，暂时限制本次访问"
_NETWORK = "系统监测到您的网络环境存在异常，为保证您的正常访问，请点击下方验证按钮进行验证。"
_UNHUMAN = "https://www.zhihu.com/account/unhuman?type={}&need_login=true&session=00000000000000000000000000000000"
BLOCKS: Mapping[str, Block] = {
    "429": _error(429, "请求过于频繁"),
    "500": _page(500, "<html><body>500 Internal Server Error</body></html>", "any"),
    "502": _page(502, "<html><body>502 Bad Gateway</body></html>", "any"),
    "503": _page(503, "<html><body>503 Service Unavailable</body></html>", "any"),
    "login-redirect": _to("/signin?next=%2F"),
    "home-redirect": _to("/"),
    "unhuman-redirect": _to("/account/unhuman?type=unhuman&message=abuse&need_login=false"),
    "unhuman": _page(200, unhuman_page()),
    "code-40362": _error(403, _LIMITED, 40362),
    "code-40352": _error(403, _NETWORK, 40352, need_login=True, redirect=_UNHUMAN.format("S6E3V1")),
    "code-40353": _error(
        403, "请您登录后查看更多专业优质内容。", 40353, need_login=True, redirect=_UNHUMAN.format("U4E3Z1")
    ),
    "code-10003": _error(403, "请求参数异常，请升级客户端后重试。", 10003),
    "code-10003-400": _error(400, "请求参数异常，请升级客户端后重试。", 10003),
    "code-100": _error(401, "请求头或参数封装错误", 100, name="AuthenticationInvalidRequest"),
    "code-101": _error(401, "ERR_TICKET_NOT_EXIST", 101, name="ZERR_NOT_LOGIN"),
    "code-602": _error(401, "第三方应用无此权限", 602),
    "code-120017": _error(403, "当前帐号异常", 120017),
    "user-limited": _error(400, "该用户暂时被反作弊限制"),
    "hit-labels": Block(400, '{"HitLabels":null}', scope="api"),
    "zse-ck": _page(403, ZSE_CK),
    "gone": _error(404, "资源不存在", 4041, name="NotFoundError"),
    "bare-404": Block(404, "", HTML),
    "error-200": _error(200, "服务器开小差了", 5000),
    "wasteland": _page(200, WASTELAND),
    "empty-page": _page(200, bare_page("知乎")),
    "legacy-block": _page(200, bare_page("知乎", '<script id="unblock-dialog-template"></script>')),
    "legacy-ban": _page(200, bare_page("知乎", '<div class="ProfileBan-title">该用户已被停用</div>')),
    "signin": _page(200, signin_page()),
}
"""Refusals that need nothing of what was asked for."""
RESHAPED: Mapping[str, Scope] = {
    "force-login": "list",
    "need-force-login": "list",
    "ends-early": "list",
    "truncated-content": "api",
}
"""Refusals within an honest-looking reply of the API: its data or paging is changed."""
TRANSPORT = ("reset", "slow", "cut", "truncate")
"""Faults of the line rather than of the reply."""
SIGNALS = (*(name for name in BLOCKS if name not in ("gone", "bare-404", "legacy-ban")), *RESHAPED)
"""Whatever a crawl should see through, for ``--fault signals=RATE``; what is gone, or a banned user, is a result."""
FAULT_NAMES = frozenset({*BLOCKS, *RESHAPED, *TRANSPORT})


def reshape(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return an API reply as one of ``RESHAPED`` has it; a reply that has nothing of the kind comes back as it is."""
    if name == "truncated-content":
        return _cut_short(body)
    if "paging" not in body or "data" not in body:
        return body
    paging = body["paging"] | {"is_end": name != "need-force-login"}
    if name == "need-force-login":
        paging["need_force_login"] = True
    return body | {"data": body["data"][:3] if name == "ends-early" else [], "paging": paging}


def _cut_short(thing: dict[str, Any]) -> dict[str, Any]:
    """Cut the text of a thing, of what it wraps (a card's target, an entry's content), of all that it lists."""
    if isinstance(thing.get("data"), list):
        return thing | {"data": [_cut_short(record) for record in thing["data"]]}
    for wrapper in ("target", "content"):
        if isinstance(thing.get(wrapper), dict):
            return thing | {wrapper: _cut_short(thing[wrapper])}
    if not isinstance(thing.get("content"), str):
        return thing
    return thing | {"content_need_truncated": True, "content": thing["content"][:60]}
