"""What a user asked for, checked as a whole: kinds, conditions, order, format. All that is wrong is told at once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import BadQuery, BadSeed
from zhihu_crawler.export.asked import Asked, Plan
from zhihu_crawler.export.formats import FORMATS, Format, format_of
from zhihu_crawler.export.query.filters import read_filter
from zhihu_crawler.export.query.paths import KEPT, Type, field_named, kind_named, near
from zhihu_crawler.export.query.selection import choose, order_of
from zhihu_crawler.export.query.values import read_time
from zhihu_crawler.export.query.where import read_where, split_kind
from zhihu_crawler.export.sources import Order, Wanted
from zhihu_crawler.urls import TARGET_KINDS, read_seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from zhihu_crawler.export.query.where import Filter

_ABOUT: dict[str, tuple[str, dict[str, str]]] = {
    "question": ("question", {"question": "id", "answer": "question.id"}),
    "column": ("column", {"column": "id", "article": "column.id"}),
    "author": (
        "user",
        dict.fromkeys(("question", "answer", "article", "column"), "author.url_token")
        | {"collection": "creator.url_token", "user": "url_token"},
    ),
}
"""``--question ID`` and its like: the kind that the id is of, and the field of each kind that has it."""
_OF_COLLECTION = {"collection": "id", "collection_entry": "collection_id"}
_HELD = ("answer", "article")
"""Kinds that collections hold and that are read here."""
_BOOK_ORDER: dict[str, Order] = {"answer": [("voteup_count", True)], "article": [("created", False)]}
"""How a book is sorted where nobody says."""
ENTRY_ORDER: Order = [("position", False), ("page", False), ("page_position", False)]
"""The order of a collection: newest first, as the site shows it."""


def plan_of(asked: Asked, now: datetime, *, kept: bool) -> Plan:
    """Check what was asked.

    Args:
        asked: the command.
        now: what ages such as ``7d`` count from.
        kept: whether the store is read.

    Raises:
        BadQuery: it cannot be made; with every fault that was found, a line each.
    """
    return _Planner(asked, now, kept=kept).plan()


class _Planner:
    def __init__(self, asked: Asked, now: datetime, *, kept: bool) -> None:
        self._asked, self._now, self._kept = asked, now, kept
        self._faults: list[str] = []

    def plan(self) -> Plan:
        """Read one part after the other, and complain of all together."""
        asked = self._asked
        form = self._try(format_of, asked.format, asked.output) or FORMATS["jsonl"]
        about = {name: id_ for name in (*_ABOUT, "collection") if (id_ := self._try(self._about, name))}
        kinds = self._try(self._kinds, form, about) or ()
        wanted = {kind: Wanted(kind, self._filter(kind, about)) for kind in kinds}
        order = self._try(self._orders, form, kinds, about) or {}
        chosen = self._try(self._chosen, form, kinds)
        names = self._try(self._names, kinds)
        self._try(self._check, form, kinds, about)
        self._try(self._check_output, form, kinds)
        if self._faults:
            raise BadQuery("\n".join(dict.fromkeys(self._faults)))
        only = next(iter(about.items()), None)
        return Plan(
            format=form,
            output=None if asked.output == "-" else Path(asked.output),
            wanted={kind: Wanted(kind, one.filter, order.get(kind, [])) for kind, one in wanted.items()},
            fields=chosen or None,
            more=tuple(asked.more),
            limit=asked.limit or None,
            names=names,
            collection=about.get("collection") if set(kinds) & set(_HELD) else None,
            about=only,
            title=asked.title,
            excel=asked.excel,
        )

    def _try(self, read: Callable[..., Any], *args: Any) -> Any:
        try:
            return read(*args)
        except (BadQuery, BadSeed) as error:
            self._faults.append(str(error))
            return None

    def _about(self, name: str) -> str:
        text = getattr(self._asked, name)
        kind = "collection" if name == "collection" else _ABOUT[name][0]
        return read_seed(text, kind).id if text else ""  # type: ignore[arg-type]  # the kinds of the table are kinds of targets

    def _kinds(self, form: Format, about: dict[str, str]) -> tuple[str, ...]:
        if self._asked.kinds:
            return tuple(dict.fromkeys(kind_named(name) for name in self._asked.kinds))
        if any(getattr(self._asked, name) for name in (*_ABOUT, "collection")) and not about:
            return ()  # that was told already
        if len(about) != 1:
            raise BadQuery(
                "name what to export: answers, questions, users, ..., or give --question, --collection or --column"
            )
        [name] = about
        if name == "collection":
            usual: tuple[str, ...] = ("collection", "collection_entry", *_HELD)
        else:
            usual = {"question": ("question", "answer"), "column": ("column", "article")}.get(name, _HELD)
        return tuple(kind for kind in usual if not form.kinds or kind in form.kinds)

    def _filter(self, kind: str, about: dict[str, str]) -> Filter:
        parts: list[Filter] = []
        for text in self._asked.where:
            for_kind, condition = split_kind(text)
            if for_kind is None or self._try(kind_named, for_kind) == kind:
                parts.append(self._try(partial(read_where, kept=self._kept), condition, kind, self._now) or {})
        if self._asked.filter:
            parts.append(self._try(partial(read_filter, kept=self._kept), self._asked.filter, kind, self._now) or {})
        parts += [self._try(self._period, kind) or {}]
        parts += self._try(self._about_filters, kind, about) or []
        parts = [part for part in parts if part]
        return parts[0] if len(parts) == 1 else {"$and": parts} if parts else {}

    def _about_filters(self, kind: str, about: dict[str, str]) -> list[Filter]:
        filters = []
        for name, id_ in about.items():
            fields = _ABOUT[name][1] if name in _ABOUT else _OF_COLLECTION | dict.fromkeys(_HELD, "")
            if kind not in fields:
                raise BadQuery(f"--{name} chooses {', '.join(fields)}; it says nothing of {kind}")
            if fields[kind]:
                filters.append({fields[kind]: {"$eq": id_}})
        return filters

    def _period(self, kind: str) -> Filter:
        asked = self._asked
        if not (asked.since or asked.until):
            if asked.by:
                raise BadQuery(f"--by {asked.by} needs --since or --until")
            return {}
        one = field_named(kind, asked.by or ("last_seen" if self._kept else "crawled_at"), kept=self._kept)
        if one.type is not Type.TIME:
            raise BadQuery(f"--by {one.path}: that is {one.type}, not a time")
        bounds = {"$gte": asked.since, "$lt": asked.until}
        return {one.path: {sign: read_time(text, self._now)[0] for sign, text in bounds.items() if text}}

    def _orders(self, form: Format, kinds: tuple[str, ...], about: dict[str, str]) -> dict[str, Order]:
        orders = order_of(kinds, self._asked.sort, kept=self._kept)
        for kind in kinds if not self._asked.sort else ():
            if form.is_book and kind in _BOOK_ORDER:
                orders[kind] = _BOOK_ORDER[kind]
            if "collection" in about and kind == "collection_entry":
                orders[kind] = ENTRY_ORDER
        return orders

    def _chosen(self, form: Format, kinds: tuple[str, ...]) -> dict[str, tuple[str, ...]] | None:
        asked = self._asked
        for name in asked.more:
            if not self._kept:
                raise BadQuery(f"--with {name}: the store alone keeps it; item files do not have it")
            if name not in KEPT:
                raise BadQuery(f"--with {name!r}: the store keeps {', '.join(KEPT)}{_meant(name)}")
        if (asked.fields or asked.more) and not form.has_fields:
            raise BadQuery(
                f"{form.name} is laid out as a page: --fields and --with are for {_names_of(has_fields=True)}"
            )
        if asked.fields and asked.more:
            raise BadQuery("--fields names all that is wanted: put what --with adds there")
        return choose(kinds, asked.fields, kept=self._kept) if asked.fields else None

    def _names(self, kinds: tuple[str, ...]) -> tuple[str, ...] | None:
        if not self._asked.ids:
            return None
        if len(kinds) != 1:
            raise BadQuery("--ids are of one kind: name one")
        [kind] = kinds
        if kind not in TARGET_KINDS:
            return tuple(dict.fromkeys(self._asked.ids))
        return tuple(dict.fromkeys(read_seed(text, kind).id for text in self._asked.ids))  # type: ignore[arg-type]  # as above

    def _check(self, form: Format, kinds: tuple[str, ...], about: dict[str, str]) -> None:
        asked = self._asked
        if form.kinds and (others := [kind for kind in kinds if kind not in form.kinds]):
            raise BadQuery(f"{form.name} is for {', '.join(form.kinds)}, not for {', '.join(others)}")
        if len(about) > 1 or (asked.ids and about):
            raise BadQuery("give one of --ids, --question, --collection, --column and --author")
        if asked.collection and asked.sort and set(kinds) & set(_HELD):
            raise BadQuery("a collection is exported in its own order: leave --sort out")
        if asked.limit < 0:
            raise BadQuery(f"--limit {asked.limit}: give 1 or more")
        if asked.excel and form.name != "csv":
            raise BadQuery("--excel is for csv")

    def _check_output(self, form: Format, kinds: tuple[str, ...]) -> None:
        output = self._asked.output
        if output == "-" and (not form.is_stream or len(kinds) != 1):
            raise BadQuery(f"only one kind as {_names_of(is_stream=True)} can go to standard output")
        if not output:
            raise BadQuery("say where to: -o FILE or FOLDER")
        if Path(output).name in ("", ".."):
            raise BadQuery(f"{output} has no name of its own that could be replaced: name a file or a folder")


def _names_of(**wanted: bool) -> str:
    return ", ".join(form.name for form in FORMATS.values() if all(getattr(form, k) is v for k, v in wanted.items()))


def _meant(name: str) -> str:
    found = near(name, KEPT)
    return f"; did you mean {' or '.join(found)}?" if found else ""
