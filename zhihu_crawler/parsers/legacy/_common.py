"""Small readers for pages of 2015 and 2016: text, attributes, numbers and addresses of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from zhihu_crawler.items import Author, AuthorKind
from zhihu_crawler.parsers.markup import absolute, attribute, target_of, text
from zhihu_crawler.parsers.people import author_kind
from zhihu_crawler.parsers.values import squeeze
from zhihu_crawler.urls import Target, read_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from parsel import Selector

_PERSON = "p$t$"
"""Begins the ``data-tip`` of every link to a person; the token follows."""


def page_target(page: Selector) -> Target | None:
    """Say what a page is of: its head names it for the site's own app."""
    content = attribute(page, 'meta[name="apple-itunes-app"]', "content") or ""
    found = read_url(content.rpartition("app-argument=")[2])
    if found is None:
        agent = attribute(page, 'meta[http-equiv="mobile-agent"]', "content") or ""
        found = read_url(agent.rpartition("url=")[2])
    return found


def person_token(link: Selector) -> str | None:
    """The token of a link to a person, from its tip or its address."""
    tip = link.attrib.get("data-tip", "")
    if tip.startswith(_PERSON):
        return tip.removeprefix(_PERSON) or None
    found = target_of(link.attrib.get("href"))
    return found.id if found and found.kind == "user" else None


def read_author(info: Selector | None) -> Author | None:
    """Read who wrote something from ``.zm-item-answer-author-info`` (2015: ``h3``, 2016: ``a.author-link``)."""
    if info is None:
        return None
    links = [link for link in info.css('a[data-tip^="p$t$"], a.author-link') if squeeze(_text(link))]
    link = links[0] if links else None
    name = squeeze(_text(link)) if link is not None else text(info, ".name") or text(info, "h3")
    if name is None:
        return None
    token = person_token(link) if link is not None else None
    kind = author_kind(name, id_=None, url_token=token, is_organization=False)
    if kind is AuthorKind.ANONYMOUS:
        return Author(kind=kind, name=name)
    return Author(
        kind=AuthorKind.DEACTIVATED if link is None else kind,
        url_token=token,
        name=name,
        headline=attribute(info, "strong[title], span.bio[title]", "title"),
        avatar_url=absolute(attribute(info, "img", "src")),
    )


def _text(link: Selector) -> str:
    return cast("HtmlElement", link.root).text_content()
