"""First pages of the API's listings, asked for as the site's own pages ask for them (fields seen in stored replies)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from zhihu_crawler.urls import MAX_LIMIT, api_url

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
