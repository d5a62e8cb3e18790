"""The state of a page, ``script#js-initialData``: the API's objects in camelCase, and where its lists begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import shapes
from zhihu_crawler.sandbox.camel import camel, camelize
from zhihu_crawler.sandbox.html import empty_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TABLES = {
    "answers": "answers",
    "questions": "questions",
    "articles": "articles",
    "favlists": "favlists",
    "followers": "users",
    "followees": "users",
    "pins": "pins",
}
"""List of a user: the table of entities that it is of."""
SEEDS = {
    "answers": "answersByUser",
    "questions": "questionsByUser",
    "articles": "articlesByUser",
    "favlists": "favlistsByUser",
    "followers": "followersByUser",
    "followees": "followingByUser",
    "pins": "pinsByUser",
}
"""List of a user: its key below ``people``."""
MOST_PLACES = 20_000
"""Places that a sparse list is padded to; a million nulls would be a page of 5 MB."""


def page_state(sub_app: str, span: str, entities: Mapping[str, Iterable[tuple[str, dict[str, Any]]]]) -> dict[str, Any]:
    """Return a state with entities: table to pairs of key and API object."""
    state = empty_state(sub_app, span)
    tables = state["initialState"]["entities"]
    for table, things in entities.items():
        tables.setdefault(table, {}).update({key: camelize(thing) for key, thing in things})
    return state


def add_question_answers(state: dict[str, Any], question: str, cards: Sequence[Mapping[str, Any]], next_: str) -> None:
    """Put in where a question's answers begin, in the shape of pages of 2023 to 2026.

    Args:
        state: changed in place.
        question: id.
        cards: the feed's cards; their targets become ids.
        next_: address of the feed's next page.
    """
    ids = [
        {camel(key): value for key, value in card.items() if key not in ("target", "content")}
        | {"target": card["target"]["id"]}
        for card in cards
    ]
    seed = {
        "isFetching": False,
        "isDrained": False,
        "ids": ids,
        "newIds": ids,
        "error": False,
        "errorPayload": None,
        "antiSpider": False,
        "emptyText": "",
        "needForceLogin": False,
        "next": next_,
        "sessionId": "1700000000000000000",
    }
    state["initialState"]["question"] = shapes.QUESTION_PART | {"answers": {question: seed}}


def add_user_list(state: dict[str, Any], token: str, name: str, keys: Sequence[str], *, start: int, total: int) -> None:
    """Put in where a user's list stands: sparse, padded with nulls to its total (stored page of 2018)."""
    places = max(start + len(keys), min(total, MOST_PLACES))
    ids: list[str | None] = [None] * places
    ids[start : start + len(keys)] = keys
    seed = {"isFetching": False, "isDrained": False, "ids": ids, "newIds": list(keys), "totals": total}
    state["initialState"]["people"][SEEDS[name]] = {token: seed}


def add_profile(state: dict[str, Any], token: str, id_: str) -> None:
    """Put in whose profile the page is."""
    status = {"token": {"id": id_, "urlToken": token}, "isFetching": False, "isDrained": True}
    state["initialState"]["people"]["profileStatus"] = {token: status}
