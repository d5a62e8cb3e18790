"""Replies of the JSON API: one thing, or one page of a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import LayoutUnknownError, PageError, WrongPageError
from zhihu_crawler.items import Item
from zhihu_crawler.parsers.collections import read_entry
from zhihu_crawler.parsers.entities import ENTITY_TYPES, find_entities, read_entity, read_wrapped, typed
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.hot import is_hot, read_hot
from zhihu_crawler.parsers.people import NO_ONE, read_user
from zhihu_crawler.parsers.record import Record
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import query_int, read_url

if TYPE_CHECKING:
    from zhihu_crawler.urls import Target

LISTING_NAMES: Mapping[str, str] = {
    "feeds": "answers",
    "answers": "answers",
    "items": "entries",
    "contents": "entries",
    "best_answers": "answers",
    "followees": "followees",
    "following": "followees",
    "followers": "followers",
    "questions": "questions",
    "asks": "questions",
    "articles": "articles",
    "posts": "articles",
    "favlists": "collections",
    "collections": "collections",
    "collections_v2": "collections",
    "column-contributions": "columns",
    "columns": "columns",
    "following-questions": "followed_questions",
    "following_questions": "followed_questions",
    "following-topic-contributions": "followed_topics",
    "following_topics": "followed_topics",
    "following-columns": "followed_columns",
    "following_columns": "followed_columns",
    "following-favlists": "followed_collections",
    "following_collections": "followed_collections",
    "voters": "voters",
    "upvoters": "voters",
    "concerned_upvoters": "voters",
    "likers": "voters",
    "best_answerers": "best_answerers",
    "activities": "activities",
    "pins": "pins",
    "zvideos": "zvideos",
}
"""The site's name of a listing (in the API, or as a profile's tab): ours."""
_WANTED: Mapping[str, str] = {
    "answers": "answer",
    "entries": "collection_entry",
    "followees": "follow",
    "followers": "follow",
    "questions": "question",
    "articles": "article",
    "collections": "collection",
    "columns": "column",
    "followed_questions": "question",
    "followed_topics": "topic",
    "followed_columns": "column",
    "followed_collections": "collection",
    "voters": "user",
    "best_answerers": "user",
}
"""Listing: the kind of item that it lists; ``activities`` list everything."""


def parse_api(data: object, source: Source, target: Target | None) -> Parsed:
    """Read a reply of the API, whatever it holds.

    Args:
        data: the decoded JSON; errors and blocks have been told apart before.
        source: where it was read.
        target: what was asked for, where that is known.

    Raises:
        WrongPageError: it is one thing, and not the one that was asked for.
        LayoutUnknownError: nothing in it is known.
    """
    parsed = Parsed()
    reply = Record(data if isinstance(data, Mapping) else {"data": data}, "reply", parsed.problems)
    if isinstance(records := reply.raw.get("data"), list):
        _parse_list(reply, records, source, target or _target_of_paging(reply), parsed)
    else:
        _parse_one(reply, source, target, parsed)
    if not (parsed.items or parsed.listings or parsed.problems):
        raise LayoutUnknownError(f"the reply of {source.url or 'this file'} holds nothing known: keys {_keys(reply)}")
    return parsed


def _keys(reply: Record) -> str:
    return ", ".join(sorted(map(str, reply.raw))[:8]) or "none"


def _parse_one(reply: Record, source: Source, target: Target | None, parsed: Parsed) -> None:
    record = reply.sub("collection") or reply
    if target and target.listing is None:
        record = typed(record, target.kind)
    if record.word("type") not in ENTITY_TYPES:
        record = next(iter(find_entities(reply.raw, parsed.problems)), record) if target else record
    if target and target.listing is None and record.word("type") in ENTITY_TYPES:
        _check_asked_for(record, target)
        parsed.items.extend(read_entity(record, source))
        return
    each(find_entities(reply.raw, parsed.problems), lambda one: read_entity(one, source), parsed)


def _check_asked_for(record: Record, target: Target) -> None:
    kind = {"people": "user", "organization": "user", "favlist": "collection"}.get(
        record.word("type") or "", record.word("type")
    )
    ids = {record.id("id"), record.id("url_token")} - {None, NO_ONE}
    if target.kind != kind or target.id not in ids:
        raise WrongPageError(f"asked for {target.kind} {target.id}, the reply is {kind} {'/'.join(map(str, ids))}")


def _target_of_paging(reply: Record) -> Target | None:
    """A reply that was saved without its address still tells it in its paging."""
    paging = reply.sub("paging")
    for name in ("next", "previous") if paging else ():
        if paging and (url := paging.word(name)) and (found := read_url(url)):
            return found
    return None


def _parse_list(reply: Record, records: list[Any], source: Source, target: Target | None, parsed: Parsed) -> None:
    name = _list_name(target)
    first = len(parsed.items)
    reader = _reader(name, source, target, _offset(reply, source))
    received, unreadable = each(enumerate(records), lambda pair: reader(pair[0], pair[1], parsed.problems), parsed)
    if name is None or target is None:
        return
    own = _wanted(name, target)
    keys = tuple(item.key for item in parsed.items[first:] if own in (None, item.kind) and _is_own(item, name))
    wanted = len(keys) + unreadable
    paging = reply.sub("paging")
    parsed.listings.append(
        ListingPage(
            owner_kind=target.kind,
            owner_id=target.id,
            name=name,
            received=wanted,
            unreadable=unreadable,
            other=max(received - wanted, 0),
            total=paging.count("totals") if paging else None,
            next_url=paging.word("next") if paging else None,
            is_end=paging.flag("is_end") if paging else None,
            needs_login=bool(paging and paging.flag("need_force_login")),
            keys=keys,
        )
    )


def _list_name(target: Target | None) -> str | None:
    """``items`` are entries of a collection, and articles of a column; ``answers`` of a collection are entries too."""
    name = LISTING_NAMES.get(target.listing or "") if target else None
    if target and target.kind == "column" and name == "entries":
        return "articles"
    return "entries" if target and target.kind == "collection" and name == "answers" else name


def _wanted(name: str, owner: Target) -> str | None:
    """Who follows a question, a topic, a column or a collection is listed, but a follow is between two people."""
    own = _WANTED.get(name)
    return "user" if own == "follow" and owner.kind != "user" else own


def _is_own(item: Item, name: str) -> bool:
    """A question that an answer brings along is not a record of the listing; asked questions are."""
    return name != "activities" or item.kind in ("answer", "article", "question")


def _offset(reply: Record, source: Source) -> int | None:
    """Index of the page's first record: from its own address, else from where its paging says it stands."""
    if (offset := query_int(source.url, "offset")) is not None:
        return offset
    paging = reply.sub("paging")
    if paging is None or paging.raw.get("is_start") is True or (source.url and "offset=" not in source.url):
        return 0
    return None


_Reader = Callable[[int, Any, list[PageError]], Iterable[Item]]


def _reader(name: str | None, source: Source, target: Target | None, offset: int | None) -> _Reader:
    wanted = _wanted(name, target) if name and target else None

    def read(place: int, raw: Any, problems: list[PageError]) -> Iterator[Item]:
        label = f"record {place} of {source.url or 'the reply'}"
        record = Record(raw, label, problems)
        if name == "entries" and target:
            yield from _entry(record, source, target, place, offset)
        elif wanted == "follow" and name and target:
            yield from _follow(record, source, name, target, None if offset is None else offset + place)
        elif is_hot(record):
            yield read_hot(record, source)
        elif name:
            yield from read_wrapped(typed(record, wanted), source)
        else:
            yield from _whatever(record, source)

    return read


def _whatever(record: Record, source: Source) -> Iterator[Item]:
    """Read a record of a list that is not known: what it wraps, else all that is in it (comments, groups of a feed)."""
    found = list(read_wrapped(record, source))
    if found or "advert" in (record.word("type") or ""):
        yield from found
        return
    for entity in find_entities(record.raw, record.problems):
        yield from read_entity(entity, source)


def _entry(record: Record, source: Source, owner: Target, place: int, offset: int | None) -> Iterator[Item]:
    yield read_entry(record, source, owner.id, place, offset)
    try:
        yield from list(read_wrapped(record, source))
    except PageError as error:  # the entry itself was read: it tells what is in the collection
        record.problems.append(error)


def _follow(record: Record, source: Source, name: str, owner: Target, position: int | None) -> Iterator[Item]:
    user = read_user(record, source)
    yield user
    yield make_follow(user, name, owner.id, source, position=position)
