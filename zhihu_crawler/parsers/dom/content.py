"""Questions and answers as a modern page shows them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Author, AuthorKind, Item, Question, QuestionRef, TopicRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.dom._common import (
    comments_label,
    embedded,
    first_count,
    ip_of,
    meta,
    number_beside,
    page_named,
    read_author,
    read_votes,
    times_of,
    topic_refs,
    topics_named,
    votes_label,
)
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, inner_html, own_text, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_BODY = ".RichContent-inner .RichText[itemprop=text], .RichContent-inner .RichText"
_DETAIL = ".QuestionRichText .RichText, .QuestionRichText span[itemprop=text], .QuestionHeader .RichText"
_TOPICS = ".QuestionHeader-topics, .QuestionHeader-tags"
_PAGE = '.QuestionPage, main [itemtype$="/Question"]:not([itemprop])'
"""The page for phones of 2017 has the same metas, and no class on its root."""
_BARE_PAGE = "main:has(.QuestionHeader-title)"
"""Pages of early 2017 have neither."""
_ANSWERS = ".AnswerItem, .ContentItem[name]:not(.ArticleItem):has(.AnswerItem-meta)"
"""In early 2017 an answer was a content item like any other."""
_HASH = re.compile(r"[0-9a-f]{32}")


def read_question_page(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the question whose page this is, with its topics."""
    block = next(iter(page.css(_PAGE) or page.css(_BARE_PAGE)), None)
    if block is None:
        return
    id_ = _question_id(page, block, source)
    if id_ is None:
        raise RecordError(f"the question page {source.url} does not say which question it is of: it is damaged")
    fields = Fields(f"question {id_}", problems)
    topics = tuple(_topics(block))
    folded = bool(block.css(".QuestionRichText-more"))
    yield Question(
        id=id_,
        url=canonical_url("question", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=meta(block, "name") or text(block, "h1.QuestionHeader-title"),
        detail=None if folded else inner_html(block, _DETAIL),
        excerpt=text(block, _DETAIL) if folded else None,
        topics=topics if topics or block.css(_TOPICS) else None,
        author=read_author(author, fields) if (author := _asker(block)) is not None else None,
        created=fields.read("created", values.read_time, meta(block, "dateCreated")),
        updated=fields.read("updated", values.read_time, meta(block, "dateModified")),
        **_question_counts(page, block, fields),
    )
    yield from topics_named(topics, source)


def _question_id(page: Selector, block: Selector, source: Source) -> str | None:
    """The page of an answer is of its question too."""
    named = read_url(meta(block, "url") or "") or page_named(page, source)
    if named is None or named.kind not in ("question", "answer"):
        return None
    return named.id if named.kind == "question" else named.question_id


def _question_counts(page: Selector, block: Selector, fields: Fields) -> dict[str, Any]:
    return {
        "answer_count": first_count(
            fields, "answer_count", meta(block, "answerCount"), text(page, ".List-headerText span")
        ),
        "follower_count": first_count(
            fields, "follower_count", meta(block, "zhihu:followerCount"), number_beside(block, "关注者")
        ),
        "visit_count": first_count(
            fields, "visit_count", meta(block, "zhihu:visitsCount"), number_beside(block, "被浏览")
        ),
        "comment_count": first_count(fields, "comment_count", meta(block, "commentCount"), _comments(block)),
        "voteup_count": fields.read("voteup_count", values.read_count, _good(block)),
    }


def _comments(block: Selector) -> str | None:
    labels = (
        own_text(button) or "" for button in block.css(".QuestionHeader-Comment button, .QuestionHeader-actions button")
    )
    return next((label for label in labels if label.endswith("条评论") or label == "添加评论"), None)


def _good(block: Selector) -> str | None:
    """``好问题 5``; the number is left out where there is none."""
    label = (text(block, ".GoodQuestionAction") or "").removeprefix("好问题").strip()
    return label if label[:1].isdigit() else None


def _asker(block: Selector) -> Selector | None:
    return next(iter(block.css(".QuestionAuthor")), None)


def _topics(block: Selector) -> Iterator[TopicRef]:
    """Links name id and title; older pages tell them in the attribute of the page's own scripts."""
    header = next(iter(block.css(_TOPICS)), None)
    found = list(topic_refs(header)) if header is not None else []
    if not found:
        for holder in block.css("[data-zop-question]"):
            told = embedded(holder, "data-zop-question").get("topics") or []
            found = [TopicRef(id=str(one["id"]), name=one["name"]) for one in told if one.get("name") and one.get("id")]
    if not found and (keywords := meta(block, "keywords")):
        found = [TopicRef(id=None, name=name) for name in keywords.split(",") if name]
    yield from found


def read_answers(
    page: Selector, source: Source, problems: list[PageError], question: QuestionRef | None = None
) -> list[Answer]:
    """Read every answer that the page shows; an odd one costs itself alone.

    Args:
        page: the page.
        source: where it was read.
        problems: where faults are noted.
        question: the page's own, to which answers belong that do not say to which.
    """
    answers: dict[str, Answer] = {}
    for block in page.css(_ANSWERS):
        try:
            answer = _answer(block, source, problems)
        except PageError as error:
            problems.append(error)
        else:
            answers.setdefault(answer.id, _titled(answer, question))
    return list(answers.values())


def _titled(answer: Answer, question: QuestionRef | None) -> Answer:
    named = answer.question
    if question is None or (named is not None and (named.id != question.id or named.title)):
        return answer
    return replace(answer, question=question, url=canonical_url("answer", answer.id, question_id=question.id))


def _answer(block: Selector, source: Source, problems: list[PageError]) -> Answer:
    url = meta(block, "url") or attribute(block, ".ContentItem-time a, .ContentItem-title a", "href") or ""
    named, told = read_url(absolute(url) or ""), embedded(block, "data-zop")
    id_ = str(told.get("itemId") or block.attrib.get("name") or (named.id if named else ""))
    if not id_.isdigit():
        raise RecordError(f"an answer of {source.url or 'this file'} has the id {id_!r}: the page is damaged")
    fields = Fields(f"answer {id_}", problems)
    question = _question_of(block, (named.question_id if named else None) or _parent(block), told)
    content = inner_html(block, _BODY) or inner_html(block, ".RichContent-inner")
    folded = bool(block.css(".RichContent.is-collapsed:not(.RichContent--unescapable)"))
    votes = meta(block, "upvoteCount") or votes_label(block)
    return Answer(
        id=id_,
        url=canonical_url("answer", id_, question_id=question.id if question else None),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=folded or content is None,
        question=question,
        author=_author(block, fields),
        content=None if folded else content,
        excerpt=text(block, _BODY) if folded else None,
        voteup_count=fields.read("voteup_count", read_votes, votes),
        comment_count=first_count(fields, "comment_count", meta(block, "commentCount"), comments_label(block)),
        ip_location=ip_of(block),
        **times_of(block, fields, source),
    )


def _author(block: Selector, fields: Fields) -> Author | None:
    """The site's own measuring data tell the author's id."""
    author, hash_ = read_author(block, fields), _measured(block).get("author_member_hash_id")
    if author is None or author.kind is AuthorKind.ANONYMOUS or not _HASH.fullmatch(str(hash_)):
        return author
    return replace(author, id=str(hash_))


def _measured(block: Selector) -> dict[str, Any]:
    """What the site's own measuring is told of a card."""
    card = embedded(block, "data-za-extra-module").get("card")
    content = card.get("content") if isinstance(card, dict) else None
    return content if isinstance(content, dict) else {}


def _parent(block: Selector) -> str | None:
    token = str(_measured(block).get("parent_token") or "")
    return token if token.isdigit() else None


def _question_of(block: Selector, question_id: str | None, told: dict[str, Any]) -> QuestionRef | None:
    holder = next(iter(block.css('[itemprop="zhihu:question"]')), None)
    named = read_url(meta(holder, "url") or "") if holder is not None else None
    id_ = named.id if named else question_id
    title = meta(holder, "name") if holder is not None else None
    title = title or (told["title"] if isinstance(told.get("title"), str) else None)
    return QuestionRef(id=id_, title=title) if id_ else None
