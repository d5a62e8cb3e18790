"""The state that a page carries for its own scripts: ``js-initialData`` since 2018, ``data-state`` before.

``entities`` holds the API's objects in camelCase by kind and id (users by url_token); beside it ``question.answers``
and ``people.<list>ByUser`` hold the first page of each listing. Seen in stored pages of 2017 to 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from zhihu_crawler.errors import DamagedPageError, PageError, WrongPageError
from zhihu_crawler.parsers.entities import read_entity
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.hot import read_hot
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


class _Kind(NamedTuple):
    """A kind of listing: where the state has it, whose it is, how it is called here, of which table its ids are."""

    part: str
    key: str
    owner: str
    name: str
    table: str


_LISTS: tuple[_Kind, ...] = tuple(
    _Kind(*told)
    for told in (
        ("question", "updatedAnswers", "question", "answers", "answers"),
        ("question", "answers", "question", "answers", "answers"),
        ("question", "followers", "question", "followers", "users"),
        ("people", "answersByUser", "user", "answers", "answers"),
        ("people", "answersSortByVotesByUser", "user", "answers", "answers"),
        ("people", "questionsByUser", "user", "questions", "questions"),
        ("people", "articlesByUser", "user", "articles", "articles"),
        ("people", "articlesSortByVotesByUser", "user", "articles", "articles"),
        ("people", "columnsByUser", "user", "columns", "columns"),
        ("people", "favlistsByUser", "user", "collections", "favlists"),
        ("people", "followingByUser", "user", "followees", "users"),
        ("people", "followersByUser", "user", "followers", "users"),
        ("people", "followingQuestionsByUser", "user", "followed_questions", "questions"),
        ("people", "followingTopicsByUser", "user", "followed_topics", "topics"),
        ("people", "followingColumnsByUser", "user", "followed_columns", "columns"),
        ("people", "followingFavlistsByUser", "user", "followed_collections", "favlists"),
        ("answers", "voters", "answer", "voters", "users"),
        ("topic", "followers", "topic", "followers", "users"),
        ("topic", "bestAnswerers", "topic", "best_answerers", "users"),
    )
)
_TOTALS: Mapping[tuple[str, str], str] = {
    ("question", "answers"): "answer_count",
    ("question", "followers"): "follower_count",
}
"""Where a listing does not say its total: the field of its owner that does."""


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
    state.asked_for = target.id if target and target.kind == "user" else None
    listings = list(state.listings())
    each(state.entities(), lambda entity: read_entity(state.record(*entity), source), parsed)
    parsed.listings.extend(listings)
    parsed.items.extend(state.follows)
    each(_hot_list(root), lambda raw: [read_hot(Record(raw, "card of the hot list", parsed.problems), source)], parsed)
    return parsed


def _hot_list(root: Mapping[str, Any]) -> list[Any]:
    topstory = root.get("topstory")
    cards = topstory.get("hotList") if isinstance(topstory, Mapping) else None
    return cards if isinstance(cards, list) else []


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
        self.asked_for: str | None = None
        self.follows: list[Item] = []
        self.order: dict[str, list[str]] = {}

    def entities(self) -> Iterator[tuple[str, str, object]]:
        """Every entity that is told here, questions first, answers as the page orders them; not the reader's own."""
        for name, kind in _ENTITIES.items():
            table = self.tables.get(name, {})
            first = [id_ for id_ in self.order.get(name, ()) if id_ in table]
            for id_ in dict.fromkeys((*first, *table)):
                if not (name == "users" and self._is_reader(id_, table[id_])):
                    yield kind, id_, table[id_]

    def _is_reader(self, id_: str, entity: object) -> bool:
        """``users`` also holds whoever is logged in, nameless in stored pages of 2025; ``currentUser`` is its key."""
        if isinstance(entity, Mapping) and not (entity.get("name") or entity.get("urlToken")):
            return True
        lists = self.root.get("people")
        tables = lists.values() if isinstance(lists, Mapping) else ()
        is_own_page = any(isinstance(table, Mapping) and id_ in table for table in tables)
        return id_ == self.root.get("currentUser") and id_ != self.asked_for and not is_own_page

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
        for kind in _LISTS:
            for owner, seed in _seeds(self.root, kind):
                yield self._listing(kind, owner, seed)

    def _listing(self, kind: _Kind, owner: str, seed: Record) -> ListingPage:
        members = [(place, id_) for place, id_ in enumerate(_ids(seed)) if id_ is not None]
        known = [(place, id_) for place, id_ in members if id_ in self.tables.get(kind.table, {})]
        self.order[kind.table] = [id_ for _, id_ in known]
        keys = tuple(self._key(kind, owner, place, id_) for place, id_ in known)
        total = seed.count("totals")
        return ListingPage(
            owner_kind=kind.owner,
            owner_id=owner,
            name=kind.name,
            received=len(known),
            other=len(members) - len(known),
            total=self._told_by_owner(kind, owner) if total is None else total,
            next_url=seed.word("next"),
            is_end=seed.flag("is_drained") or None,  # False even where the first page is all there is
            needs_login=bool(seed.flag("need_force_login") or seed.flag("anti_spider")),
            keys=tuple(key for key in keys if key),
        )

    def _told_by_owner(self, kind: _Kind, id_: str) -> int | None:
        field = _TOTALS.get((kind.owner, kind.name))
        owner = self.tables.get(_TABLE_OF.get(kind.owner, ""), {}).get(id_)
        return Record(owner, f"{kind.owner} {id_}", []).count(field) if field and isinstance(owner, Mapping) else None

    def _key(self, kind: _Kind, owner: str, place: int, id_: str) -> str | None:
        if kind.table != "users":
            return f"{_ENTITIES[kind.table]}:{id_}"
        record = Record(self.tables["users"][id_], f"user {id_:.40}", [])  # its faults are noted where it is read
        try:
            user = read_user(record, self.source)
        except PageError:
            return None
        if kind.owner != "user":
            return user.key
        follow = make_follow(user, kind.name, owner, self.source, position=place)
        self.follows.append(follow)
        return follow.key


def _seeds(root: Mapping[str, Any], kind: _Kind) -> Iterable[tuple[str, Record]]:
    lists = root.get(kind.part)
    table = lists.get(kind.key) if isinstance(lists, Mapping) else None
    for owner, seed in table.items() if isinstance(table, Mapping) else ():
        if isinstance(seed, Mapping) and isinstance(seed.get("ids"), list):
            yield str(owner), Record(seed, f"{kind.name} of {owner:.40}", [])


def _ids(seed: Record) -> Iterator[str | None]:
    """Members of a listing: plain ids, feed cards that name a target, or null for places not on this page."""
    for member in seed.raw["ids"]:
        if isinstance(member, Mapping):
            target = member.get("target", member.get("id"))
            yield str(target) if target is not None else ""
        else:
            yield None if member is None else str(member)
