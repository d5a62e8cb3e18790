"""An item made ready to be written: its document as it would stand alone, checked and measured."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import bson
from bson.errors import InvalidDocument

from zhihu_crawler.errors import RefusedError
from zhihu_crawler.items import Follow, Item, User
from zhihu_crawler.storage.documents import COUNTERS, identity, person, values_of
from zhihu_crawler.storage.merging import WHOLE, Plan, plan_of, registers, seen_key

if TYPE_CHECKING:
    from zhihu_crawler.storage.documents import Document

TEXT_BYTES = 2 * 1024 * 1024
"""A longer text goes to GridFS: a document must have room for others, which wait to be moved to ``versions``."""
DOCUMENT_BYTES = 4 * 1024 * 1024
"""A document that is longer than this without its text is none of Zhihu's; a write carries its values three times."""


@dataclass(slots=True)
class Entry:
    """One item on its way to the store."""

    item: Item
    document: Document
    """As it stands in the collection where nothing was known of the thing before."""
    size: int
    """Bytes of the document."""
    long_text: str | None = None
    """The text, where it has to go to GridFS."""

    @property
    def kind(self) -> str:
        """The item's kind."""
        return self.item.kind


def entry_of(item: Item) -> Entry:
    """Make an item ready; halves of characters, which UTF-8 cannot hold, become U+FFFD.

    Raises:
        RefusedError: it can never be stored, with the reason.
    """
    values = values_of(item)
    try:
        return _entry(item, document_of(item, values))
    except UnicodeEncodeError:
        return _entry(item, document_of(item, _mended(values)))


def _entry(item: Item, document: Document) -> Entry:
    long_text = _take_long_text(plan_of(item.kind), document)
    try:
        size = len(bson.encode(document))
    except (OverflowError, InvalidDocument) as error:
        raise RefusedError(f"{item.key}: {error}") from error
    if size > DOCUMENT_BYTES:
        raise RefusedError(f"{item.key} has {size:,} bytes without its text, more than {DOCUMENT_BYTES:,}")
    return Entry(item, document, size, long_text)


def _take_long_text(plan: Plan, document: Document) -> str | None:
    if plan.text is None or plan.text not in document:
        return None
    text: str = document[plan.text]
    if len(text) * 4 <= TEXT_BYTES or (size := len(text.encode())) <= TEXT_BYTES:
        return None
    document["body_file"] = {"file": document["meta"]["hash"], "bytes": size}
    del document[plan.text]
    return text


def document_of(item: Item, values: Document) -> Document:
    """Return what an item's values are as a document that nobody has written to before.

    Raises:
        RefusedError: nothing identifies it.
    """
    time, plan = item.crawled_at, plan_of(item.kind)
    document = {"_id": identity(item), **values, "first_seen": time, "last_seen": time}
    if item.kind == WHOLE:
        document["meta"] = {"hash": _hash(repr(sorted(values.items())))}
    else:
        _drop_loose(plan, document)
        document["meta"] = {"seen": dict.fromkeys(_seen_names(plan, document), time)}
        _add_text(plan, document)
    if isinstance(item, User):
        document["tokens"] = [values["url_token"]] if item.url_token else []
    if isinstance(item, Follow):
        document["follower"] = person(item.follower_id, item.follower_token)
        document["followee"] = person(item.followee_id, item.followee_token)
    if values.get("is_deleted"):
        document["deleted_at"] = time
    counters = {name: values[name] for name in COUNTERS.get(item.kind, ()) if name in values}
    if counters:
        document["history"] = [{"at": time, **counters}]
    return document


def _drop_loose(plan: Plan, document: Document) -> None:
    """Leave out what tells of a value that is not there: a precision without its time, "cut" without a text."""
    for name in plan.pairs:
        if name not in document:
            document.pop(f"{name}_precision", None)
    if plan.text not in document:
        document.pop("content_truncated", None)


def _seen_names(plan: Plan, document: Document) -> list[str]:
    names = [seen_key(path) for path, _ in registers(plan, document)]
    return names + [name for name in (*plan.pairs, plan.text) if name in document]


def _add_text(plan: Plan, document: Document) -> None:
    """Note the text's hash; a cut text is no version of it."""
    if plan.text is None:
        return
    document["revision"] = 0
    if plan.text not in document:
        return
    time, meta = document["last_seen"], document["meta"]
    meta["hash"] = _hash(document[plan.text])
    if not document.get("content_truncated"):
        meta["texts"] = {meta["hash"]: {"first": time, "last": time}}
        document |= {"revision": 1, "changed_at": time}


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {name: _mended(inner) for name, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list) else value
