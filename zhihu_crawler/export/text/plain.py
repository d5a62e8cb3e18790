"""Plain text of a strict tree: a paragraph a line, code as it stands, formulas as their TeX, notes at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.export.text.tags import HEADINGS
from zhihu_crawler.parsers.richtext import words

if TYPE_CHECKING:
    from lxml.etree import _Element

    from zhihu_crawler.export.text.flow import Body, Reference

_LINES = HEADINGS | {"p", "blockquote", "ul", "ol", "li", "figure", "figcaption", "table", "tr", "br", "hr"}
_CELLS = ("td", "th")


def plain_of(body: Body) -> str:
    """Return a text without any markup, pictures left out; ``""`` where it says nothing."""
    lines = _Lines()
    lines.lay(body.root)
    lines.end()
    notes = ["参考", *map(_note, body.references)] if body.references else []
    return "\n".join([*lines.done, *notes])


def _note(reference: Reference) -> str:
    return " ".join(part for part in (f"[{reference.number}]", reference.text, reference.url) if part)


def _caption(element: _Element) -> str | None:
    """Return what is said of a picture within a line, which has no caption below it as a figure has."""
    parent = element.getparent()
    return element.get("alt") if parent is not None and parent.tag != "figure" else None


class _Lines:
    """Lays what a tree holds into lines."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._open: list[str] = []

    def end(self) -> None:
        """End a line; one without text is not kept."""
        cells = (" ".join(cell.split()) for cell in "".join(self._open).split("\t"))
        if line := "\t".join(cells).strip():
            self.done.append(line)
        self._open.clear()

    def lay(self, element: _Element) -> None:
        """Lay all that is within an element."""
        self._text(element.get("data-tex") or element.text)
        for child in element:
            self._lay_one(child)
            self._text(child.tail)

    def _lay_one(self, element: _Element) -> None:
        if element.tag == "pre":
            self.end()
            self.done += words(element).rstrip("\n").split("\n")
        elif element.tag in _LINES:
            self.end()
            self.lay(element)
            self.end()
        else:
            self._text(_caption(element))
            self.lay(element)
            self._open += ["\t"] * (element.tag in _CELLS)

    def _text(self, text: str | None) -> None:
        self._open.append((text or "").replace("\t", " "))
