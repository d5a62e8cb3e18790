"""The HTML that people write: cleaned as a reader sees it, whatever the era.

Cleaning follows what zhihu-python and zhihu-go did: pictures get their real sources, the doubles in ``noscript`` go,
redirects through link.zhihu.com are unwrapped, the site's own icons and buttons go. Formulas, code, references, cards
and videos stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from lxml import etree

from zhihu_crawler.parsers.decorations import MARKS, undecorate
from zhihu_crawler.parsers.noscript import drop, settle_noscript
from zhihu_crawler.parsers.retouch import REAL_SOURCES, retouch
from zhihu_crawler.urls import unwrap_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

_DROPPED_TAGS = ("script", "style", "iframe", "object", "embed", "link", "meta", "svg")
_DROPPED_CLASSES = frozenset(
    {"icon-external", "zu-edit-button", "zu-edit-button-icon", "toggle-expand", "answer-date-link-wrap", "edit-msg"}
)
_ENTITY = "RichContent-EntityWord"
"""Link to a search that pages since 2021 lay on words; the author wrote none."""
_USUAL = (b"<noscript", b"link.zhihu.com", b"data-actualsrc", b"data-original=")
_RARE = tuple(
    mark.encode() for mark in (_ENTITY.lower(), "javascript:", "\x00", *(_DROPPED_CLASSES - {"zu-edit-button-icon"}))
)
_RARE_TAGS = re.compile(rf"<(?:{'|'.join(_DROPPED_TAGS)})".encode())
"""A text without any of these, and without an event's handler, is clean as it is, or can be made so without a tree."""
_HANDLER = re.compile(rb"on[a-z]+\s*=")  # begins with letters, which are found ten times as fast as a blank
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "hr", "li"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "td", "th", "tr", "ul"}
)
TOO_DEEP = 1500
"""Elements within elements; deeper markup is nobody's text, and is left as it came."""
_PARSER = etree.HTMLParser(huge_tree=True, remove_pis=True)
_WORDS = etree.XPath("string()")


def words(element: Element) -> str:
    """Return all text of an element, as it stands."""
    return cast("str", _WORDS(element))


def clean_html(html: str) -> str:
    """Return the text's HTML with real picture sources and addresses, without doubles, buttons and scripts.

    Text that needs no cleaning is returned unchanged; cleaning twice is the same as once. Markup that no parser can
    make a tree of is returned as it came.
    """
    low = _low(html)
    if not _needs_tree(low):
        if not _is_marked(low):
            return html
        if (retouched := retouch(html)) is not None:
            return retouched
    root = _tree(html)
    return html if root is None else _inner_html(_clean(root, low))


def clean_element(element: Element) -> str:
    """Return the cleaned inner HTML of an element of a page; the page's own tree is changed by it."""
    html = _inner_html(element)
    low = _low(html)
    if any(mark in low for mark in MARKS):
        undecorate(element)
        html = _inner_html(element)
    if _is_marked(low) or _needs_tree(low):
        html = _inner_html(_clean(element, low))
    return html.strip()


def _low(html: str) -> bytes:
    """The text to look for marks in: bytes are searched several times as fast as Chinese text."""
    return html.encode("utf-8", "surrogatepass").lower()


def _is_marked(low: bytes) -> bool:
    return any(mark in low for mark in _USUAL)


def _needs_tree(low: bytes) -> bool:
    return _RARE_TAGS.search(low) is not None or any(mark in low for mark in _RARE) or _has_handler(low)


def _has_handler(low: bytes) -> bool:
    return any(low[found.start() - 1 : found.start()].isspace() for found in _HANDLER.finditer(low))


def _tree(html: str) -> Element | None:
    """Parse a text into one element around it; ``None`` where it is too deep, or no text."""
    if "\x00" in html:
        html = html.replace("\x00", "")
    try:
        root = etree.fromstring(f"<html><body><div>{html}</div></body></html>", _PARSER)
    except (etree.LxmlError, ValueError):
        return None
    body = root.find("body") if root is not None else None
    if body is None or (html.count("<") > TOO_DEEP and not is_shallow(body)):
        return None
    return _around(body)


def _around(body: Element) -> Element:
    """A stray end tag closes the element too early: what follows it belongs in it as well."""
    first = body[0]
    if len(body) > 1 or first.tail:
        first.tail, rest = None, (first.tail or "")
        _append_text(first, rest)
        for sibling in list(body)[1:]:
            first.append(sibling)
    return first


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def is_shallow(root: Element) -> bool:
    """Tell whether no element lies too deep for a parser, and none can have been lost for that reason."""
    depth, level = 0, [root]
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > TOO_DEEP:
            return False
    return True


def _clean(root: Element, low: bytes) -> Element:
    """Clean a tree; its text in lower case tells what need not be looked for."""
    if b"<noscript" in low:
        settle_noscript(root)
    etree.strip_tags(root, "embed")  # the parser does not know that it has no end, and puts what follows into it
    for element in list(root.iter(*_DROPPED_TAGS)):
        drop(element)
    if any(name.encode() in low for name in _DROPPED_CLASSES):
        for element in list(root.iter("i", "a", "span")):
            if not _DROPPED_CLASSES.isdisjoint(element.get("class", "").split()):
                drop(element)
    if _ENTITY.lower().encode() in low:
        _unlink_entities(root)
    _mend_addresses(root)
    if _has_handler(low):
        _drop_handlers(root)
    return root


def _unlink_entities(root: Element) -> None:
    for link in list(root.iter("a")):
        if _ENTITY in link.get("class", "").split():
            link.tag = "entity"
    etree.strip_tags(root, "entity")


def _mend_addresses(root: Element) -> None:
    for img in root.iter("img"):
        if real := img.get("data-original") or img.get("data-actualsrc"):
            img.set("src", f"https:{real}" if real.startswith("//") else real)
            for name in REAL_SOURCES:
                img.attrib.pop(name, None)
    for link in root.iter("a"):
        if href := link.get("href"):
            link.set("href", "" if href.strip().lower().startswith("javascript:") else unwrap_link(href))


def _drop_handlers(root: Element) -> None:
    for element in root.iter(etree.Element):
        for name in list(element.attrib):
            if str(name).lower().startswith("on"):
                del element.attrib[name]


def _inner_html(root: Element) -> str:
    """Serialise what is within an element: the element itself goes as ``<tag>...</tag>`` without attributes."""
    kept = dict(root.attrib)
    root.attrib.clear()
    html = etree.tostring(root, encoding="unicode", method="html", with_tail=False)
    root.attrib.update(kept)
    return html[html.index(">") + 1 : html.rindex("</")]


def text_of(html: str) -> str | None:
    """Return the words of a text, a line for each block, formulas as their TeX; ``None`` when there are none."""
    if "<" not in html and "&" not in html:
        return html.strip() or None
    root = _tree(html)
    if root is None:
        return None
    lines = ("".join(_pieces(_clean(root, _low(html))))).splitlines()
    return "\n".join(line for raw in lines if (line := " ".join(raw.split()))) or None


def _pieces(root: Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if not isinstance(element.tag, str):
            yield element.tail or ""
            continue
        if element.tag in _BLOCKS and element is not root:
            yield "\n"
        if event == "start":
            yield element.get("data-tex") or (element.get("alt") if element.get("eeimg") else None) or ""
            yield element.text or ""
        if event == "end" and element is not root:
            yield element.tail or ""
