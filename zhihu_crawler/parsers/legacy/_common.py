"""Small readers for pages of 2015 and 2016: text, attributes, numbers and addresses of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.items import Author, AuthorKind
from zhihu_crawler.parsers.markup import Parts, picture_of, target_of
from zhihu_crawler.parsers.people import author_kind
from zhihu_crawler.parsers.richtext import words
from zhihu_crawler.parsers.values import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from parsel import Selector

PERSON = "p$t$"
"""Begins the ``data-tip`` of every link to a person; the token follows."""
_POSTS = frozenset({"zm-item-post", "post-body"})
COLUMN = "c$t$"
"""The same of a column; its slug follows."""


def link_above(block: Element, wanted: str) -> Element | None:
    """The nearest link of a class, or within a heading, that stands before a block and belongs to no other block.

    Args:
        block: the element of an answer or an article.
        wanted: the link's class; a link in an ``h2`` is taken too.
    """
    node: Element | None = block
    while node is not None:
        for before in node.itersiblings(preceding=True):
            if not isinstance(before.tag, str):
                continue
            marks = [one for one in before.iter() if _is_block(one) or _is_title(one, wanted)]
            if marks:
                return None if _is_block(marks[-1]) else marks[-1]
        node = node.getparent()
    return None


def _is_block(element: Element) -> bool:
    """An answer or an article, which has a title of its own."""
    if element.get("data-atoken") is not None:
        return True
    return not _POSTS.isdisjoint((element.get("class") or "").split())


def _is_title(link: Element, wanted: str) -> bool:
    if link.tag != "a":
        return False
    if wanted in link.get("class", "").split():
        return not link.get("data-tip", "").startswith(COLUMN)  # home pages give columns the questions' class
    parent = link.getparent()
    return parent is not None and parent.tag == "h2"


def person_token(link: Selector) -> str | None:
    """The token of a link to a person, from its tip or its address."""
    return token_of(link.root)


def token_of(link: Element) -> str | None:
    """The same, of an element."""
    tip = link.get("data-tip", "")
    if tip.startswith(PERSON):
        return tip.removeprefix(PERSON) or None
    found = target_of(link.get("href"))
    return found.id if found and found.kind == "user" else None


def read_author(info: Element | None) -> Author | None:
    """Read who wrote something from ``.zm-item-answer-author-info`` (2015: ``h3``, 2016: ``a.author-link``)."""
    if info is None:
        return None
    link = next((a for a in info.iter("a") if _is_person(a) and squeeze(words(a))), None)
    parts = Parts(info)
    plain = next(info.iter("h3"), None)
    label = link if link is not None else parts.first("name") if parts.first("name") is not None else plain
    name = squeeze(words(label)) if label is not None else None
    if name is None:
        return None
    token = token_of(link) if link is not None else None
    kind = author_kind(name, id_=None, url_token=token, is_organization=False)
    if kind is AuthorKind.ANONYMOUS:
        return Author(kind=kind, name=name)
    portrait = next(info.iter("img"), None)
    return Author(
        kind=AuthorKind.DEACTIVATED if link is None else kind,
        url_token=token,
        name=name,
        headline=next((one.get("title") for one in info.iter("strong", "span") if one.get("title")), None),
        avatar_url=picture_of(portrait),
    )


def _is_person(link: Element) -> bool:
    return link.get("data-tip", "").startswith(PERSON) or "author-link" in link.get("class", "").split()
