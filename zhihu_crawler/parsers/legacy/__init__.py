"""Pages of 2015 and 2016, rendered on the server, and the Ajax replies of that time whose JSON holds HTML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from parsel import Selector

from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError, WrongPageError
from zhihu_crawler.items import Author, AuthorKind
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.legacy import lists
from zhihu_crawler.parsers.legacy._common import link_above
from zhihu_crawler.parsers.legacy.answers import BLOCKS, question_ref, read_answer
from zhihu_crawler.parsers.legacy.collections import parse_collection_page
from zhihu_crawler.parsers.legacy.people import read_profile, top_answerers
from zhihu_crawler.parsers.legacy.posts import POSTS, columns_of, posts_of, read_post
from zhihu_crawler.parsers.legacy.questions import is_question_page, parse_question_page
from zhihu_crawler.parsers.legacy.topics import topics_followed, topics_of
from zhihu_crawler.parsers.markup import page_target
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zhihu_crawler.items import Item, User
    from zhihu_crawler.urls import Target

_SIGNS = re.compile(
    rb"class=[\"'][^\"']*\b(?:zu-top|zm-item|zm-profile|zg-wrap|ProfileBan)|id=[\"']zh-(?:single-question|top-)|data-atoken="
)
_LISTS: Mapping[str, str] = {
    "followees": "followees",
    "followers": "followers",
    "asks": "questions",
    "answers": "answers",
    "collections": "collections",
    "posts": "articles",
}
_COUNTS: Mapping[str, str] = {
    "questions": "question_count",
    "answers": "answer_count",
    "collections": "favorite_count",
    "articles": "articles_count",
    "followees": "following_count",
    "followers": "follower_count",
}
_KIND: Mapping[str, str] = {
    "questions": "question",
    "answers": "answer",
    "collections": "collection",
    "articles": "article",
}


def is_legacy(html: bytes) -> bool:
    """Say whether a page is of this era: its class names begin with zm-, zh- and zg-, which later pages do not use."""
    return _SIGNS.search(html) is not None


def parse_legacy(page: Selector, source: Source, target: Target | None) -> Parsed:
    """Read a page of 2015 or 2016, whatever it is of.

    Raises:
        WrongPageError: it is not of what was asked for.
        LayoutUnknownError: nothing on it is known.
    """
    if is_question_page(page):
        return parse_question_page(page, source, target)
    _check_asked_for(page, target)
    if page.css("#zh-fav-head-title"):
        return parse_collection_page(page, source)
    parsed = Parsed()
    user = read_profile(page, source, parsed.problems)
    if user is not None:
        parsed.items.append(user)
        parsed.add(_profile_lists(page, source, user, target))
    else:
        parsed.items.extend(topics_of(page, source, parsed.problems))
        _read_linked_answers(page, source, parsed)
        parsed.items.extend(lists.questions_of(page, source, parsed.problems))
        each(page.css(POSTS), lambda block: [read_post(block, source, parsed.problems)], parsed)
        lists.read_people(page, source, parsed)
        parsed.items.extend(top_answerers(page, source))
    if not parsed.items and not parsed.problems:
        raise LayoutUnknownError(f"nothing is known on the page of 2015/16 {source.url or 'in this file'}")
    return parsed


def _check_asked_for(page: Selector, target: Target | None) -> None:
    named = page_target(page)
    if target and named and (named.kind, named.id.lower()) != (target.kind, target.id.lower()):
        raise WrongPageError(f"asked for {target.kind} {target.id}, the page is of {named.kind} {named.id}")


def _profile_lists(page: Selector, source: Source, user: User, target: Target | None) -> Parsed:
    """Read what a profile's page lists: people, questions, answers, collections, or its latest activities."""
    owner = user.url_token or user.id or ""
    name = _list_name(page, source, target)
    if name in ("followees", "followers"):
        parsed = lists.parse_people_list(page, source, owner, name)
        _read_beside(page, source, parsed)
        return parsed
    parsed = Parsed()
    _read_linked_answers(page, source, parsed)
    parsed.items.extend(lists.questions_of(page, source, parsed.problems))
    _read_own(page, source, user, parsed)
    each(page.css(POSTS), lambda block: [read_post(block, source, parsed.problems)], parsed)
    _read_beside(page, source, parsed)
    if name is not None and name in _KIND:
        keys = tuple(item.key for item in parsed.items if item.kind == _KIND[name])
        parsed.listings.append(
            ListingPage(
                owner_kind="user",
                owner_id=owner,
                name=name,
                received=len(keys),
                total=getattr(user, _COUNTS[name]),
                next_url=lists.next_page(page, source, source.url),
                keys=keys,
            )
        )
    return parsed


def _read_own(page: Selector, source: Source, user: User, parsed: Parsed) -> None:
    """Read what the page names without saying whose it is: the owner's answers and collections."""
    own = Author(kind=AuthorKind.USER, id=user.id, url_token=user.url_token, name=user.name)
    whole = {item.key for item in parsed.items}
    named = lists.answers_named(page, source, parsed.problems, own)
    parsed.items.extend(answer for answer in named if answer.key not in whole)
    parsed.items.extend(lists.collections_of(page, source, parsed.problems, own))


def _list_name(page: Selector, source: Source, target: Target | None) -> str | None:
    """The address tells which list it is; a saved page without one tells by what is on it."""
    tab = target.listing if target else source.url.partition("?")[0].rstrip("/").rpartition("/")[2]
    if tab is not None and tab in _LISTS:
        return _LISTS[tab]
    seed = page.css(".zh-general-list::attr(data-init)").get("")
    for mark, name in (("ProfileFollowees", "followees"), ("ProfileFollowers", "followers")):
        if mark in seed:
            return name
    found = ((css, name) for css, name in _MARKS if page.css(css))
    return next((name for _, name in found), None)


_MARKS = (
    (".zm-profile-followee-page", "followees"),
    (".zm-profile-follower-page", "followers"),
    ("#zh-profile-ask-list", "questions"),
    ("#zh-profile-answer-list", "answers"),
    ("#zh-profile-fav-list", "collections"),
)


def _read_linked_answers(page: Selector, source: Source, parsed: Parsed) -> None:
    """Read answers that stand each below a link to its question: profiles, activities, topics."""

    def read(block: Selector) -> Iterator[Item]:
        link = link_above(block.root, "question_link")
        yield read_answer(block, source, parsed.problems, question_ref(link) if link is not None else None)

    each(page.css(BLOCKS), read, parsed)


def _read_beside(page: Selector, source: Source, parsed: Parsed) -> None:
    """Read what is only named: articles, and the columns and topics that someone owns or follows."""
    parsed.items.extend(posts_of(page, source, {item.key for item in parsed.items}))
    parsed.items.extend(columns_of(page, source, parsed.problems))
    parsed.items.extend(topics_followed(page, source))


def parse_fragment(page: Selector, source: Source, target: Target | None) -> Parsed:
    """Read a piece of such a page: answer blocks, cards of people, activities.

    Raises:
        LayoutUnknownError: nothing in it is known.
    """
    parsed = Parsed()
    _read_linked_answers(page, source, parsed)
    parsed.items.extend(lists.questions_of(page, source, parsed.problems))
    each(page.css(POSTS), lambda block: [read_post(block, source, parsed.problems)], parsed)
    _read_beside(page, source, parsed)
    name = _LISTS.get(target.listing or "") if target else None
    if target and target.kind == "user" and name in ("followees", "followers"):
        parsed.add(lists.parse_people_list(page, source, target.id, name, first=None))
    else:
        lists.read_people(page, source, parsed)
    parsed.items.extend(topics_of(page, source, parsed.problems))
    if not parsed.items and not parsed.problems:
        raise LayoutUnknownError(f"nothing is known in the piece of a page {source.url or 'in this file'}")
    return parsed


def unquote_fragment(text: str) -> str | None:
    """Return the HTML that a file holds as one quoted string, escaped as JSON would or not at all, else ``None``."""
    text = text.strip()
    if not (len(text) > 1 and text[0] == text[-1] == '"' and "<" in text):
        return None
    try:
        html = json.loads(text)
    except ValueError:
        html = text[1:-1]
    return html if isinstance(html, str) else None


def parse_ajax(data: Mapping[str, Any], source: Source, target: Target | None) -> Parsed:
    """Read a reply of the site's own Ajax calls of that time.

    ``{"r": 0, "msg": ["<html>", ...]}`` is one record a text, ``{"r": 0, "msg": [count, "<html>"]}`` all in one, and
    ``{"paging": ..., "payload": ["<html>", ...]}`` the voters of an answer.

    Raises:
        DamagedPageError: it is none of these.
    """
    pieces = data.get("payload", data.get("msg"))
    if not isinstance(pieces, list) or not all(isinstance(piece, (str, int)) for piece in pieces):
        raise DamagedPageError(f"the Ajax reply {source.url or ''} holds no list of HTML: {values.brief(pieces)}")
    html = "".join(piece for piece in pieces if isinstance(piece, str))
    if not html.strip():
        return Parsed()  # the page after the last one
    return parse_fragment(Selector(text=html, huge_tree=True), source, target)
