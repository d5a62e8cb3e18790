"""Small items and API objects that several tests begin from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zhihu_crawler import items
from zhihu_crawler.items import KINDS, Item, Layout

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
USER_ID = "0123456789abcdef0123456789abcdef"
_REQUIRED: dict[str, dict[str, Any]] = {
    "collection_entry": {"collection_id": "1", "content_kind": "answer", "content_id": "2"},
    "listing": {
        "owner_kind": "question",
        "owner_id": "1",
        "name": "answers",
        "got": 1,
        "stopped": items.Stop.END,
        "complete": True,
    },
    "tombstone": {"gone_kind": "answer", "gone_id": "1", "signal": "404"},
}


def make_item(kind: str, id_: str = "1", **fields: Any) -> Any:
    """Make an item of a kind with no more than it must have, and the given fields."""
    known: dict[str, Any] = {"id": id_, "url": None, "crawled_at": AT, "layout": Layout.STATE}
    return KINDS[kind](**known | _REQUIRED.get(kind, {}) | fields)


def one_of_each() -> list[Item]:
    """Make one item of every kind."""
    return [make_item(kind) for kind in KINDS]


def author(**fields: Any) -> dict[str, Any]:
    """An author as the API tells it."""
    return {"id": USER_ID, "url_token": "li-bai", "name": "李白", "type": "people", "user_type": "people"} | fields


def answer(**fields: Any) -> dict[str, Any]:
    """An answer as the API tells it."""
    return {
        "id": "2",
        "type": "answer",
        "question": {"id": "1", "type": "question", "title": "为什么？"},
        "author": author(),
        "content": "<p>因为。</p>",
        "created_time": 1_700_000_000,
        "updated_time": 1_700_000_060,
        "voteup_count": 3,
        "comment_count": 0,
    } | fields
