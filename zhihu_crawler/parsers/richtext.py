"""The HTML that people write: cleaned as a reader sees it, whatever the era.

Cleaning follows what zhihu-python and zhihu-go did: pictures get their real sources, the doubles in ``noscript`` go,
redirects through link.zhihu.com are unwrapped, the site's own icons and buttons go. Formulas, code, references, cards
and videos stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, tostring

from zhihu_crawler.urls import unwrap_link

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = re.compile(
    r"<noscript|data-actualsrc|data-original=|link\.zhihu\.com|icon-external|zu-edit-button|edit-button|<script|<style"
    r"|\son[a-z]+\s*=|answer-date-link|toggle-expand|whitedot|svg\+xml|javascript:|<iframe|\x00",
    re.IGNORECASE,
)
"""A text without any of these is clean as it is."""
_DROPPED_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "link", "meta"})
_DROPPED_CLASSES = frozenset(
    {"icon-external", "zu-edit-button", "zu-edit-button-icon", "toggle-expand", "answer-date-link-wrap", "edit-msg"}
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "hr", "li"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "td", "th", "tr", "ul"}
)
_ROOT = "div"
_DEEPEST = 1500
"""Elements within elements; deeper markup is nobody's text, and is left as it came."""


def clean_html(html: str) -> str:
    """Return the text's HTML with real picture sources and addresses, without doubles, buttons and scripts.

    Text that needs no cleaning is returned unchanged; cleaning twice is the same as once. Markup that no parser can
    make a tree of is returned as it came.
    """
    if not _MARKS.search(html):
        return html
    root = _tree(html)
    return html if root is None else _inner_html(_clean(root))


def clean_element(element: HtmlElement) -> str:
    """Return the cleaned inner HTML of an element of a page; the page's own tree is changed by it."""
    return _inner_html(_clean(element)).strip()


def _tree(html: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        safe = html.replace("\x00", "").encode("utf-8", "replace").decode()
        root = fragment_fromstring(safe, create_parent=_ROOT, parser=parser)
    except (etree.LxmlError, ValueError, RecursionError):
        return None
    return root if _is_shallow(root) else None


def _is_shallow(root: HtmlElement) -> bool:
    depth, level = 0, [root]
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > _DEEPEST:
            return False
    return True


def _clean(root: HtmlElement) -> HtmlElement:
    _settle_noscript(root)
    for element in list(root.iter(etree.Element)):
        if element is root:
            continue
        if element.tag in _DROPPED_TAGS or not _DROPPED_CLASSES.isdisjoint(element.get("class", "").split()):
            element.drop_tree()
        else:
            _clean_attributes(element)
    return root


def _settle_noscript(root: HtmlElement) -> None:
    """Drop what stands for readers without scripts, unless it holds the only copy of a picture."""
    for noscript in list(root.iter("noscript")):
        twins = {_picture_id(img) for img in _neighbours(noscript)}
        if any(_picture_id(img) not in twins for img in noscript.iter("img")):
            noscript.drop_tag()
        else:
            noscript.drop_tree()


def _neighbours(noscript: HtmlElement) -> Iterator[HtmlElement]:
    parent = noscript.getparent()
    for sibling in parent if parent is not None else ():
        if sibling is not noscript and isinstance(sibling, HtmlElement):
            yield from sibling.iter("img")


def _picture_id(img: HtmlElement) -> str:
    """Name a picture without host, size and ending, which differ between a picture and its double."""
    address = img.get("data-original") or img.get("data-actualsrc") or img.get("src") or ""
    return re.sub(r"(_\w+)?\.\w+(\?.*)?$", "", address.rpartition("/")[2])


def _clean_attributes(element: HtmlElement) -> None:
    if element.tag == "img":
        if real := element.get("data-original") or element.get("data-actualsrc"):
            element.set("src", real)
            for name in ("data-original", "data-actualsrc"):
                element.attrib.pop(name, None)
    elif element.tag == "a" and (href := element.get("href")):
        element.set("href", "" if href.strip().lower().startswith("javascript:") else unwrap_link(href))
    for name in element.attrib:
        if str(name).lower().startswith("on"):
            del element.attrib[name]


def _inner_html(root: HtmlElement) -> str:
    parts = [_escaped(root.text)]
    parts.extend(tostring(child, encoding="unicode") for child in root)
    return "".join(parts)


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_of(html: str) -> str | None:
    """Return the words of a text, a line for each block, formulas as their TeX; ``None`` when there are none."""
    if "<" not in html and "&" not in html:
        return html.strip() or None
    root = _tree(html)
    if root is None:
        return None
    lines = ("".join(_words(_clean(root)))).splitlines()
    return "\n".join(line for raw in lines if (line := " ".join(raw.split()))) or None


def _words(root: HtmlElement) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element.tag in _BLOCKS and element is not root:
            yield "\n"
        if event == "start":
            yield element.get("data-tex") or (element.get("alt") if element.get("eeimg") else None) or ""
            yield element.text or ""
        if event == "end" and element is not root:
            yield element.tail or ""
