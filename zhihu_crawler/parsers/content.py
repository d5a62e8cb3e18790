"""Questions, answers, articles, columns and topics as the API and the page state tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.items import (
    Answer,
    Article,
    Column,
    ColumnRef,
    Question,
    QuestionRef,
    QuestionStatus,
    Topic,
)
from zhihu_crawler.parsers.blocks import CUTS
from zhihu_crawler.parsers.people import read_author, read_ip_location, read_topic_refs
from zhihu_crawler.parsers.richtext import clean_html
from zhihu_crawler.parsers.values import exact, plain_text
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from zhihu_crawler.parsers.record import Record
    from zhihu_crawler.parsers.result import Source


def read_question(record: Record, source: Source) -> Question:
    """Read a question; one without its detail and counts (as an answer names it) is partial."""
    id_ = record.require_id("id")
    return Question(
        **_provenance(record, source, "question", id_, full=("detail", "answer_count")),
        title=plain_text(record.text("title")),
        detail=_html(record, "detail"),
        excerpt=record.text("excerpt", "except"),  # the mobile API of 2016 wrote "except"
        question_type=record.word("question_type"),
        topics=read_topic_refs(record),
        author=read_author(record.sub("author")),
        created=record.time("created", "created_time"),
        updated=record.time("updated_time", "updated"),
        answer_count=record.count("answer_count"),
        collapsed_answer_count=record.count("collapsed_answer_count"),
        follower_count=record.count("follower_count", "followers_count"),
        visit_count=record.count("visit_count"),
        comment_count=record.count("comment_count"),
        voteup_count=record.count("voteup_count"),
        status=_status(record),
        redirected_to=_redirection(record),
        is_deleted=record.flag("is_deleted"),
    )


def _status(record: Record) -> QuestionStatus | None:
    status = record.sub("status")
    if status is None:
        return None
    return QuestionStatus(
        **{name: status.flag(name) for name in ("is_locked", "is_close", "is_evaluate", "is_suggest")}
    )


def _redirection(record: Record) -> str | None:
    redirection = record.sub("redirection")
    to = redirection.sub("to") if redirection else None
    return to.id("id") if to else None


def read_question_ref(record: Record | None) -> QuestionRef | None:
    """Read the question that an answer names."""
    if record is None:
        return None
    id_ = record.id("id")
    return QuestionRef(id=id_, title=plain_text(record.text("title", "name"))) if id_ else None


def says_more_than_its_name(record: Record) -> bool:
    """Say whether the question within an answer carries counts or an author, and so is worth an item of its own."""
    return any(record.has(name) for name in ("answer_count", "follower_count", "author", "detail"))


def read_answer(record: Record, source: Source) -> Answer:
    """Read an answer; one without its text is partial."""
    id_ = record.require_id("id")
    question = read_question_ref(record.sub("question"))
    created, updated = record.time("created_time", "created"), record.time("updated_time", "updated")
    return Answer(
        **_provenance(record, source, "answer", id_, full=("content",), question_id=question.id if question else None),
        question=question,
        author=read_author(record.sub("author")),
        content=_html(record, "content"),
        content_truncated=_truncated(record),
        excerpt=record.text("excerpt"),
        **exact(created=created, updated=updated),
        is_collapsed=record.flag("is_collapsed"),
        collapse_reason=record.word("collapse_reason"),
        is_copyable=record.flag("is_copyable"),
        is_sticky=record.flag("is_sticky"),
        is_paid=_paid(record),
        is_deleted=record.flag("is_deleted"),
        comment_permission=record.word("comment_permission"),
        reshipment_settings=record.word("reshipment_settings"),
        ip_location=read_ip_location(record),
        **_reactions(record),
    )


def _reactions(record: Record) -> dict[str, Any]:
    """Counts stand on the answer; some replies of 2026 have them only under ``reaction.statistics``."""
    reaction = record.sub("reaction")
    statistics = reaction.sub("statistics") if reaction else None

    def count(names: tuple[str, ...], *elsewhere: str) -> int | None:
        found = record.count(*names)
        return statistics.count(*elsewhere) if found is None and statistics else found

    return {
        "voteup_count": count(("voteup_count",), "up_vote_count"),
        "comment_count": count(("comment_count",), "comment_count"),
        "thanks_count": count(("thanks_count",), "like_count"),
        "favorite_count": count(("favlists_count", "favorite_count", "zfav_count"), "favorites"),
    }


def _truncated(record: Record) -> bool | None:
    """Either flag means that a reader who is not logged in (or has not paid) sees only a part."""
    flags = [record.flag(name) for name in CUTS]
    return True if True in flags else False if False in flags else None


def _paid(record: Record) -> bool | None:
    if record.get("paid_info") is None:
        return None
    paid = record.sub("paid_info")
    return bool(paid and (paid.word("type") or paid.word("content")))


def read_article(record: Record, source: Source) -> Article:
    """Read an article of a column; one without its text is partial."""
    id_ = record.require_id("id")
    return Article(
        **_provenance(record, source, "article", id_, full=("content",)),
        title=plain_text(record.text("title")),
        content=_html(record, "content"),
        content_truncated=_truncated(record),
        excerpt=record.text("excerpt"),
        author=read_author(record.sub("author")),
        column=_column_ref(column_of(record)),
        topics=read_topic_refs(record),
        **exact(created=record.time("created", "created_time"), updated=record.time("updated", "updated_time")),
        voteup_count=record.count("voteup_count"),
        comment_count=record.count("comment_count"),
        favorite_count=record.count("favlists_count", "zfav_count"),
        image_url=record.word("title_image") or record.word("image_url"),
        state=record.word("state"),
        comment_permission=record.word("comment_permission"),
        ip_location=read_ip_location(record),
    )


def column_of(record: Record) -> Record | None:
    """Return the column that an article stands in: its own, else that of its first contribution."""
    if column := record.sub("column"):
        return column
    contributions = record.subs("contributions") or []
    return next((column for one in contributions if (column := one.sub("column"))), None)


def _column_ref(record: Record | None) -> ColumnRef | None:
    slug = _slug(record) if record else None
    return ColumnRef(id=slug, title=record.text("title")) if record and slug else None


def _slug(record: Record) -> str | None:
    return record.id("url_token", "id")


def read_column(record: Record, source: Source) -> Column:
    """Read a column; one without its introduction (as an article names it) is partial."""
    slug = record.require_id("url_token", "id")
    return Column(
        **_provenance(record, source, "column", slug, full=("articles_count",)),
        title=record.text("title"),
        intro=record.text("intro"),
        description=record.text("description"),
        author=read_author(record.sub("author")),
        topics=read_topic_refs(record),
        articles_count=record.count("articles_count", "items_count"),
        follower_count=record.count("followers", "followers_count", "follower_count"),
        created=record.time("created"),
        updated=record.time("updated"),
        image_url=record.word("image_url"),
        comment_permission=record.word("comment_permission"),
    )


def read_topic(record: Record, source: Source) -> Topic:
    """Read a topic; one without its counts (as a question names it) is partial."""
    id_ = record.require_id("id")
    return Topic(
        **_provenance(record, source, "topic", id_, full=("followers_count",)),
        name=plain_text(record.text("name")),
        introduction=record.text("introduction"),
        excerpt=record.text("excerpt"),
        avatar_url=record.word("avatar_url"),
        followers_count=record.count("followers_count", "follower_count"),
        questions_count=record.count("questions_count", "question_count"),
        unanswered_count=record.count("unanswered_count"),
        best_answers_count=record.count("best_answers_count"),
        best_answerers_count=record.count("best_answerers_count"),
        father_count=record.count("father_count"),
    )


def _html(record: Record, field: str) -> str | None:
    text = record.text(field)
    return clean_html(text) if text else text


def _provenance(
    record: Record,
    source: Source,
    kind: str,
    id_: str,
    *,
    full: tuple[str, ...],
    question_id: str | None = None,
) -> dict[str, Any]:
    return {
        "id": id_,
        "url": canonical_url(kind, id_, question_id=question_id),
        "crawled_at": source.crawled_at,
        "layout": source.layout,
        "partial": not all(record.has(name) for name in full),
    }
