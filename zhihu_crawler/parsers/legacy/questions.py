"""Question pages and the pages of single answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhihu_crawler.errors import DamagedPageError, PageError, WrongPageError
from zhihu_crawler.items import Answer, Question, QuestionRef, QuestionStatus, Topic, TopicRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy.answers import read_answer
from zhihu_crawler.parsers.legacy.lists import next_page, read_people
from zhihu_crawler.parsers.markup import Fields, attribute, inner_html, own_text, target_of, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.urls import Target

_ROOT = "#zh-single-question-page, #zh-question-title"
_FOLLOWED = re.compile(r"([\d,.]{1,20}\s?[万KkWw]?)\s?人关注该问题")
_WRAPS = ("#zh-question-answer-wrap", "#zh-question-collapsed-wrap", ".awesome-answer-list")
_OWN = ", ".join(f"{wrap} [data-atoken]" for wrap in _WRAPS)
"""Answers to the page's own question; the page of one answer adds some more of them below it."""


def parse_question_page(page: Selector, source: Source, target: Target | None) -> Parsed:
    """Read a question with the answers that its page shows, or one answer on its own page.

    Raises:
        WrongPageError: it is not the page that was asked for.
    """
    parsed = Parsed()
    pager, follows, blocks = _pager(page), next_page(page, source, canonical_url("question", _id(page))), page.css(_OWN)
    _take_out_answers(page)
    question = read_question(page, source, parsed.problems)
    _check(question, blocks, target)
    parsed.items.append(question)
    parsed.items.extend(_topics(page, source))
    ref = QuestionRef(id=question.id, title=question.title)
    answers = list(_answers(blocks, _collected(page), source, parsed.problems, ref))
    parsed.items.extend(answers)
    own = page.css("#js-sidebar-author-info") if pager is None else []
    for part in (page,) if target and target.listing == "followers" else own:
        read_people(part, source, parsed)
    if pager is not None:
        parsed.listings.append(_listing(question, answers, pager, follows))
    return parsed


def _take_out_answers(page: Selector) -> None:
    """The answers are most of the page: without them, everything else is found at once."""
    for wrap in page.css(", ".join(_WRAPS)):
        wrap.root.getparent().remove(wrap.root)


def read_question(page: Selector, source: Source, problems: list[PageError]) -> Question:
    """Read the question of a page."""
    id_ = _id(page)
    fields = Fields(f"question {id_}", problems)
    number = attribute(page, "#zh-question-answer-num", "data-num") or text(page, ".zh-answers-title h3 a")
    return Question(
        id=id_,
        url=canonical_url("question", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=text(page, "#zh-question-title .zm-item-title"),
        detail=_detail(page),
        topics=tuple(_topic_refs(page)) if page.css(".zm-tag-editor-labels") else None,
        answer_count=fields.read("answer_count", values.read_count, number),
        follower_count=fields.read("follower_count", values.read_count, _followers(page)),
        collapsed_answer_count=fields.read(
            "collapsed_answer_count", values.read_count, text(page, "#zh-question-collapsed-num")
        ),
        visit_count=fields.read("visit_count", values.read_count, _visits(page)),
        status=_status(page),
        comment_count=fields.read(
            "comment_count", values.read_count, text(page, "#zh-question-meta-wrap a.toggle-comment")
        ),
    )


def is_question_page(page: Selector) -> bool:
    """Say whether a page is of a question, or of one of its answers."""
    return bool(page.css(_ROOT))


def _id(page: Selector) -> str:
    """On the root of a question's page; in the title's link on the page of one answer."""
    link = target_of(attribute(page, "#zh-question-title a", "href"))
    id_ = attribute(page, "#zh-single-question-page", "data-urltoken") or (link.id if link else "")
    if not id_.isdigit():
        raise DamagedPageError(f"the question page of 2015/16 does not say which question it is of ({id_!r})")
    return id_


def _detail(page: Selector) -> str | None:
    """A long detail is folded: the whole text stands escaped in a ``textarea``."""
    return inner_html(page, "#zh-question-detail textarea, #zh-question-detail .zm-editable-content")


def _visits(page: Selector) -> str | None:
    """In the page's head; the page of one answer tells it only beside the answer."""
    if told := attribute(page, 'meta[itemprop="visitsCount"]', "content"):
        return told
    labels = page.xpath('//strong[contains(preceding-sibling::text()[1], "被浏览")]/text()')
    return labels.get()


def _followers(page: Selector) -> str | None:
    """Linked for who is logged in; a sentence (``1327 人关注该问题``) for others."""
    if told := text(page, ".zh-question-followers-sidebar .zg-gray-normal strong"):
        return told
    found = _FOLLOWED.search(text(page, "#zh-question-side-header-wrap") or "")
    return found[1] if found else None


def _status(page: Selector) -> QuestionStatus | None:
    """The page's own data tell whether the question is locked."""
    try:
        told = json.loads(text(page, 'script[data-name="current_question"]') or "null")
    except ValueError:
        return None
    locked = told.get("isLocked") if isinstance(told, dict) else None
    return QuestionStatus(is_locked=locked == 1) if locked in (0, 1) else None


def _topic_refs(page: Selector) -> Iterator[TopicRef]:
    for link in page.css(".zm-tag-editor-labels a.zm-item-tag"):
        if name := values.squeeze(link.xpath("string()").get()):
            yield TopicRef(id=link.attrib.get("data-token") or None, name=name)


def _topics(page: Selector, source: Source) -> Iterator[Topic]:
    for ref in _topic_refs(page):
        if ref.id:
            yield Topic(
                id=ref.id,
                url=canonical_url("topic", ref.id),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                name=ref.name,
            )


def _check(question: Question, blocks: list[Selector], target: Target | None) -> None:
    if target is None:
        return
    if target.kind == "question" and target.id != question.id:
        raise WrongPageError(f"asked for question {target.id}, the page is of question {question.id}")
    if target.kind == "answer" and target.id not in {block.attrib["data-atoken"] for block in blocks}:
        raise WrongPageError(f"asked for answer {target.id}, the page of question {question.id} does not show it")
    if target.kind not in ("question", "answer"):
        raise WrongPageError(f"asked for {target.kind} {target.id}, the page is of question {question.id}")


def _answers(
    blocks: list[Selector], collected: dict[str, str], source: Source, problems: list[PageError], ref: QuestionRef
) -> Iterator[Answer]:
    for block in blocks:
        try:
            answer = read_answer(block, source, problems, ref)
        except PageError as error:
            problems.append(error)
            continue
        yield _with_favorites(answer, collected)


def _collected(page: Selector) -> dict[str, str]:
    """The page of a single answer says beside it how often it was collected: by the answer's id."""
    links = page.css('.zu-main-sidebar a[href$="/collections"]')
    return {link.attrib["href"].split("/")[-2]: own_text(link) or "" for link in links}


def _with_favorites(answer: Answer, collected: dict[str, str]) -> Answer:
    label = collected.get(answer.id) if answer.favorite_count is None else None
    return replace(answer, favorite_count=values.read_count(label)) if label and label.isdigit() else answer


def _pager(page: Selector) -> dict[str, object] | None:
    """The seed of the page's own pager; one sorted by time has numbered pages instead, one of an answer has neither."""
    raw = attribute(page, "#zh-question-answer-wrap[data-init]", "data-init")
    if raw is None:
        return {} if page.css("#zh-question-answer-num, .zm-invite-pager") else None
    try:
        seed = json.loads(raw)
    except ValueError:
        return {}
    params = seed.get("params") if isinstance(seed, dict) else None
    return params if isinstance(params, dict) else {}


def _listing(question: Question, answers: list[Answer], pager: dict[str, object], next_url: str | None) -> ListingPage:
    size = pager.get("pagesize")
    total = question.answer_count
    if total is None and isinstance(size, int) and len(answers) < size:
        total = len(answers)  # the number is left out where there are none or one
    return ListingPage(
        owner_kind="question",
        owner_id=question.id,
        name="answers",
        received=len(answers),
        total=total,
        next_url=next_url,
        is_end=True if isinstance(size, int) and len(answers) < size else None,
        keys=tuple(answer.key for answer in answers),
    )
