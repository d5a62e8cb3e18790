"""What a page says around a text: title, author, votes, dates, whence it came. The same in every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from zhihu_crawler.items import Answer, Article, Author, AuthorKind, Precision, Question
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from zhihu_crawler.items import Item

CHINA = timezone(timedelta(hours=8))
"""The site tells its times in China's."""
UNKNOWN = "未知"
ANONYMOUS, DEACTIVATED = "匿名用户", "知乎用户（已注销）"
KINDS_WITH_PAGES = ("question", "answer", "article")
"""Kinds that somebody wrote to be read."""


@dataclass(frozen=True, slots=True)
class Page:
    """A text with what stands around it; ``html`` is the text as it was crawled."""

    kind: str
    id: str
    url: str
    title: str
    author: str
    author_url: str | None
    votes: str
    html: str
    facts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def by(self) -> str:
        """What an answer is called beside its question: ``李白的回答``."""
        return {"answer": f"{self.author}的回答", "article": f"{self.author}的文章"}.get(self.kind, "问题")


def page_of(item: Item) -> Page | None:
    """Return the page of a question, an answer or an article; ``None`` where its text was never seen."""
    if isinstance(item, Question):
        return None if item.detail is None else question_page(item)
    if not isinstance(item, Answer | Article) or item.content is None:
        return None
    is_answer = isinstance(item, Answer)
    author = item.author
    return Page(
        kind=item.kind,
        id=item.id,
        url=_answer_url(item) if isinstance(item, Answer) else item.url or canonical_url("article", item.id),
        title=_title(item),
        author=name_of(author),
        author_url=_author_url(author),
        votes=UNKNOWN if item.voteup_count is None else str(item.voteup_count),
        html=item.content,
        facts=tuple(_facts(item, "发布于" if not is_answer else "写于")),
        notes=tuple(_notes(item)),
    )


def question_page(item: Question) -> Page:
    """Return the page of a question, its text empty where it was never seen."""
    counts = (
        ("回答", item.answer_count),
        ("关注", item.follower_count),
        ("浏览", item.visit_count),
        ("评论", item.comment_count),
    )
    facts = [f"{name} {count}" for name, count in counts if count is not None]
    topics = "、".join(topic.name for topic in item.topics or ())
    return Page(
        kind="question",
        id=item.id,
        url=item.url or canonical_url("question", item.id),
        title=_squeezed(item.title) or f"问题 {item.id}",
        author=name_of(item.author),
        author_url=_author_url(item.author),
        votes=UNKNOWN if item.voteup_count is None else str(item.voteup_count),
        html=item.detail or "",
        facts=(*([f"话题 {topics}"] if topics else ()), *facts, *_facts(item, "提问于")),
        notes=("这个问题已被删除。",) if item.is_deleted else (),
    )


def _title(item: Answer | Article) -> str:
    if isinstance(item, Article):
        return _squeezed(item.title) or f"文章 {item.id}"
    if item.question is None:
        return f"回答 {item.id}"
    return _squeezed(item.question.title) or f"问题 {item.question.id}"


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def _answer_url(item: Answer) -> str:
    return item.url or canonical_url("answer", item.id, question_id=item.question.id if item.question else None)


def name_of(author: Author | None) -> str:
    """Return the name to show: of an anonymous or a deactivated author, and of one that no page told, what they are."""
    if author is None:
        return UNKNOWN
    if author.kind is AuthorKind.ANONYMOUS:
        return ANONYMOUS
    name = _squeezed(author.name)
    return name or (DEACTIVATED if author.kind is AuthorKind.DEACTIVATED else author.url_token or UNKNOWN)


def _author_url(author: Author | None) -> str | None:
    is_there = author is not None and author.kind in (AuthorKind.USER, AuthorKind.ORGANIZATION)
    return canonical_url("user", author.url_token) if is_there and author and author.url_token else None


def _facts(item: Any, begun: str) -> list[str]:
    told = []
    if item.created:
        told.append(f"{begun} {_shown(item.created, getattr(item, 'created_precision', None))}")
    if item.updated and item.updated != item.created:
        told.append(f"编辑于 {_shown(item.updated, getattr(item, 'updated_precision', None))}")
    if item.kind != "question" and item.comment_count is not None:
        told.append(f"评论 {item.comment_count}")
    return told


def _shown(moment: datetime, precision: Precision | None) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d" if precision is Precision.DAY else "%Y-%m-%d %H:%M")


def _notes(item: Answer | Article) -> list[str]:
    told = []
    if getattr(item, "is_deleted", None):
        told.append("这个回答已被删除。")
    if item.content_truncated:
        told.append("网站没有给出全文（需要登录或付费），以下只是开头。")
    return told
