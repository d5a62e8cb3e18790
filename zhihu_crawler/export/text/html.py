"""HTML of a strict tree, for pages and (as XML) for the chapters of a book."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree
from lxml.etree import Element, SubElement

from zhihu_crawler.export.text.legal import sound
from zhihu_crawler.export.text.maths import math_element
from zhihu_crawler.export.text.pieces import squeezed

if TYPE_CHECKING:
    from lxml.etree import _Element

    from zhihu_crawler.export.text.flow import Body, Reference

_MATHML = ' xmlns="http://www.w3.org/1998/Math/MathML"'


def html_of(body: Body, *, xml: bool = False, pictures: bool = True) -> str:
    """Return a text as HTML, its references as a list at its end.

    Args:
        body: the text.
        xml: write XHTML, as the chapters of an EPUB have to be.
        pictures: show them from their addresses; else only link to them.
    """
    root = deepcopy(body.root)
    for mark in list(root.iter("span")):
        _formulate(mark)
    if not pictures:
        for img in list(root.iter("img")):
            _link_picture(img)
    if body.references:
        root.append(_reference_list(body.references))
    return _serialised(root, xml=xml)


def _formulate(mark: _Element) -> None:
    math = math_element(mark.get("data-tex", ""), display=_stands_alone(mark))
    math.tail = mark.tail
    parent = mark.getparent()
    if parent is not None:
        parent.replace(mark, math)


def _stands_alone(mark: _Element) -> bool:
    parent = mark.getparent()
    if parent is None or mark.get("data-display"):
        return True
    return parent.tag == "p" and len(parent) == 1 and not f"{parent.text or ''}{mark.tail or ''}".strip()


def _link_picture(img: _Element) -> None:
    """EPUB readers may not fetch pictures: a link stands for one."""
    caption = img.get("alt", "")
    img.tag = "a" if not any(one.tag == "a" for one in img.iterancestors()) else "span"
    source = img.get("src", "")
    img.attrib.clear()
    if img.tag == "a":
        img.set("href", source)
    img.text = f"[图片：{caption}]" if caption else "[图片]"
    parent = img.getparent()
    if parent is not None and parent.tag == "figure":
        for below in parent.findall("figcaption"):
            if caption and not len(below) and squeezed(below.text) == caption:
                parent.remove(below)


def _reference_list(references: list[Reference]) -> _Element:
    section = Element("section", {"class": "references"})
    SubElement(section, "h2").text = "参考"
    items = SubElement(section, "ol")
    for one in references:
        item = SubElement(items, "li", {"id": f"ref-{one.number}"})
        item.text = f"{one.text} " if one.text and one.url else one.text
        if one.url:
            SubElement(item, "a", {"href": one.url}).text = one.url
    return section


def _serialised(root: _Element, *, xml: bool) -> str:
    parts = [etree.tostring(block, encoding="unicode", method="xml" if xml else "html") for block in root]
    text = sound("\n".join(parts))
    return text.replace("<math", f"<math{_MATHML}") if xml else text
