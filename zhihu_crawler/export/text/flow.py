"""Text as it is laid into paragraphs: what stands between two blocks, within bold and links as far as they reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml.etree import Element, SubElement

if TYPE_CHECKING:
    from lxml.etree import _Element

Marks = tuple["_Element", ...]
"""Bold, links and the like that a piece of text stands in, outermost first: patterns that are copied."""
PARAGRAPH_BREAKS = 2
"""So many line breaks in a row are what an author of 2015 meant by a new paragraph."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A note that a mark in the text points to."""

    number: int
    text: str
    url: str | None


@dataclass(slots=True)
class Body:
    """A text: its strict tree, a ``div``, and its references in order."""

    root: _Element
    references: list[Reference] = field(default_factory=list)

    def refer(self, text: str, url: str | None) -> int:
        """Return the number of a reference, the same for the same one."""
        for one in self.references:
            if (one.text, one.url) == (text, url):
                return one.number
        self.references.append(Reference(len(self.references) + 1, text, url))
        return len(self.references)


class Flow:
    """Lays pieces of text and blocks into an element, one after the other.

    With ``phrasing`` the element takes no blocks (a heading, a cell): a new line stands for what separates them.
    """

    def __init__(self, target: _Element, *, phrasing: bool = False) -> None:
        self.target, self.phrasing = target, phrasing
        self._line: _Element | None = target if phrasing else None
        self._open: list[tuple[_Element, _Element]] = []
        self._breaks = 0
        self._is_empty = True

    def text(self, text: str, marks: Marks) -> None:
        """Add text; white space alone begins no paragraph, and a new line is white space."""
        text = text.replace("\n", " ").replace("\r", " ")
        if text.strip() or (text and not (self._is_empty or self._breaks)):
            tip = self._tip(marks)
            if len(tip):
                tip[-1].tail = (tip[-1].tail or "") + text
            else:
                tip.text = (tip.text or "") + text
            self._is_empty = self._is_empty and not text.strip()

    def leaf(self, element: _Element, marks: Marks) -> None:
        """Add a formula, a piece of code, a mark of a reference; two pieces of code beside each other are one."""
        tip = self._tip(marks)
        if element.tag == "code" and len(tip) and tip[-1].tag == "code" and not tip[-1].tail:
            tip[-1].text = f"{tip[-1].text}{element.text}"
        else:
            tip.append(element)
        self._is_empty = False

    def line_break(self) -> None:
        """End the line; two ends in a row are a paragraph's."""
        self._breaks += 1

    def block(self, element: _Element) -> None:
        """Add a block of its own."""
        self.close()
        self.target.append(element)

    def close(self) -> None:
        """End the paragraph; one without text is not kept."""
        if self.phrasing:
            self._breaks = max(self._breaks, 0 if self._is_empty else 1)
            return
        if self._line is not None and self._is_empty:
            self.target.remove(self._line)
        self._line, self._open, self._breaks, self._is_empty = None, [], 0, True

    def _tip(self, marks: Marks) -> _Element:
        """Return the innermost element that text within these marks goes to."""
        if self._breaks >= PARAGRAPH_BREAKS and not self.phrasing:
            self.close()
        if self._line is None:
            self._line = SubElement(self.target, "p")
        if self._breaks and not self._is_empty:
            self._open = []
            SubElement(self._line, "br")
        self._breaks = 0
        return self._within(marks)

    def _within(self, marks: Marks) -> _Element:
        same = 0
        while same < min(len(marks), len(self._open)) and _alike(self._open[same][0], marks[same]):
            same += 1  # two bold texts beside each other are one
        del self._open[same:]
        assert self._line is not None
        for mark in marks[same:]:
            outer = self._open[-1][1] if self._open else self._line
            made = Element(mark.tag, dict(mark.attrib))
            outer.append(made)
            self._open.append((mark, made))
        return self._open[-1][1] if self._open else self._line


def _alike(one: _Element, other: _Element) -> bool:
    return one.tag == other.tag and dict(one.attrib) == dict(other.attrib)
