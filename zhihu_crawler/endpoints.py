"""The API's listings: their first pages, asked for as the site's own pages ask for them, and which pages those are.

The fields that are asked for were seen in stored replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import parse_qs, urlsplit

from zhihu_crawler.urls import MAX_LIMIT, api_url, canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Mapping

Order = Literal["default", "updated", "created"]
UserListing = Literal["answers", "questions", "articles", "collections", "followees", "followers"]
USER_LISTINGS: tuple[str, ...] = get_args(UserListing)

_AUTHOR = "data[*].author.follower_count,vip_info,badge[*].topics"
_ANSWER = (
    "data[*].is_normal,is_collapsed,collapse_reason,is_sticky,collapsed_by,comment_count,content,attachment,"
    "voteup_count,thanks_count,favlists_count,reshipment_settings,comment_permission,created_time,updated_time,"
    "question,excerpt,is_copyable,paid_info,ip_info,content_need_truncated"
)
_QUESTION = "data[*].created,updated_time,answer_count,follower_count,visit_count,comment_count,author,excerpt"
_ARTICLE = "data[*].content,excerpt,comment_count,voteup_count,created,updated,title_image,topics,column"
_COLLECTION = "data[*].updated_time,answer_count,item_count,follower_count,creator,description,is_public,comment_count"
_PERSON = "data[*].answer_count,articles_count,question_count,gender,follower_count,headline,is_org,badge[*].topics"
_USER_LISTS: Mapping[str, tuple[str, str]] = {
    "answers": ("answers", f"{_ANSWER};{_AUTHOR}"),
    "questions": ("questions", _QUESTION),
    "articles": ("articles", f"{_ARTICLE};{_AUTHOR}"),
    "collections": ("favlists", _COLLECTION),
    "followees": ("followees", _PERSON),
    "followers": ("followers", _PERSON),
}


def question_answers_url(question_id: str, order: Order = "default", offset: int = 0) -> str:
    """First page of a question's answers. The site's own page asks ``feeds`` for all orders but ``created``."""
    if order == "created":
        path, query = "answers", {"sort_by": "created"}
    else:
        path, query = "feeds", {"order": order}
    query |= {"include": f"{_ANSWER};{_AUTHOR}", "platform": "desktop"}
    return api_url(f"questions/{question_id}/{path}", limit=MAX_LIMIT, offset=offset, **query)


def user_listing_url(token: str, listing: UserListing) -> str:
    """First page of one of a user's lists."""
    path, include = _USER_LISTS[listing]
    return api_url(f"members/{token}/{path}", include=include, offset=0, limit=MAX_LIMIT)


def collection_entries_url(collection_id: str) -> str:
    """First page of a collection's entries; the collection's own page holds none (stored page of 2026)."""
    return api_url(f"collections/{collection_id}/items", offset=0, limit=MAX_LIMIT)


_TABS: Mapping[str, str] = {
    "answers": "answers",
    "questions": "asks",
    "articles": "posts",
    "favlists": "collections",
    "followees": "following",
    "followers": "followers",
}
"""A user's list in the API: the profile's tab that shows it."""
_PLACE: Mapping[str, str] = {"order": "default", "sort_by": "", "offset": "0", "cursor": ""}
"""What of an address says where in a listing its reply stands, and what is meant where that is absent."""


def showing_page(url: str) -> str | None:
    """Return the site's own page that goes through a listing of the API as one scrolls, ``None`` where none does."""
    target = read_url(url)
    if target is None or not target.api or target.listing is None:
        return None
    if target.kind == "question" and target.listing == "feeds":
        return canonical_url("question", target.id) if _place(url)[0] == "default" else None
    if target.kind == "collection" and target.listing in ("items", "contents"):
        return canonical_url("collection", target.id)
    if target.kind == "user" and target.listing in _TABS:
        return f"{canonical_url('user', target.id)}/{_TABS[target.listing]}"
    return None


def place_in_listing(url: str) -> tuple[str, ...] | None:
    """Return what is the same of two addresses of the API whose replies begin at the same record of the same listing.

    How many records are wanted, and which fields, may differ. ``None`` for what is no listing of the API's.
    """
    target = read_url(url)
    if target is None or not target.api or target.listing is None:
        return None
    return (target.kind, target.id, target.listing, *_place(url))


def _place(url: str) -> tuple[str, ...]:
    query = parse_qs(urlsplit(url).query)
    return tuple(query.get(name, [usual])[0] for name, usual in _PLACE.items())
