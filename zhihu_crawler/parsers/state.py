"""The state that a page carries for its own scripts: ``js-initialData`` since 2018, ``data-state`` before.

``entities`` holds the API's objects in camelCase by kind and id (users by url_token); beside it ``question.answers``
and ``people.<list>ByUser`` hold the first page of each listing. Seen in stored pages of 2017 to 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import DamagedPageError, PageError, WrongPageError
from zhihu_crawler.parsers.entities import read_entity
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.people import read_user
from zhihu_crawler.parsers.record import Record
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each

if TYPE_CHECKING:
    from zhihu_crawler.items import Item
    from zhihu_crawler.urls import Target

_ENTITIES: Mapping[str, str] = {
    "questions": "question",
    "answers": "answer",
    "users": "people",
    "favlists": "collection",
    "articles": "article",
    "columns": "column",
    "topics": "topic",
}
"""Entity table of the state: the ``type`` of what is in it, for objects that do not say so themselves."""
_TABLE_OF: Mapping[str, str] = {
    "question": "questions",
    "answer": "answers",
    "user": "users",
    "collection": "favlists",
    "article": "articles",
    "column": "columns",
    "topic": "topics",
}
_PEOPLE_LISTS: Mapping[str, tuple[str, str]] = {
    "answersByUser": ("answers", "answers"),
    "answersSortByVotesByUser": ("answers", "answers"),
    "questionsByUser": ("questions", "questions"),
    "articlesByUser": ("articles", "articles"),
    "articlesSortByVotesByUser": ("articles", "articles"),
    "columnsByUser": ("columns", "columns"),
    "favlistsByUser": ("collections", "favlists"),
    "followingByUser": ("followees", "users"),
    "followersByUser": ("followers", "users"),
}
"""Key below ``people``: our name of the listing, and the entity table that its ids are of."""


def parse_state(data: Mapping[str, Any], source: Source, target: Target | None) -> Parsed:
    """Read everything that a page's state holds.

    Args:
        data: the decoded state, with or without the outer ``initialState``.
        source: where it was read.
        target: what was asked for, where that is known.

    Raises:
        DamagedPageError: there is no table of entities.
        WrongPageError: what was asked for is not in it.
    """
    root = data.get("initialState", data)
    entities = root.get("entities") if isinstance(root, Mapping) else None
    if not isinstance(entities, Mapping):
        raise DamagedPageError(f"the state of {source.url or 'this file'} has no entities: cut, or of a new shape")
    tables = {name: table if isinstance(table, Mapping) else {} for name, table in entities.items()}
    _check_asked_for(tables, source, target)
    parsed = Parsed()
    state = _State(root, tables, source, parsed)
    listings = list(state.listings())
    each(state.entities(), lambda entity: read_entity(state.record(*entity), source), parsed)
    parsed.listings.extend(listings)
    parsed.items.extend(state.follows)
    return parsed


def _check_asked_for(tables: Mapping[str, Mapping[str, Any]], source: Source, target: Target | None) -> None:
    if target is None or target.kind not in _TABLE_OF:
        return
    table = tables.get(_TABLE_OF[target.kind], {})
    if target.id in table or (
        target.kind in ("user", "column") and any(_is_called(one, target.id) for one in table.values())
    ):
        return
    raise WrongPageError(f"the state of {source.url} holds no {target.kind} {target.id}")


def _is_called(one: object, id_: str) -> bool:
    return isinstance(one, Mapping) and id_ in (one.get("id"), one.get("urlToken"))


class _State:
    """One page's state while it is being read."""

    def __init__(
        self, root: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], source: Source, parsed: Parsed
    ) -> None:
        self.root, self.tables, self.source, self.parsed = root, tables, source, parsed
        self.follows: list[Item] = []
        self.order: dict[str, list[str]] = {}

    def entities(self) -> Iterator[tuple[str, str, object]]:
        """Every entity that is told here, questions first, answers as the page orders them; not the reader's own."""
        for name, kind in _ENTITIES.items():
            table = self.tables.get(name, {})
            first = [id_ for id_ in self.order.get(name, ()) if id_ in table]
            for id_ in dict.fromkeys((*first, *table)):
                if not self._is_reader(name, table[id_]):
                    yield kind, id_, table[id_]

    def _is_reader(self, name: str, entity: object) -> bool:
        """``users`` also holds whoever is logged in, as a stub without a name (stored pages of 2025)."""
        return name == "users" and isinstance(entity, Mapping) and not (entity.get("name") or entity.get("urlToken"))

    def record(self, kind: str, id_: str, entity: object) -> Record:
        """Return an entity with its kind and id in it.

        Raises:
            RecordError: it is no object.
        """
        if not isinstance(entity, Mapping):
            return Record(entity, f"{kind} {id_:.40}", self.parsed.problems)
        whole: dict[str, Any] = {"type": kind, **({} if kind == "people" else {"id": id_}), **entity}
        if whole["type"] not in ("answer", "question", "article", "column", "topic"):
            whole["type"] = kind
        if isinstance(author := whole.get("author"), str):  # some lists name their author by key only
            whole["author"] = self.tables.get("users", {}).get(author)
        return Record(whole, f"{kind} {id_:.40}", self.parsed.problems)

    def listings(self) -> Iterator[ListingPage]:
        """Say what the page tells of each listing that it begins."""
        for qid, seed in _seeds(self.root, "question", "answers"):
            yield self._listing("question", qid, "answers", "answers", seed)
        for key, (name, table) in _PEOPLE_LISTS.items():
            for token, seed in _seeds(self.root, "people", key):
                yield self._listing("user", token, name, table, seed)

    def _listing(self, kind: str, owner: str, name: str, table: str, seed: Record) -> ListingPage:
        members = [(place, id_) for place, id_ in enumerate(_ids(seed)) if id_ is not None]
        known = [(place, id_) for place, id_ in members if id_ in self.tables.get(table, {})]
        self.order[table] = [id_ for _, id_ in known]
        keys = tuple(self._key(name, owner, table, place, id_) for place, id_ in known)
        question = self.tables.get("questions", {}).get(owner) if kind == "question" else None
        total = seed.count("totals")
        if total is None and isinstance(question, Mapping):
            total = Record(question, f"question {owner}", []).count("answer_count")
        return ListingPage(
            owner_kind=kind,
            owner_id=owner,
            name=name,
            received=len(known),
            other=len(members) - len(known),
            total=total,
            next_url=seed.word("next"),
            is_end=seed.flag("is_drained") or None,  # False even where the first page is all there is
            needs_login=bool(seed.flag("need_force_login") or seed.flag("anti_spider")),
            keys=tuple(key for key in keys if key),
        )

    def _key(self, name: str, owner: str, table: str, place: int, id_: str) -> str | None:
        if table != "users":
            return f"{_ENTITIES[table]}:{id_}"
        record = Record(self.tables[table][id_], f"user {id_:.40}", [])  # its faults are noted where it is read
        try:
            user = read_user(record, self.source)
        except PageError:
            return None
        follow = make_follow(user, name, owner, self.source, position=place)
        self.follows.append(follow)
        return follow.key


def _seeds(root: Mapping[str, Any], part: str, name: str) -> Iterable[tuple[str, Record]]:
    lists = root.get(part)
    table = lists.get(name) if isinstance(lists, Mapping) else None
    for owner, seed in table.items() if isinstance(table, Mapping) else ():
        if isinstance(seed, Mapping) and isinstance(seed.get("ids"), list):
            yield str(owner), Record(seed, f"{name} of {owner:.40}", [])


def _ids(seed: Record) -> Iterator[str | None]:
    """Members of a listing: plain ids, feed cards that name a target, or null for places not on this page."""
    for member in seed.raw["ids"]:
        if isinstance(member, Mapping):
            target = member.get("target", member.get("id"))
            yield str(target) if target is not None else ""
        else:
            yield None if member is None else str(member)
