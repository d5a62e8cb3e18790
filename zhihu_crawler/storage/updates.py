"""One write joins what is stored with what was read, whatever was written before or comes later.

Both updates are aggregation pipelines, which the server runs on the stored document in one step. They are built from a
document as ``entries.document_of`` makes it. In whatever order and however often writes arrive, the same writes end in
the same document. Values stand in ``$literal``: a text that begins with ``$`` would be taken for a field's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.storage.documents import HISTORY
from zhihu_crawler.storage.merging import PRECISIONS, READING, WHOLE, Plan, plan_of, registers, seen_key

if TYPE_CHECKING:
    from zhihu_crawler.storage.documents import Document

Pipeline = list[dict[str, Any]]
Expression = Any
WON = "_won"
"""A field that stands in the document only while the pipeline runs: which groups of fields were won."""
_JOINED = frozenset(
    {"_id", "first_seen", "last_seen", "deleted_at", "history", "tokens", "meta", "revision", "changed_at"}
)
"""Fields whose stored and new values both count."""


def is_plain(kind: str, document: Document) -> bool:
    """Say whether all fields of a document win where it is the latest: no cut text, no day for a time."""
    is_rough = "created" in plan_of(kind).pairs and document.get("created_precision") != PRECISIONS[-1]
    return not document.get("content_truncated") and not ("created" in document and is_rough)


def newer_update(kind: str, document: Document) -> Pipeline:
    """Return the update of a stored document that is older in every field. It is small; ``is_plain`` must hold.

    Its filter must see to it: ``{"_id": ..., "last_seen": {"$lt": document["last_seen"]}}``.
    """
    if kind == WHOLE:
        return [{"$replaceWith": {"$mergeObjects": [_literal(document), _joined(document)]}}]
    plan = plan_of(kind)
    plain, computed = {}, _joined(document)
    for name, value in document.items():
        if isinstance(value, dict) and name not in ("meta", "body_file"):
            computed[name] = {"$mergeObjects": [f"${name}", _literal(value)]}
        elif name not in _JOINED:
            plain[name] = value
    if document["partial"]:
        was_full = {"$eq": ["$partial", False]}
        computed |= {name: _either(was_full, f"${name}", _literal(plain.pop(name))) for name in READING}
    computed |= _newer_text(plan, document)
    merged: Pipeline = [{"$replaceWith": {"$mergeObjects": ["$$ROOT", _literal(plain), computed]}}]
    gone = [name for names in groups_of(plan, document).values() for name in names if name not in document]
    return [*merged, {"$unset": gone}] if gone else merged


def _newer_text(plan: Plan, document: Document) -> Document:
    """Give the fields that keep account of a text, and when every field was read."""
    meta, time = document["meta"], document["last_seen"]
    made: Document = {"seen": {"$mergeObjects": ["$meta.seen", _literal(meta["seen"])]}}
    told: Document = {} if plan.text is None else {"revision": {"$ifNull": ["$revision", 0]}}
    if text_hash := meta.get("hash"):
        known = f"$meta.texts.{text_hash}"
        noted = {text_hash: {"first": {"$min": [f"{known}.first", time]}, "last": time}}
        replaced = {"$and": [_holds_whole_text(plan), {"$ne": ["$meta.hash", text_hash]}]}
        earlier = {"$mergeObjects": ["$meta.earlier", _stored_text(plan)]}
        made |= {"hash": text_hash, "texts": {"$mergeObjects": ["$meta.texts", noted]}}
        made["earlier"] = _either(replaced, earlier, "$meta.earlier")
        told["revision"] = {"$add": [told["revision"], _either(_is_there(known), 0, 1)]}
        told["changed_at"] = _either(_is_there(known), "$changed_at", time)
    return told | {"meta": {"$mergeObjects": ["$meta", made]}}


def any_update(kind: str, document: Document) -> Pipeline:
    """Return the update that is right whatever is stored: nothing, older, newer, or each field of another time."""
    if kind == WHOLE:
        won = {"$gt": [[document["crawled_at"], document["meta"]["hash"]], ["$crawled_at", "$meta.hash"]]}
        taken = _either(won, _literal(document), "$$ROOT")
        return [{"$replaceWith": {"$mergeObjects": [taken, _joined(document)]}}]
    plan = plan_of(kind)
    groups = groups_of(plan, document)
    fields = _joined(document)
    fields |= {name: _literal(document[name]) for name in plan.constant if name in document}
    seen = document["meta"]["seen"]
    for path, value in registers(plan, document):
        fields |= _register(path, value, seen.get(seen_key(path), document["first_seen"]))
    for group, names in groups.items():
        taken = {name: _literal(document[name]) if name in document else "$$REMOVE" for name in names}
        fields |= {name: _either(f"${WON}.{group}", new, f"${name}") for name, new in taken.items()}
        fields |= _group_seen(plan, group, document)
    fields |= _any_text(plan, document)
    won = {group: _wins(plan, group, document) for group in groups}
    stages: Pipeline = [{"$set": {WON: won}}, {"$set": fields}, {"$unset": WON}]
    return [*stages, {"$set": _COUNTED}] if plan.text else stages


_COUNTED: Document = {
    "revision": {"$size": {"$objectToArray": {"$ifNull": ["$meta.texts", {}]}}},
    "changed_at": {
        "$ifNull": [
            {"$max": {"$map": {"input": {"$objectToArray": "$meta.texts"}, "in": "$$this.v.first"}}},
            "$$REMOVE",
        ]
    },
}


def groups_of(plan: Plan, document: Document) -> dict[str, tuple[str, ...]]:
    """Return the fields that are won or lost together, by the name of their group, as far as a document has them."""
    groups: dict[str, tuple[str, ...]] = {"reading": READING}
    groups |= {name: (name, f"{name}_precision") for name in plan.pairs if name in document}
    if plan.text and "hash" in document["meta"]:
        groups["text"] = (plan.text, "body_file", *(("content_truncated",) if plan.has_truncated else ()))
    return groups


def _wins(plan: Plan, group: str, document: Document) -> Expression:
    """Compare what decides a group: rank first, then time, then whatever makes it one order for all."""
    seen = document["meta"]["seen"]
    if group == "reading":
        new = [not document["partial"], document["crawled_at"], document["layout"]]
        return {"$gt": [new, [{"$eq": ["$partial", False]}, "$crawled_at", "$layout"]]}
    if group == "text":
        cut = document.get("content_truncated")
        new = [0 if cut else 1, seen[plan.text], document["meta"]["hash"], cut]
        rank = _either(_is_there("$meta.hash"), _either(_holds_whole_text(plan), 1, 0), -1)
        return {"$gt": [new, [rank, f"$meta.seen.{plan.text}", "$meta.hash", "$content_truncated"]]}
    precision = document.get(f"{group}_precision")
    stored = [f"$meta.seen.{group}", f"${group}", f"${group}_precision"]
    new = [seen[group], document[group], precision]
    if group == "updated":
        return {"$gt": [new, stored]}
    rank = {"$indexOfArray": [list(PRECISIONS), f"${group}_precision"]}
    return {"$gt": [[PRECISIONS.index(precision) if precision else -1, *new], [rank, *stored]]}


def _group_seen(plan: Plan, group: str, document: Document) -> Document:
    name = plan.text if group == "text" else group
    if group == "reading" or name is None:
        return {}
    seen = f"meta.seen.{name}"
    return {seen: _either(f"${WON}.{group}", document["meta"]["seen"][name], f"${seen}")}


def _register(path: str, value: Any, time: Any) -> Document:
    seen = f"meta.seen.{seen_key(path)}"
    later = {"$gt": [[time, _literal(value)], [f"${seen}", f"${path}"]]}
    return {path: _either(later, _literal(value), f"${path}"), seen: {"$max": [f"${seen}", time]}}


def _any_text(plan: Plan, document: Document) -> Document:
    meta = document["meta"]
    if plan.text is None or "hash" not in meta:
        return {}
    fields: Document = {"meta.hash": _either(f"${WON}.text", meta["hash"], "$meta.hash")}
    for text_hash, times in meta.get("texts", {}).items():
        known = f"meta.texts.{text_hash}"
        fields[f"{known}.first"] = {"$min": [f"${known}.first", times["first"]]}
        fields[f"{known}.last"] = {"$max": [f"${known}.last", times["last"]]}
    if not document.get("content_truncated"):
        new = {
            name: document[told] for name, told in (("text", plan.text), ("body_file", "body_file")) if told in document
        }
        loser = _either(f"${WON}.text", _stored_text(plan), _literal({meta["hash"]: new}))
        differs = {"$and": [_holds_whole_text(plan), {"$ne": ["$meta.hash", meta["hash"]]}]}
        fields["meta.earlier"] = _either(differs, {"$mergeObjects": ["$meta.earlier", loser]}, "$meta.earlier")
    return fields


def _holds_whole_text(plan: Plan) -> Expression:
    whole: list[Expression] = [_is_there("$meta.hash")]
    return {"$and": [*whole, {"$ne": ["$content_truncated", True]}]} if plan.has_truncated else whole[0]


def _stored_text(plan: Plan) -> Expression:
    """The stored text by its hash, as ``meta.earlier`` keeps it until it is moved to ``versions``."""
    entry = {"k": "$meta.hash", "v": {"text": f"${plan.text}", "body_file": "$body_file"}}
    return {"$arrayToObject": [[entry]]}


def _joined(document: Document) -> Document:
    """Give the fields whose new value joins the stored one: the least, the greatest, the union."""
    fields: Document = {
        "first_seen": {"$min": ["$first_seen", document["first_seen"]]},
        "last_seen": {"$max": ["$last_seen", document["last_seen"]]},
    }
    if "deleted_at" in document:
        fields["deleted_at"] = {"$min": ["$deleted_at", document["deleted_at"]]}
    if document.get("history"):
        fields["history"] = {"$slice": [_union("history", document), -HISTORY]}
    if document.get("tokens") is not None:
        fields["tokens"] = _union("tokens", document)
    return fields


def _union(name: str, document: Document) -> Expression:
    both = {"$setUnion": [{"$ifNull": [f"${name}", []]}, _literal(document[name])]}
    return {"$sortArray": {"input": both, "sortBy": 1}}


def _either(condition: Expression, yes: Expression, no: Expression) -> Expression:
    return {"$cond": [condition, yes, no]}


def _is_there(path: str) -> Expression:
    return {"$gt": [path, None]}


def _literal(value: Any) -> Expression:
    return {"$literal": value}
