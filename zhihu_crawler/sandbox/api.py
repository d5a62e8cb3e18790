"""The v4 API: paths to replies, and paging as the site does it, cursors and offsets, with the quirks of a listing."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from zhihu_crawler.sandbox import shapes
from zhihu_crawler.sandbox.dice import hex_of
from zhihu_crawler.sandbox.ids import USER_LISTS, Quirk, read_question
from zhihu_crawler.sandbox.listings import Listing, Slice, cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhihu_crawler.sandbox.world import World

Reply = tuple[int, dict[str, Any]]
MOST = 20
"""Most entries a page, whatever ``limit`` says."""
WWW = "https://www.zhihu.com"
GONE: Reply = (404, {"error": {"code": 4041, "name": "NotFoundError", "message": "资源不存在"}})
_BAD_CURSOR: Reply = (400, {"error": {"code": 400, "name": "BadRequest", "message": "cursor 不正确"}})
_NOT_LOGGED_IN: Reply = (
    401,
    {"error": {"code": 100, "name": "AuthenticationInvalidRequest", "message": "请求头或参数封装错误"}},
)
_AD_EVERY = 17


def next_url(path: str, query: Mapping[str, str], quirk: Quirk = Quirk.NONE) -> str:
    """Word the address of a page as the site does, or as the listing's quirk has it.

    Args:
        path: below ``/api/v4/``.
        query: what follows the question mark.
        quirk: how the address is spoilt (all seen in stored replies, see the reader's own list).
    """
    tail = f"{path}?{urlencode(query)}"
    spoilt = {
        Quirk.NEXT_IS_HTTP: f"http://www.zhihu.com/api/v4/{tail}",
        Quirk.NEXT_ON_API_HOST: f"https://api.zhihu.com/{tail}",
        Quirk.NEXT_ON_INNER_HOST: f"http://172.16.12.34:8080/api/v4/{tail}",
        Quirk.NEXT_IS_ESCAPED: f"{WWW}/api/v4/{tail}".replace("&", "&amp;"),
        Quirk.NEXT_WITHOUT_API: f"{WWW}/{tail}",
        Quirk.NEXT_ON_FOREIGN_HOST: f"https://zhihu.example.com/api/v4/{tail}",
    }
    return spoilt.get(quirk, f"{WWW}/api/v4/{tail}")


def make_cursor(question: str, position: int) -> str:
    """Return the opaque cursor of a feed card: half is the question's, half hides the position."""
    front = hex_of("cursor", question, length=16)
    return front + f"{position ^ int(front, 16):016x}"


def read_cursor(question: str, cursor: str) -> int | None:
    """Return the position that a cursor hides, ``None`` where it is not of this question."""
    front = hex_of("cursor", question, length=16)
    if not re.fullmatch(r"[0-9a-f]{32}", cursor) or cursor[:16] != front:
        return None
    position = int(cursor[16:], 16) ^ int(front, 16)
    return position if position < 1 << 40 else None


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else default


def offset_page(listing: Listing, path: str, query: Mapping[str, str], *, usual: int = MOST) -> Reply:
    """Return a page of an offset listing: ``paging`` with totals, ``data``."""
    limit = min(max(_number(query, "limit", usual), 1), MOST)
    start = _number(query, "offset", 0)
    backwards = query.get("sort_by") in ("created", "updated")
    part = cut(listing, start, limit, backwards=backwards)
    shared = {key: value for key, value in query.items() if key not in ("limit", "offset")} | {"limit": str(limit)}

    def address(offset: int) -> str:
        return next_url(path, shared | {"offset": str(offset)}, listing.quirk)

    paging: dict[str, Any] = {
        "is_end": part.is_end,
        "is_start": start == 0,
        "next": address(_next_start(listing, part)),
        "previous": address(max(0, start - limit)),
        "totals": listing.totals,
    }
    return 200, {"paging": _spoil(paging, listing, part), "data": [listing.make(place) for place in part.places]}


def _next_start(listing: Listing, part: Slice) -> int:
    at_end = part.stop >= listing.delivered
    return part.start if listing.quirk is Quirk.NEXT_REPEATS and at_end else part.next_start


def _spoil(paging: dict[str, Any], listing: Listing, part: Slice) -> dict[str, Any]:
    if part.needs_login:
        paging["need_force_login"] = True
    if listing.quirk is Quirk.NO_NEXT:
        del paging["next"]
    return paging


def feeds_page(listing: Listing, question: str, query: Mapping[str, str], session: str) -> Reply:
    """Return a page of a question's feed: cards with cursors, no totals, an advertisement now and then."""
    limit = min(max(_number(query, "limit", 5), 1), MOST)
    start: int | None = _number(query, "offset", 0)
    if cursor := query.get("cursor"):
        at = read_cursor(question, cursor)
        start = None if at is None else at + 1
    if start is None:
        return _BAD_CURSOR
    part = cut(listing, start, limit, backwards=query.get("order") == "updated")
    first = part.stop - len(part.places)
    cards: list[dict[str, Any]] = []
    for step, place in enumerate(part.places):
        cards.append(_card(listing.make(place), make_cursor(question, first + step)))
        if (first + step) % _AD_EVERY == _AD_EVERY - 6:
            cards.append(_advertisement(question, first + step))
    paging = {
        "page": start // limit,
        "is_end": part.is_end,
        "next": feeds_next(listing, question, {**query, "limit": str(limit)}, _next_start(listing, part), session),
    }
    head = {"id": session if part.places else ""}
    return 200, {"data": cards, "session": head, "paging": _spoil(paging, listing, part)}


def feeds_next(listing: Listing, question: str, query: Mapping[str, str], start: int, session: str) -> str:
    """Word the ``next`` of a feed: the cursor of the last card that was given."""
    order = {
        "cursor": make_cursor(question, start - 1) if start else "",
        "include": query.get("include", "data[*].content"),
        "limit": query.get("limit", "5"),
        "offset": str(start),
        "order": query.get("order", "default"),
        "platform": "desktop",
        "session_id": session,
    }
    return next_url(f"questions/{question}/feeds", order, listing.quirk)


def _card(target: dict[str, Any], cursor: str) -> dict[str, Any]:
    return {
        "type": "question_feed_card",
        "target_type": "answer",
        "target": target | {"is_labeled": False, "zhi_plus_extra_info": ""},
        "skip_count": False,
        "position": 0,
        "cursor": cursor,
        "is_jump_native": False,
    }


def _advertisement(question: str, position: int) -> dict[str, Any]:
    creative = {"title": "示例广告", "landing_url": "https://example.com/"}
    ad = {"id": position, "name": "示例广告", "creatives": [creative]}
    card = {"type": "feed_advert", "target_type": "advert", "id": f"{question}-{position}"}
    return card | {"ad": ad, "position": position}


_ME = shapes.words("id url_token name avatar_url avatar_url_template is_org type url user_type headline gender badge")
_SINGLE = {"answers": "answer", "articles": "article", "columns": "column", "topics": "topic", "pins": "pin"}
_MEMBER_LISTS = {name: name for name in USER_LISTS} | {"collections": "favlists", "following": "followees"}


class Api:
    """Answers paths below ``/api/v4/``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._readers: dict[str, Callable[[str, str, Mapping[str, str]], Reply]] = {
            "questions": self._question,
            "members": partial(self._member, "members"),
            "people": partial(self._member, "people"),
            "org": partial(self._member, "org"),
            "collections": self._collection,
        }

    def reply(self, path: str, query: Mapping[str, str], *, me: str | None = None) -> Reply:
        """Return status and body for a path such as ``questions/24000001/feeds``; ``me`` is the user who asks."""
        kind, _, rest = path.strip("/").partition("/")
        id_, _, listing = rest.partition("/")
        if kind == "me" and not rest:
            return self._me(me) if me else _NOT_LOGGED_IN
        if kind in self._readers:
            return self._readers[kind](id_, listing, query)
        if kind == "columns" and listing in ("items", "articles"):
            return _page(self._world.column_articles(id_), f"columns/{id_}/{listing}", query)
        if kind in _SINGLE and not listing:
            found = getattr(self._world, _SINGLE[kind])(id_)
            return (200, found) if found else GONE
        return GONE

    def _me(self, token: str) -> Reply:
        user = self._world.user(token)
        assert user
        return 200, {key: user[key] for key in _ME} | {"uid": "1000000000000001", "is_advertiser": False}

    def _question(self, id_: str, listing: str, query: Mapping[str, str]) -> Reply:
        found = read_question(id_)
        if found is None or listing not in ("", "feeds", "answers"):
            return GONE
        if not listing:
            return 200, self._world.question(id_) or {}
        answers = self._world.answers(found)
        if listing == "answers":
            return offset_page(answers, f"questions/{id_}/answers", query, usual=5)
        session = query.get("session_id") or str(1_700_000_000_000_000_000 + found.serial)
        return feeds_page(answers, id_, dict(query), session)

    def _member(self, kind: str, name: str, listing: str, query: Mapping[str, str]) -> Reply:
        user = self._world.find_user(name)
        if user is None or (listing and listing not in _MEMBER_LISTS):
            return GONE
        if not listing:
            return 200, shapes.USER_API | (self._world.user(name) or {})
        return offset_page(self._world.user_list(user, _MEMBER_LISTS[listing]), f"{kind}/{name}/{listing}", query)

    def _collection(self, id_: str, listing: str, query: Mapping[str, str]) -> Reply:
        if listing in ("items", "contents"):
            return _page(self._world.entries(id_), f"collections/{id_}/{listing}", query)
        found = self._world.collection(id_) if not listing else None
        return (200, {"collection": found, "status": 200, "message": ""}) if found else GONE


def _page(listing: Listing | None, path: str, query: Mapping[str, str]) -> Reply:
    return GONE if listing is None else offset_page(listing, path, query)
