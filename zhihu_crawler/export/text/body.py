"""What somebody wrote, as a strict tree: blocks in blocks, text in paragraphs, and no more than a dozen tags.

Whatever markup it came in (``<br>`` for paragraphs in 2015, figures since 2018, tags that nobody closed), every writer
of pages finds: ``p h1-h6 blockquote ul ol li pre>code figure>img+figcaption table>tr>th|td hr``, and within them
``strong em u del sub sup code a img br`` and ``span.math[data-tex]``. Nothing else comes through, no scripts above all.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from lxml import etree
from lxml.etree import Element, SubElement

from zhihu_crawler.export.text import pieces
from zhihu_crawler.export.text.containers import is_whole, list_items, rows_of, tighten
from zhihu_crawler.export.text.flow import Body, Flow, Marks
from zhihu_crawler.export.text.legal import legal
from zhihu_crawler.export.text.tags import BLOCKS, DROPPED, HEADINGS, MARKS
from zhihu_crawler.parsers.richtext import TOO_DEEP, clean_html, is_shallow, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

_DEEPEST = 60
"""Levels of markup that are followed; what lies deeper is text."""
_TAGS = re.compile(r"<[^>]*>")
_PARSER = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)


def body_of(html: str) -> Body:
    """Make a strict tree of rich text, of whatever markup."""
    body = Body(Element("div"))
    source = _parsed(html)
    if source is None:
        _Layer(body).lay_text(unescape(_TAGS.sub("\n", legal(html))))
    else:
        _Layer(body).lay(source, Flow(body.root), (), 0)
    return body


def _parsed(html: str) -> _Element | None:
    cleaned = clean_html(legal(html))
    try:
        root = etree.fromstring(f"<html><body>{cleaned}", _PARSER)
    except (etree.LxmlError, ValueError):
        return None
    if cleaned.count("<") > TOO_DEEP and not is_shallow(root):
        return None  # the parser ends a text without a word where it becomes too deep
    return root if words(root).strip() or not _TAGS.sub("", cleaned).strip() else None


class _Layer:
    """Walks through the markup and lays what it finds."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._captioned: _Element | None = None
        self._special: dict[str, Callable[[_Element, Flow, Marks, int], None]] = {
            "br": lambda _, flow, __, ___: flow.line_break(),
            "hr": self._rule,
            "pre": self._code,
            "code": self._inline_code,
            "table": self._table,
            "img": self._image,
            "blockquote": self._quote,
            "ul": self._list,
            "ol": self._list,
            "a": self._link,
            "sup": self._sup,
            "span": self._span,
            "figcaption": self._caption,
            **dict.fromkeys(HEADINGS, self._heading),
        }

    def lay_text(self, text: str) -> None:
        """Lay what is no markup: a paragraph a line."""
        for line in filter(str.strip, text.splitlines()):
            SubElement(self._body.root, "p").text = line

    def lay(self, source: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        """Lay all that is within an element."""
        flow.text(source.text or "", marks)
        for child in source:
            if depth > _DEEPEST:
                flow.text(words(child), marks)
            elif isinstance(child.tag, str) and child.tag not in DROPPED:
                self._lay_one(child, flow, marks, depth + 1)
            flow.text(child.tail or "", marks)
        if source.tag in ("body", "li", "blockquote"):
            flow.close()

    def _lay_one(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if special := self._special.get(str(element.tag)):
            special(element, flow, marks, depth)
        elif element.tag in MARKS:
            self.lay(element, flow, (*marks, Element(MARKS[element.tag])), depth)
        elif element.tag in BLOCKS or (element.tag == "li" and not flow.phrasing):
            flow.close()
            self.lay(element, flow, marks, depth)
            flow.close()
        else:
            self.lay(element, flow, marks, depth)

    def _rule(self, _: _Element, flow: Flow, __: Marks, ___: int) -> None:
        if not flow.phrasing:
            flow.block(Element("hr"))

    def _code(self, element: _Element, flow: Flow, marks: Marks, _: int) -> None:
        block = pieces.code_block(element)
        if flow.phrasing:
            block[0].text = " ".join((block[0].text or "").split())
            flow.leaf(block[0], marks)
        else:
            flow.block(block)

    def _inline_code(self, element: _Element, flow: Flow, marks: Marks, _: int) -> None:
        code = Element("code")
        code.text = " ".join(words(element).split("\n"))
        if code.text.strip():
            flow.leaf(code, marks)

    def _heading(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if flow.phrasing:
            self.lay(element, flow, marks, depth)
            return
        heading = Element(element.tag)
        self.lay(element, Flow(heading, phrasing=True), (), depth)
        if words(heading).strip() or len(heading):
            flow.block(heading)

    def _quote(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if flow.phrasing:
            self.lay(element, flow, marks, depth)
            return
        quote = Element("blockquote")
        self.lay(element, Flow(quote), (), depth)
        if len(quote):
            flow.block(quote)

    def _list(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if flow.phrasing:
            self.lay(element, flow, marks, depth)
            return
        made = Element(element.tag)
        if (start := element.get("start", "")).isdigit() and element.tag == "ol":
            made.set("start", str(int(start[:6])))
        for child in list_items(element):
            within = len(made) and child.tag in ("ul", "ol")  # a list between two items belongs to the first
            item = made[-1] if within else Element("li")
            self._lay_one(child, Flow(item), (), depth)
            if len(item) and not within:
                made.append(tighten(item))
        if len(made):
            flow.block(made)

    def _link(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        block = pieces.card(element)
        if block is not None and not flow.phrasing:
            flow.block(block)
        elif block is not None:
            for link in block.iter("a"):
                flow.leaf(link, ())
            flow.text(block.text or "", marks)
        elif (href := pieces.address(element.get("href"))) and not pieces.is_link_of_site(element):
            outer = tuple(mark for mark in marks if mark.tag != "a")
            self.lay(element, flow, (*outer, Element("a", {"href": href})), depth)
        else:
            self.lay(element, flow, marks, depth)

    def _span(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if tex := pieces.formula_of(element):
            flow.leaf(pieces.formula(element, tex), marks)
        else:
            self.lay(element, flow, marks, depth)

    def _sup(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if element.get("data-numero") is None and element.get("data-draft-type") != "reference":
            self.lay(element, flow, (*marks, Element("sup")), depth)
            return
        number = self._body.refer(element.get("data-text", "").strip(), pieces.address(element.get("data-url")))
        mark = Element("sup", {"class": "reference"})
        SubElement(mark, "a", {"href": f"#ref-{number}"}).text = f"[{number}]"
        flow.leaf(mark, ())
        if not pieces.is_number(element):
            self.lay(element, flow, marks, depth)

    def _image(self, element: _Element, flow: Flow, marks: Marks, _: int) -> None:
        if tex := pieces.formula_of(element):
            flow.leaf(pieces.formula(element, tex), marks)
            return
        caption = pieces.squeezed(element.get("data-caption"))
        alt = caption or pieces.squeezed(element.get("alt"))
        source = pieces.picture(element)
        if source and not flow.phrasing:
            flow.block(pieces.pictured(Element("img", {"src": source, "alt": alt}), caption))
        elif source:
            flow.leaf(Element("img", {"src": source, "alt": alt}), marks)
        elif alt and not pieces.is_captioned(element, alt):
            flow.close()
            flow.text(alt, marks)
            flow.close()

    def _caption(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        """A caption belongs to the picture before it, whose own attribute says the same where it has one."""
        last = flow.target[-1] if len(flow.target) and not flow.phrasing else None
        if last is None or last is self._captioned or not pieces.is_captioned_by(last, element):
            flow.close()
            self.lay(element, flow, marks, depth)
            flow.close()
            return
        flow.close()
        for same in last.findall("figcaption"):
            last.remove(same)
        self._captioned, made = last, Element("figcaption")
        self.lay(element, Flow(made, phrasing=True), (), depth)
        if words(made).strip() or len(made):
            last.append(made)

    def _table(self, element: _Element, flow: Flow, marks: Marks, depth: int) -> None:
        if flow.phrasing or not is_whole(element):
            self.lay(element, flow, marks, depth)
            return
        table = Element("table")
        for row in rows_of(element):
            made = Element("tr")
            for cell in row.iterchildren("td", "th"):
                self.lay(cell, Flow(SubElement(made, cell.tag), phrasing=True), (), depth)
            if len(made):
                table.append(made)
        for caption in element.iterchildren("caption"):
            self.lay(caption, flow, marks, depth)
            flow.close()
        if len(table):
            flow.block(table)
