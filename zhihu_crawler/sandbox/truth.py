"""What a crawl that misses nothing would get: for tests, and for the table at the end of a demonstration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox.ids import USER_LISTS, read_question

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.listings import Listing
    from zhihu_crawler.sandbox.world import World

MOST_IDS = 100_000
"""Ids that are told of one listing; ``delivered`` counts them all."""


class Truth:
    """Tells what is listed, without the paging."""

    def __init__(self, world: World) -> None:
        self._world = world

    def tell(self, path: str) -> dict[str, Any] | None:
        """Return the truth of ``question/{id}``, ``collection/{id}``, ``column/{slug}`` or ``user/{token}``."""
        kind, _, id_ = path.partition("/")
        if kind == "question":
            found = read_question(id_)
            return {"id": id_, "answers": tell(self._world.answers(found))} if found else None
        if kind == "collection":
            entries = self._world.entries(id_)
            return {"id": id_, "entries": tell(entries)} if entries else None
        if kind == "column":
            articles = self._world.column_articles(id_)
            return {"id": id_, "articles": tell(articles)} if articles else None
        user = self._world.find_user(id_) if kind == "user" else None
        if user is None:
            return None
        return {"id": user.hex, "token": user.token} | {
            name: tell(self._world.user_list(user, name)) for name in USER_LISTS
        }


def tell(listing: Listing) -> dict[str, Any]:
    """Return a listing's ids in order (entries of collections as ``type:id``), and its counts.

    ``size`` is what there is, ``total`` what the site says, ``delivered`` what can be got.
    """
    told = min(listing.delivered, MOST_IDS)
    return {
        "ids": [listing.key(listing.place(at)) for at in range(told)],
        "total": listing.totals,
        "delivered": listing.delivered,
        "size": listing.size,
        "quirk": listing.quirk.name.lower(),
    }
