"""The world behind the ids: what exists, how much of it, and in what order it is listed. Nothing is held in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import records, text, things
from zhihu_crawler.sandbox.answers import answer, answer_alone, excerpt_of
from zhihu_crawler.sandbox.dice import Dice
from zhihu_crawler.sandbox.ids import (
    DRAWN,
    PROFILE_SIZES,
    SIZES,
    USER_LISTS,
    AnswerId,
    QuestionId,
    Quirk,
    UserId,
    asked_by,
    question_id,
    read_answer,
    read_column,
    read_question,
    read_user,
)
from zhihu_crawler.sandbox.listings import Listing
from zhihu_crawler.sandbox.people import user as make_user

if TYPE_CHECKING:
    from collections.abc import Callable

_COLLECTION = re.compile(r"4(?P<size>\d)(?P<quirk>\d\d)\d{5}")
_OWNED = re.compile(r"(?P<mark>[48])(?P<code>\d{8})(?P<place>\d{5})")
_IN_COLUMN = re.compile(r"9(?P<size>\d)(?P<number>\d{5})(?P<place>\d{6})")
_PEOPLE = 1_000_000


class World:
    """Everything that the sandbox knows, as functions of a seed and an id; ``None`` is what does not exist."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def _size(self, digit: int, *name: object) -> int:
        return Dice(self.seed, "size", *name).between(2, 40) if digit == DRAWN else SIZES[digit]

    # Questions and answers

    def question_size(self, id_: QuestionId) -> int:
        """Count a question's answers."""
        return self._size(id_.size, id_.text)

    def question(self, text_id: str) -> dict[str, Any] | None:
        """Return a question as ``questions/{id}`` replies."""
        id_ = read_question(text_id)
        return self._question(id_) if id_ else None

    def _question(self, id_: QuestionId) -> dict[str, Any]:
        dice = Dice(self.seed, "question", id_.text)
        asker = id_.asker or things.writer(self.seed, "asker", id_.text)
        count = Listing(self.question_size(id_), id_.quirk, str, dict).totals
        detail = "" if id_.serial % 5 == 3 else text.paragraph(dice) + text.image(id_.text)
        return {
            **_QUESTION_FIXED,
            **records.question_stub(self.seed, id_),
            "answer_count": count,
            "answer_count_description": f"全部内容 {count}",
            "visit_count": dice.below(900_000),
            "comment_count": dice.below(90),
            "follower_count": dice.below(9_000),
            "collapsed_answer_count": count // 20,
            "voteup_count": dice.below(99),
            "detail": detail,
            "editable_detail": detail,
            "excerpt": excerpt_of(detail),
            "status": {"is_locked": False, "is_close": id_.serial % 11 == 7, "is_evaluate": False, "is_suggest": False},
            "topics": records.topics(dice),
            "author": records.author(self.seed, asker),
        }

    def answers(self, id_: QuestionId) -> Listing:
        """Return a question's answers."""
        return self._answers(self.question_size(id_), id_.quirk, lambda place: AnswerId(id_, None, place))

    def _answers(self, size: int, quirk: Quirk, of: Callable[[int], AnswerId]) -> Listing:
        return Listing(size, quirk, lambda place: of(place).text, lambda place: answer(self.seed, of(place)))

    def find_answer(self, text_id: str) -> AnswerId | None:
        """Read an answer's id, where there is such an answer."""
        id_ = read_answer(text_id)
        if id_ is None:
            return None
        if id_.question:
            size = self.question_size(id_.question)
        else:
            assert id_.owner
            size = self.user_sizes(id_.owner)["answers"]
        return id_ if id_.index < size else None

    def answer(self, text_id: str) -> dict[str, Any] | None:
        """Return an answer as ``answers/{id}`` replies."""
        id_ = self.find_answer(text_id)
        return answer_alone(self.seed, id_) if id_ else None

    def whole_answer(self, id_: AnswerId) -> dict[str, Any]:
        """Return an answer as feeds hold it."""
        return answer(self.seed, id_)

    # People

    def find_user(self, name: str) -> UserId | None:
        """Read a token or id, where there is such a user."""
        id_ = read_user(name)
        return None if id_ is None or id_.profile == "gone" else id_

    def user_sizes(self, id_: UserId) -> dict[str, int]:
        """Count a user's lists."""
        if id_.profile in PROFILE_SIZES:
            return dict(zip(USER_LISTS, PROFILE_SIZES[id_.profile], strict=True))
        dice = Dice(self.seed, "lists", id_.token)
        most = (12, 5, 6, 4, 25, 25, 5)
        return {name: 0 if id_.profile == "gone" else dice.below(top) for name, top in zip(USER_LISTS, most, strict=True)}

    def user(self, name: str) -> dict[str, Any] | None:
        """Return a user as ``members/{token}`` replies."""
        id_ = self.find_user(name)
        if id_ is None:
            return None
        counted = {name: self.user_list(id_, name).totals for name in USER_LISTS}
        return make_user(self.seed, id_, counted)

    def user_list(self, id_: UserId, name: str) -> Listing:
        """Return one of a user's lists, by its name in the API."""
        size, quirk = self.user_sizes(id_)[name], id_.quirk
        if name == "answers":
            return self._answers(size, quirk, lambda place: AnswerId(None, id_, place))
        if name == "questions":
            return Listing(
                size, quirk, lambda at: asked_by(id_, at).text, lambda at: self._question(asked_by(id_, at))
            )
        if name in ("followers", "followees"):
            return self._people(id_, name, size)
        mark = {"articles": "8", "favlists": "4", "pins": "16"}[name]
        width = 9 if name == "pins" else 5
        make = {"articles": self.article, "favlists": self.collection, "pins": self.pin}[name]
        return _things(size, quirk, lambda place: f"{mark}{id_.code}{place:0{width}d}", make)

    def _people(self, id_: UserId, name: str, size: int) -> Listing:
        """No one twice, because the step and the number of people have no common factor."""
        first = Dice(self.seed, name, id_.token).below(_PEOPLE)
        return Listing(
            size,
            id_.quirk,
            lambda place: UserId("n", (first + place * 7919) % _PEOPLE).token,
            lambda place: self._card(UserId("n", (first + place * 7919) % _PEOPLE)),
        )

    def _card(self, id_: UserId) -> dict[str, Any]:
        sizes = self.user_sizes(id_)
        counts = {"answer_count": sizes["answers"], "articles_count": sizes["articles"]}
        follows = {"question_count": sizes["questions"], "follower_count": sizes["followers"]}
        return records.author(self.seed, id_) | counts | follows | {"vip_info": {"is_vip": False}}

    # Collections, articles, columns, topics

    def collection(self, text_id: str) -> dict[str, Any] | None:
        """Return a collection, without the ``{"collection": ...}`` around it."""
        entries = self.entries(text_id)
        if entries is None:
            return None
        owned = _OWNED.fullmatch(text_id)
        owner = UserId.of_code(owned["code"]) if owned else things.writer(self.seed, "collector", text_id)
        return things.collection(self.seed, text_id, owner, entries.totals) if owner else None

    def entries(self, text_id: str) -> Listing | None:
        """Return what a collection holds: six answers, two articles, a pin and a video of every ten."""
        if owned := _OWNED.fullmatch(text_id):
            owner = UserId.of_code(owned["code"])
            if owned["mark"] != "4" or not owner or int(owned["place"]) >= self.user_sizes(owner)["favlists"]:
                return None
            size, quirk = self._size(DRAWN, text_id), Quirk.NONE
        elif (found := _COLLECTION.fullmatch(text_id)) and int(found["quirk"]) in set(Quirk):
            size, quirk = self._size(int(found["size"]), text_id), Quirk(int(found["quirk"]))
        else:
            return None
        first = Dice(self.seed, "entries", text_id).below(9_000)
        added = things.moment(self.seed, "collection", text_id) + size * 60
        return Listing(
            size,
            quirk,
            lambda place: ":".join(self._entry(first, place)),
            lambda place: {"content": self._content(first, place), "created": things.iso(added - place * 60)},
        )

    def _entry(self, first: int, place: int) -> tuple[str, str]:
        turn = place % 10
        if turn < 6:
            serial, index = (first + place) % 10_000, 5 + place // 10_000
            return "answer", AnswerId(question_id(4, serial, long=place % 7 != 0), None, index + place % 2).text
        if turn < 8:
            return "article", f"6{first * 10_000 + place:08d}"
        return ("pin", f"15{first:05d}{place:012d}") if turn == 8 else ("zvideo", f"14{first:05d}{place:012d}")

    def _content(self, first: int, place: int) -> dict[str, Any]:
        kind, id_ = self._entry(first, place)
        if kind == "answer":
            found = read_answer(id_)
            assert found
            return answer(self.seed, found)
        made = {"article": self.article, "pin": self.pin, "zvideo": self.zvideo}[kind](id_)
        assert made
        return made

    def article(self, text_id: str) -> dict[str, Any] | None:
        """Return an article: of no column (``6...``), of a user's list (``8...``) or of a column (``9...``)."""
        if owned := _OWNED.fullmatch(text_id):
            owner = UserId.of_code(owned["code"])
            if owned["mark"] != "8" or not owner or int(owned["place"]) >= self.user_sizes(owner)["articles"]:
                return None
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
        return _things(self._size(found[0], slug), Quirk.NONE, lambda place: f"{front}{place:06d}", self.article)

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


def _things(
    size: int, quirk: Quirk, key: Callable[[int], str], read: Callable[[str], dict[str, Any] | None]
) -> Listing:
    def make(place: int) -> dict[str, Any]:
        made = read(key(place))
        assert made, key(place)
        return made

    return Listing(size, quirk, key, make)


_QUESTION_FIXED: dict[str, Any] = {
    "is_muted": False,
    "is_visible": True,
    "is_normal": True,
    "is_editable": True,
    "admin_closed_comment": False,
    "has_publishing_draft": False,
    "comment_permission": "all",
    "can_comment": {"status": True, "reason": ""},
    "thumbnail_info": {"count": 0, "type": "thumbnail_info", "thumbnails": []},
    "review_info": {"type": "", "tips": "", "edit_tips": "", "is_reviewing": False, "edit_is_reviewing": False},
    "related_cards": [],
    "mute_info": {"type": ""},
    "show_author": False,
    "is_labeled": False,
    "is_bannered": False,
    "show_encourage_author": True,
    "can_vote": True,
    "reaction_instruction": {},
    "invisible_author": False,
    "relationship": {"is_author": False, "is_following": False, "is_anonymous": False, "voting": 0},
}
