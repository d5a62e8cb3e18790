"""What a tombstone does to the thing that it is of: one that is known is marked as deleted, none is made of it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from zhihu_crawler.items import KINDS, PLURALS, Tombstone
from zhihu_crawler.storage.bulk import Write
from zhihu_crawler.storage.updates import register

if TYPE_CHECKING:
    from zhihu_crawler.items import Item
    from zhihu_crawler.storage.documents import Document


def mark(item: Item) -> Write | None:
    """Return the write that follows from a tombstone beside its own, ``None`` of any other item.

    It only tells of the deletion: nothing that was read of the thing changes, and a page that shows it again later says
    so by its ``is_deleted``. A user is found by any token that was ever seen.
    """
    if not isinstance(item, Tombstone) or item.gone_kind not in KINDS:
        return None
    update: Document = {"deleted_at": {"$min": ["$deleted_at", item.crawled_at]}}
    if "is_deleted" in {field.name for field in fields(KINDS[item.gone_kind])}:
        update |= register("is_deleted", value=True, time=item.crawled_at)
    where: Document = {"_id": item.gone_id}
    if item.gone_kind == "user":
        where = {"$or": [where, {"tokens": item.gone_id}]}
    return Write(PLURALS[item.gone_kind], where=where, update=[{"$set": update}], upsert=False)
