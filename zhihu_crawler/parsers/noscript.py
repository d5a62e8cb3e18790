"""Pictures in ``noscript``: the doubles of pictures that a reader with scripts is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.parsers.retouch import picture_id

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def drop(element: Element) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def settle_noscript(root: Element) -> None:
    """Drop what stands for readers without scripts, unless it holds the only copy of a picture."""
    beside: dict[Element, set[str]] = {}
    for noscript in list(root.iter("noscript")):
        own = {picture_id(img.get): img for img in noscript.iter("img")}
        shown = _shown_beside(noscript, beside) if own else set()
        for name, img in own.items():
            if name not in shown:
                img.tail = None
                noscript.addprevious(img)
                shown.add(name)
        drop(noscript)


def _shown_beside(noscript: Element, beside: dict[Element, set[str]]) -> set[str]:
    """Name the pictures within the same element that are not in any ``noscript``: told once for each element."""
    parent = noscript.getparent()
    if parent is None:
        return set()
    if parent not in beside:
        hidden = {img for one in parent.iter("noscript") for img in one.iter("img")}
        beside[parent] = {picture_id(img.get) for img in parent.iter("img") if img not in hidden}
    return beside[parent]
