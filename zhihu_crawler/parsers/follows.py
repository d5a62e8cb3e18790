"""Edges of the follow graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zhihu_crawler.items import Follow

if TYPE_CHECKING:
    from zhihu_crawler.items import User
    from zhihu_crawler.parsers.result import Source

_USER_ID = re.compile(r"[0-9a-f]{32}")


def make_follow(user: User, listing: str, owner: str, source: Source, *, position: int | None) -> Follow:
    """Make the edge between the person of a card and the owner of the list that the card is on.

    Args:
        user: the person of the card, with token or id.
        listing: ``followers`` or ``followees``, of the owner.
        owner: the owner's token or id.
        source: where the card was read.
        position: place of the card in the whole listing, from 0, where it is known.
    """
    other = user.url_token or user.id
    owner_is_id = _USER_ID.fullmatch(owner) is not None
    mine = {"token": None if owner_is_id else owner, "id": owner if owner_is_id else None}
    theirs = {"token": user.url_token, "id": user.id}
    follower, followee = (theirs, mine) if listing == "followers" else (mine, theirs)
    pair = (other, owner) if listing == "followers" else (owner, other)
    return Follow(
        id=f"{pair[0]}>{pair[1]}",
        url=None,
        crawled_at=source.crawled_at,
        layout=source.layout,
        follower_token=follower["token"],
        follower_id=follower["id"],
        followee_token=followee["token"],
        followee_id=followee["id"],
        position=position,
    )
