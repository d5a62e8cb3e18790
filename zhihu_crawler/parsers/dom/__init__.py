"""Modern pages without a state: microdata first, then the attributes of the site's own scripts, then class names.

Seen in stored pages of 2017 to 2026. Names that a build step made up (``css-1gomreu``) are never relied on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import LayoutUnknownError, WrongPageError
from zhihu_crawler.items import Question, QuestionRef, User
from zhihu_crawler.parsers.dom.articles import read_article_page, read_cards, read_column_page
from zhihu_crawler.parsers.dom.collections import read_collection, read_collection_cards
from zhihu_crawler.parsers.dom.content import read_answers, read_question_page
from zhihu_crawler.parsers.dom.people import read_people_list, read_profile
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each

if TYPE_CHECKING:
    from parsel import Selector

    from zhihu_crawler.items import Item
    from zhihu_crawler.urls import Target


def parse_dom(page: Selector, source: Source, target: Target | None) -> Parsed:
    """Read what a page shows.

    Raises:
        WrongPageError: it does not show what was asked for.
        LayoutUnknownError: nothing on it is known.
    """
    parsed = Parsed()
    problems = parsed.problems
    for read in (read_question_page, read_profile, read_collection, read_article_page, read_column_page):
        each(page.css(":root"), lambda root, read=read: list(read(root, source, problems)), parsed)  # type: ignore[misc]  # bound now
    answers = read_answers(page, source, problems, _own_question(parsed))
    parsed.items.extend(answers)
    known = {item.key for item in parsed.items}
    parsed.items.extend(read_cards(page, source, problems, known))
    parsed.items.extend(read_collection_cards(page, source, problems, known))
    _add_listings(page, source, parsed, target)
    if not parsed.items and not problems:
        raise LayoutUnknownError(
            f"nothing is known on the page {source.url or 'in this file'}: a new layout, or no page"
        )
    _check_asked_for(parsed, target)
    return parsed


def _add_listings(page: Selector, source: Source, parsed: Parsed, target: Target | None) -> None:
    question = next((item for item in parsed.items if item.kind == "question" and not item.partial), None)
    if question is not None:
        keys = tuple(item.key for item in parsed.items if item.kind == "answer" and _of(item, question.id))
        parsed.listings.append(
            ListingPage(
                owner_kind="question",
                owner_id=question.id,
                name="answers",
                received=len(keys),
                total=getattr(question, "answer_count", None),
                keys=keys,
            )
        )
    user = next((item for item in parsed.items if isinstance(item, User) and not item.partial), None)
    if user is not None and user.url_token:
        parsed.add(read_people_list(page, source, user, target))


def _own_question(parsed: Parsed) -> QuestionRef | None:
    question = next((item for item in parsed.items if isinstance(item, Question)), None)
    return QuestionRef(id=question.id, title=question.title) if question else None


def _of(answer: Item, question_id: str | None) -> bool:
    question = getattr(answer, "question", None)
    return question is None or question.id == question_id


def _check_asked_for(parsed: Parsed, target: Target | None) -> None:
    if target is None or target.kind not in ("question", "answer", "user", "collection", "article", "column"):
        return
    shown = [item for item in parsed.items if item.kind == target.kind]
    if any(target.id in (item.id, getattr(item, "url_token", None)) for item in shown):
        return
    names = ", ".join(sorted(item.key for item in parsed.items)[:5])
    raise WrongPageError(f"asked for {target.kind} {target.id}, the page shows {names}")
