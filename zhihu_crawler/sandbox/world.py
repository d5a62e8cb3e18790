"""The world behind the ids: what exists, how much of it, and in what order it is listed. Nothing is held in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import records, shapes, text, things
from zhihu_crawler.sandbox.answers import answer, answer_alone, excerpt_of
from zhihu_crawler.sandbox.catalogue import Catalogue, list_things
from zhihu_crawler.sandbox.dice import Dice
from zhihu_crawler.sandbox.ids import (
    USER_LISTS,
    AnswerId,
    QuestionId,
    Quirk,
    UserId,
    asked_by,
    read_answer,
    read_question,
    read_user,
)
from zhihu_crawler.sandbox.listings import Listing, totals_of
from zhihu_crawler.sandbox.people import user as make_user

if TYPE_CHECKING:
    from collections.abc import Callable

_PEOPLE = 1_000_000
_ASKER_LACKS = frozenset({"exposed_medal", "follower_count", "is_followed", "is_following"})


class World(Catalogue):
    """Everything that the sandbox knows, as functions of a seed and an id; ``None`` is what does not exist."""

    def question_size(self, id_: QuestionId) -> int:
        """Count a question's answers."""
        return self._size(id_.size, id_.text)

    def question(self, text_id: str) -> dict[str, Any] | None:
        """Return a question as ``questions/{id}`` replies."""
        id_ = read_question(text_id)
        return self._question(id_) if id_ else None

    def _question(self, id_: QuestionId) -> dict[str, Any]:
        dice = Dice(self.seed, "question", id_.text)
        asker = records.author(self.seed, id_.asker or things.writer(self.seed, "asker", id_.text))
        count = totals_of(self.question_size(id_), id_.quirk)
        detail = "" if id_.serial % 5 == 3 else text.paragraph(dice) + text.image(id_.text)
        return {
            **shapes.QUESTION,
            **records.question_stub(self.seed, id_),
            "relationship": shapes.QUESTION["relationship"],
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
            "author": {key: value for key, value in asker.items() if key not in _ASKER_LACKS},
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
        """Return an answer as feeds and pages hold it."""
        return answer(self.seed, id_)

    def find_user(self, name: str) -> UserId | None:
        """Read a token or id, where there is such a user."""
        id_ = read_user(name)
        return None if id_ is None or id_.profile == "gone" else id_

    def user(self, name: str) -> dict[str, Any] | None:
        """Return a user as pages hold it."""
        id_ = self.find_user(name)
        if id_ is None:
            return None
        counted = {name: totals_of(size, id_.quirk) for name, size in self.user_sizes(id_).items()}
        return make_user(self.seed, id_, counted)

    def user_list(self, id_: UserId, name: str) -> Listing:
        """Return one of a user's lists, by its name in the API (one of ``USER_LISTS``)."""
        assert name in USER_LISTS, name
        size, quirk = self.user_sizes(id_)[name], id_.quirk
        if name == "answers":
            return self._answers(size, quirk, lambda place: AnswerId(None, id_, place))
        if name == "questions":
            return Listing(size, quirk, lambda at: asked_by(id_, at).text, lambda at: self._question(asked_by(id_, at)))
        if name in ("followers", "followees"):
            return self._people(id_, name, size)
        mark, width = {"articles": ("8", 5), "favlists": ("4", 5), "pins": ("16", 9)}[name]
        make = {"articles": self.article, "favlists": self.collection, "pins": self.pin}[name]
        return list_things(size, quirk, lambda place: f"{mark}{id_.code}{place:0{width}d}", make)

    def _people(self, id_: UserId, name: str, size: int) -> Listing:
        """No one twice, because the step and the number of people have no common factor."""
        first = Dice(self.seed, name, id_.token).below(_PEOPLE)

        def person(place: int) -> UserId:
            return UserId("n", (first + place * 7919) % _PEOPLE)

        return Listing(size, id_.quirk, lambda place: person(place).token, lambda place: self._card(person(place)))

    def _card(self, id_: UserId) -> dict[str, Any]:
        sizes = self.user_sizes(id_)
        counts = {"answer_count": sizes["answers"], "articles_count": sizes["articles"]}
        follows = {"question_count": sizes["questions"], "follower_count": sizes["followers"]}
        return records.author(self.seed, id_) | counts | follows | {"vip_info": {"is_vip": False}}
