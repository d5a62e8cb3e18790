"""Seeds that come out of the store: which documents, and which field of them names a thing to crawl."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from zhihu_crawler.items import KINDS
from zhihu_crawler.schedule.faults import near
from zhihu_crawler.schedule.fields import FieldName, Table
from zhihu_crawler.storage.documents import BOOKKEEPING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["question", "answer", "user", "collection", "article", "column", "topic"]
_OWN = {"user": "url_token"}
_FIELDS = {
    ("question", "answer"): "question.id",
    ("user", "question"): "author.url_token",
    ("user", "answer"): "author.url_token",
    ("user", "article"): "author.url_token",
    ("user", "collection"): "creator.url_token",
}
"""By what is crawled and what is looked through: the field that names the one in the other."""


class Query(Table):
    """``field`` of every document of a kind that the filter takes, each value once.

    ``filter`` is MongoDB's own. ``sort`` (``-voteup_count`` is highest first) matters where ``limit`` cuts.
    """

    kind: Kind
    field: FieldName | None = None
    filter: dict[str, Any] = Field(default={})
    sort: FieldName | None = None
    limit: int | None = Field(default=None, ge=1)

    def field_for(self, wanted: str) -> str:
        """Return the field that names a thing of the wanted kind.

        Raises:
            KeyError: it is not given, and not known.
        """
        if self.field is not None:
            return self.field
        return _OWN.get(wanted, "id") if wanted == self.kind else _FIELDS[wanted, self.kind]


def misfits(given: Mapping[str, Any], wanted: str | None) -> Iterator[tuple[str, str]]:
    """Give the keys of a query that name no field of what is looked through, and why.

    Args:
        given: the query as it stands in the file.
        wanted: the kind that the spider crawls, where that is known.
    """
    kind = str(given.get("kind"))
    if kind not in Kind.__args__:  # type: ignore[attr-defined]  # a Literal has them; the model tells of it
        return
    known = {field.name for field in fields(KINDS[kind])} - {"kind"} | BOOKKEEPING
    conditions = given.get("filter")
    named = [("field", given.get("field")), ("sort", given.get("sort"))]
    named += (
        [("filter", name) for name in conditions if not name.startswith("$")] if isinstance(conditions, dict) else []
    )
    for key, name in named:
        first = str(name or "").lstrip("-").partition(".")[0]
        if first and first not in known:
            yield key, f"{first!r} is no field of {kind}s" + near(first, known)
    if wanted and "field" not in given and wanted != kind and (wanted, kind) not in _FIELDS:
        yield "", f'needs field = "...": which field of {kind}s names a {wanted}?'
