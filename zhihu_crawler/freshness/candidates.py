"""What of the stored is due: documents in, the most worthwhile of them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from zhihu_crawler.freshness.policy import POLICIES
from zhihu_crawler.freshness.rates import Interval, estimate
from zhihu_crawler.urls import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from zhihu_crawler.urls import TargetKind

Document = dict[str, Any]
READINGS = 50
"""The newest readings of a document that its rate of change is told from."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that is due. ``visited`` is when it was last read, ``expected`` how many changes since then."""

    kind: TargetKind
    id: str
    visited: datetime
    expected: float
    worth: float

    @property
    def target(self) -> Target:
        """The thing as spiders know it."""
        return Target(self.kind, self.id)


@dataclass(slots=True)
class Tally:
    """How many documents were looked at, how many of them are due, and how many say too little to be read again."""

    seen: int = 0
    due: int = 0
    unnamed: int = 0


def query(kind: str, now: datetime) -> tuple[Document, Document]:
    """Return filter and projection of the documents of a kind that may be due.

    What was only mentioned, or was deleted when last seen, is left out.
    """
    policy = POLICIES[kind]
    wanted = ("id", "url_token", "created", "first_seen", "crawled_at", "meta.texts", policy.readers)
    filters = {
        "partial": False,
        "crawled_at": {"$lte": now - timedelta(seconds=policy.least)},
        "is_deleted": {"$ne": True},
    }
    return filters, dict.fromkeys(wanted, 1) | {"history": {"$slice": -READINGS}}


def worthwhile(
    kind: TargetKind, documents: Iterable[Document], now: datetime, most: int, tally: Tally
) -> list[Candidate]:
    """Return the candidates that are worth most, best first; memory is that of ``most`` of them.

    Args:
        kind: of all the documents.
        documents: with the fields of ``query``.
        now: the time.
        most: how many.
        tally: is added to.
    """
    return nlargest(most, _candidates(kind, documents, now, tally), key=lambda candidate: candidate.worth)


def _candidates(kind: TargetKind, documents: Iterable[Document], now: datetime, tally: Tally) -> Iterator[Candidate]:
    for document in documents:
        tally.seen += 1
        id_ = document.get("url_token" if kind == "user" else "id")
        if not id_:
            tally.unnamed += 1
            continue
        if candidate := candidate_of(kind, id_, document, now):
            tally.due += 1
            yield candidate


def candidate_of(kind: TargetKind, id_: str, document: Document, now: datetime) -> Candidate | None:
    """Return the thing if it is due."""
    policy, born = POLICIES[kind], document.get("created") or document["first_seen"]
    visits = visits_of(document)
    theta = estimate(intervals(document, visits, born), policy.shape, policy.prior)
    age, waited = (visits[-1] - born).total_seconds(), (now - visits[-1]).total_seconds()
    if not policy.is_due(theta, age, waited):
        return None
    worth = policy.worth(theta, age, waited, _count(document.get(policy.readers)))
    expected = theta * policy.shape.between(age, age + waited)
    return Candidate(kind, id_, visits[-1], expected, worth)


def visits_of(document: Mapping[str, Any]) -> list[datetime]:
    """Return when the thing was read, in order: readings of its counters, and the newest page that showed it whole."""
    return sorted({document["crawled_at"], *(reading["at"] for reading in document.get("history", ()))})


def intervals(document: Mapping[str, Any], visits: Sequence[datetime], born: datetime) -> list[Interval]:
    """Return the times between visits, and how much changed in each: counters by their steps, a text by one.

    Where the page says when the thing was made, all that its counters show at first came since then.
    """
    readings = {reading["at"]: reading for reading in document.get("history", ())}
    texts = [text["first"] for text in document.get("meta", {}).get("texts", {}).values()]
    found = []
    if document.get("created"):
        found.append(Interval(0.0, (visits[0] - born).total_seconds(), _steps({}, readings.get(visits[0], {}))))
    for before, after in pairwise(visits):
        changes = _steps(readings.get(before, {}), readings.get(after, {})) if before in readings else 0
        changes += sum(before < first <= after for first in texts)
        start, end = ((visit - born).total_seconds() for visit in (before, after))
        found.append(Interval(start, end, changes))
    return found


def _steps(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Return how far counters went, up or down; one that was not read before counts from 0 where none was."""
    names = (one.keys() & other.keys() if one else other.keys()) - {"at"}
    return sum(abs(_count(other[name]) - _count(one.get(name))) for name in names)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
