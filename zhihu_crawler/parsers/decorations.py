"""What a page lays on a text when it shows it: cards, tooltips, lists of references. The author wrote none of it.

Seen on stored pages of 2018 to 2026 beside their state, which holds the text as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from zhihu_crawler.parsers.values import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MARKS = (b"linkcard", b"referencelist", b"data-search-entity", b"data-reference-link", b"data-first-child")
"""Where none of these is in a text, in lower case, nothing was laid on it."""
_UNWRAPPED = ("data-reference-link", "data-search-entity")
_SHOWN_ONLY = (
    "data-first-child",
    "data-tooltip",
    "data-tooltip-richtext",
    "data-tooltip-preset",
    "data-tooltip-classname",
)
_GONE = "decoration"


def undecorate(root: Element) -> None:
    """Take them off, so that a text is the same whether a page's state or what it shows was read."""
    for element in list(root.iter("a", "ol", "span", "p", "sup")):
        classes = element.get("class", "").split()
        if element.get("data-draft-type") == "link-card" and "LinkCard" in classes:
            _flatten(element)
        elif "ReferenceList" in classes:
            _drop_references(element)
        elif any(name in element.attrib for name in _UNWRAPPED):
            element.tag = _GONE
        for name in _SHOWN_ONLY:
            element.attrib.pop(name, None)
    etree.strip_tags(root, _GONE)


def _flatten(card: Element) -> None:
    """A card shows title, host and picture; its author gave an address, and its title at most."""
    titles = (one for one in card.iter("span") if "LinkCard-title" in one.get("class", "").split())
    title = card.get("data-text") or next((squeeze("".join(one.itertext())) for one in titles), None)
    for child in list(card):
        card.remove(child)
    card.text = title or card.text


def _drop_references(references: Element) -> None:
    """The list repeats what its marks in the text hold in their attributes."""
    heading, parent = references.getprevious(), references.getparent()
    if heading is not None and heading.tag == "h2" and "".join(heading.itertext()).strip() == "参考":
        heading.tag, heading.text = _GONE, None
        for child in list(heading):
            heading.remove(child)
    if parent is not None:
        references.tag, references.text = _GONE, None
        for child in list(references):
            references.remove(child)
