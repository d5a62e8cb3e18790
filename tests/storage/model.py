"""What the store must hold after some items, however they came: computed from all of them at once, without a server."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from zhihu_crawler.items import KINDS, Item
from zhihu_crawler.storage.documents import COUNTERS, HISTORY, TEXTS, identity, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Document = dict[str, Any]
_PRECISION = {None: -1, "day": 0, "minute": 1, "second": 2}
_CONSTANT = {"collection_entry": {"id", "collection_id", "content_kind", "content_id"}, "user": set(), "follow": set()}


def order(value: Any) -> tuple[Any, ...]:
    """The place of a value in the order in which MongoDB sorts: null, numbers, text, objects, lists, yes/no, times."""
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return 5, value
    if isinstance(value, (int, str, datetime)):
        return {int: 1, str: 2, datetime: 6}[type(value)], value
    if isinstance(value, list):
        return 4, [order(one) for one in value]
    return 3, [(order(one)[0], name, order(one)) for name, one in value.items()]


def text_hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


class Expected:
    """The document of one thing, and the texts that ``versions`` has of it."""

    def __init__(self, items: Sequence[Item], id_: str = "") -> None:
        self.kind = items[0].kind
        self.text = TEXTS.get(self.kind)
        self.told = [(item.crawled_at, values_of(item)) for item in items]
        self.document: Document = {"_id": id_ or identity(items[0])}
        times = [time for time, _ in self.told]
        self.document |= {"first_seen": min(times), "last_seen": max(times)}
        self.history()
        if self.kind == "listing":
            _, _, newest = max((time, text_hash(repr(sorted(told.items()))), told) for time, told in self.told)
            self.document |= newest | {"meta": {"hash": text_hash(repr(sorted(newest.items())))}}
        else:
            self.document["meta"] = {"seen": {}}
            self.fields()
            self.people()

    def history(self) -> None:
        points = []
        for time, told in self.told:
            counters = {name: told[name] for name in COUNTERS.get(self.kind, ()) if name in told}
            if counters and (point := {"at": time, **counters}) not in points:
                points.append(point)
        if points:
            self.document["history"] = sorted(points, key=order)[-HISTORY:]
        if deleted := [time for time, told in self.told if told.get("is_deleted")]:
            self.document["deleted_at"] = min(deleted)

    def fields(self) -> None:
        _, reading = max(
            (
                (not told["partial"], time, told["layout"]),
                {"partial": told["partial"], "crawled_at": time, "layout": told["layout"]},
            )
            for time, told in self.told
        )
        self.document |= reading
        names = KINDS[self.kind].__dataclass_fields__
        apart = {"partial", "crawled_at", "layout", "content_truncated", self.text} | _CONSTANT.get(self.kind, {"id"})
        for pair in ("created", "updated"):
            if f"{pair}_precision" in names:
                apart |= {pair, f"{pair}_precision"}
                self.pair(pair)
        for path in {path for _, told in self.told for path, _ in flat(told) if path.partition(".")[0] not in apart}:
            read = [(time, order(value), value) for time, told in self.told for at, value in flat(told) if at == path]
            time, _, value = max(read, key=lambda one: one[:2])
            outer, _, inner = path.partition(".")
            (self.document.setdefault(outer, {}) if inner else self.document)[inner or outer] = value
            self.document["meta"]["seen"][path.replace(".", "/")] = time
        if self.kind in _CONSTANT or "id" in self.told[0][1]:
            self.document |= {name: self.told[0][1][name] for name in _CONSTANT.get(self.kind, {"id"})}
        if self.text:
            self.texts()

    def pair(self, name: str) -> None:
        """The more exact time of creation, the later read one of the last change, each with its precision."""
        read = [
            (
                (_PRECISION[told.get(f"{name}_precision")] if name == "created" else 0, time),
                (order(told[name]), order(told.get(f"{name}_precision"))),
                {key: told[key] for key in (name, f"{name}_precision") if key in told},
            )
            for time, told in self.told
            if name in told
        ]
        if read:
            (_, time), _, values = max(read, key=lambda one: one[:2])
            self.document |= values
            self.document["meta"]["seen"][name] = time

    def texts(self) -> None:
        """The latest whole text, else the latest cut one; every whole one is counted."""
        read = [(time, told, told[self.text]) for time, told in self.told if self.text in told]
        self.versions = {}
        self.document["revision"] = 0
        if not read:
            return
        _, time, name, _, told = max(
            (
                (not told.get("content_truncated"), time, text_hash(text), order(told.get("content_truncated")), told)
                for time, told, text in read
            ),
            key=lambda one: one[:4],
        )
        self.document |= {key: told[key] for key in (self.text, "content_truncated") if key in told}
        self.document["meta"]["seen"][self.text] = time
        self.document["meta"]["hash"] = name
        whole = [(time, text_hash(text), text) for time, told, text in read if not told.get("content_truncated")]
        if whole:
            seen = {key: [time for time, at, _ in whole if at == key] for _, key, _ in whole}
            texts = {key: {"first": min(times), "last": max(times)} for key, times in seen.items()}
            self.document["meta"]["texts"] = texts
            self.document |= {"revision": len(texts), "changed_at": max(one["first"] for one in texts.values())}
            if len(texts) > 1:
                self.versions = {key: text for _, key, text in whole}

    def people(self) -> None:
        if self.kind == "user":
            tokens = {told["url_token"] for _, told in self.told if "url_token" in told}
            self.document["tokens"] = sorted(tokens)
        if self.kind == "follow":
            self.document["follower"], self.document["followee"] = self.document["_id"].split(">")


def flat(told: Document) -> list[tuple[str, Any]]:
    pairs = []
    for name, value in told.items():
        if isinstance(value, dict):
            pairs += [(f"{name}.{inner}", one) for inner, one in value.items()]
        else:
            pairs.append((name, value))
    return pairs


class Items:
    """Strategies for items of one thing, from few values so that readings agree, differ and meet at one time."""

    DAYS: ClassVar = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 6)]
    TEXT: ClassVar = ["", "$set", "b.c", "\x00d", "{{}}", "文字"]
    NUMBERS: ClassVar = [0, 1, 7, 2**40]
    FIXED: ClassVar = {
        "crawled_at": st.sampled_from(DAYS),
        "url": st.sampled_from([None, "https://a", "https://b"]),
        "id": st.just("1"),
        "collection_id": st.just("1"),
        "content_kind": st.just("answer"),
        "content_id": st.just("2"),
    }

    @classmethod
    def of(cls, kind: str, **fixed: Any) -> st.SearchStrategy[Any]:
        return cls.build(KINDS[kind], cls.FIXED | fixed)

    @classmethod
    def build(cls, record: type, fixed: Document) -> st.SearchStrategy[Any]:
        hints = get_type_hints(record)
        made = {
            one.name: fixed[one.name] if one.name in fixed else cls.strategy(hints[one.name]) for one in fields(record)
        }
        return st.builds(record, **made)

    @classmethod
    def strategy(cls, hint: Any) -> st.SearchStrategy[Any]:
        pools = {str: cls.TEXT, int: cls.NUMBERS, bool: [True, False], datetime: cls.DAYS}
        if hint in pools:
            return st.sampled_from(pools[hint])
        if hint is type(None):
            return st.none()
        if get_origin(hint) is UnionType:
            return st.one_of(*(cls.strategy(one) for one in reversed(get_args(hint))))
        if get_origin(hint) is tuple:
            return st.lists(cls.strategy(get_args(hint)[0]), max_size=2).map(tuple)
        if get_origin(hint) is Literal:
            return st.just(get_args(hint)[0])
        return cls.build(hint, {}) if is_dataclass(hint) else st.sampled_from(list(hint))
