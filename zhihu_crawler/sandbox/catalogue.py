"""Collections, articles, columns, topics, pins and videos by id; ``None`` is what does not exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import things
from zhihu_crawler.sandbox.answers import answer
from zhihu_crawler.sandbox.dice import Dice
from zhihu_crawler.sandbox.ids import (
    COLLECTION_SIZES,
    DRAWN,
    PROFILE_SIZES,
    SIZES,
    USER_LISTS,
    AnswerId,
    Quirk,
    UserId,
    question_id,
    read_answer,
    read_column,
)
from zhihu_crawler.sandbox.listings import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

_COLLECTION = re.compile(r"4(?P<size>\d)(?P<quirk>\d\d)\d{5}")
_OWNED = re.compile(r"(?P<mark>[48])(?P<code>\d{8})(?P<place>\d{5})")
_IN_COLUMN = re.compile(r"9(?P<size>\d)(?P<number>\d{5})(?P<place>\d{6})")
_NORMAL_SIZES = (12, 5, 6, 4, 25, 25, 5)
"""A normal user's lists are shorter than these."""


class Catalogue:
    """What is neither a question nor a person, as functions of a seed and an id."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def _size(self, digit: int, *name: object) -> int:
        return Dice(self.seed, "size", *name).between(2, 40) if digit == DRAWN else SIZES[digit]

    def user_sizes(self, id_: UserId) -> dict[str, int]:
        """Count a user's lists."""
        sizes = PROFILE_SIZES.get(id_.profile)
        if sizes is None:
            dice = Dice(self.seed, "lists", id_.token)
            sizes = tuple(0 if id_.profile == "gone" else dice.below(top) for top in _NORMAL_SIZES)
        return dict(zip(USER_LISTS, sizes, strict=True))

    def _owner(self, text_id: str, mark: str, name: str) -> UserId | None:
        """Return in whose list a thing stands, where it does stand there."""
        found = _OWNED.fullmatch(text_id)
        owner = UserId.of_code(found["code"]) if found and found["mark"] == mark else None
        return owner if found and owner and int(found["place"]) < self.user_sizes(owner)[name] else None

    def collection(self, text_id: str) -> dict[str, Any] | None:
        """Return a collection, without the ``{"collection": ...}`` around it."""
        entries = self.entries(text_id)
        if entries is None:
            return None
        owner = self._owner(text_id, "4", "favlists") or things.writer(self.seed, "collector", text_id)
        return things.collection(self.seed, text_id, owner, entries.totals)

    def entries(self, text_id: str) -> Listing | None:
        """Return what a collection holds: six answers, two articles, a pin and a video of every ten."""
        shape = self._collection_shape(text_id)
        if shape is None:
            return None
        size, quirk = shape
        first = Dice(self.seed, "entries", text_id).below(9_000)
        added = things.moment(self.seed, "collection", text_id) + size * 60
        return Listing(
            size,
            quirk,
            lambda place: ":".join(_entry(first, place)),
            lambda place: {"content": self._content(first, place), "created": things.iso(added - place * 60)},
        )

    def _collection_shape(self, text_id: str) -> tuple[int, Quirk] | None:
        if self._owner(text_id, "4", "favlists"):
            return self._size(DRAWN, text_id), Quirk.NONE
        found = _COLLECTION.fullmatch(text_id)
        if found is None or int(found["quirk"]) not in set(Quirk):
            return None
        size = int(found["size"])
        count = self._size(DRAWN, text_id) if size == DRAWN else COLLECTION_SIZES[size]
        return count, Quirk(int(found["quirk"]))

    def _content(self, first: int, place: int) -> dict[str, Any]:
        kind, id_ = _entry(first, place)
        if kind == "answer":
            found = read_answer(id_)
            assert found
            return answer(self.seed, found)
        made = {"article": self.article, "pin": self.pin, "zvideo": self.zvideo}[kind](id_)
        assert made
        return made

    def article(self, text_id: str) -> dict[str, Any] | None:
        """Return an article: of no column (``6...``), of a user's list (``8...``) or of a column (``9...``)."""
        if owner := self._owner(text_id, "8", "articles"):
            return things.article(self.seed, text_id, owner, None)
        if found := _IN_COLUMN.fullmatch(text_id):
            return self._article_of_column(text_id, f"shilizl-{found['size']}-{int(found['number'])}", found["place"])
        if re.fullmatch(r"6\d{8}", text_id):
            return things.article(self.seed, text_id, things.writer(self.seed, "article", text_id), None)
        return None

    def _article_of_column(self, text_id: str, slug: str, place: str) -> dict[str, Any] | None:
        column = self.column(slug)
        if column is None or int(place) >= column["articles_count"]:
            return None
        return things.article(self.seed, text_id, things.writer(self.seed, slug), column)

    def column(self, slug: str) -> dict[str, Any] | None:
        """Return a column."""
        found = read_column(slug)
        return things.column(self.seed, slug, self._size(found[0], slug)) if found else None

    def column_articles(self, slug: str) -> Listing | None:
        """Return a column's articles."""
        found = read_column(slug)
        if found is None:
            return None
        front = f"9{found[0]}{found[1]:05d}"
        return list_things(self._size(found[0], slug), Quirk.NONE, lambda place: f"{front}{place:06d}", self.article)

    def topic(self, text_id: str) -> dict[str, Any] | None:
        """Return one of a thousand topics."""
        return things.topic_alone(self.seed, text_id) if re.fullmatch(r"19550\d{3}", text_id) else None

    def pin(self, text_id: str) -> dict[str, Any] | None:
        """Return a pin: of a user's list (``16...``) or of anyone (``15...``)."""
        if not re.fullmatch(r"1[56]\d{17}", text_id):
            return None
        owner = UserId.of_code(text_id[2:10]) if text_id[1] == "6" else things.writer(self.seed, "pin", text_id)
        return things.pin(self.seed, text_id, owner) if owner else None

    def zvideo(self, text_id: str) -> dict[str, Any] | None:
        """Return a video."""
        return things.zvideo(self.seed, text_id) if re.fullmatch(r"14\d{17}", text_id) else None


def _entry(first: int, place: int) -> tuple[str, str]:
    """Return kind and id of what stands at a place of a collection; no two places hold the same."""
    turn = place % 10
    if turn == 8:
        return "pin", f"15{first:05d}{place:012d}"
    if turn == 9:
        return "zvideo", f"14{first:05d}{place:012d}"
    if turn > 5:
        return "article", f"6{first * 10_000 + place:08d}"
    if place % 7 == 0:  # answers of 8 digits, among those of 19
        return "answer", AnswerId(question_id(5, place // 7 % 1_000), None, 6 + 3 * (place // 7_000)).text
    return "answer", AnswerId(question_id(4, (first + place) % 10_000, long=True), None, 5 + place // 10_000).text


def list_things(
    size: int, quirk: Quirk, key: Callable[[int], str], read: Callable[[str], dict[str, Any] | None]
) -> Listing:
    """Return a listing of things that are read by their ids."""

    def make(place: int) -> dict[str, Any]:
        made = read(key(place))
        assert made, key(place)
        return made

    return Listing(size, quirk, key, make)
