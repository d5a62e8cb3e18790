"""Lists and tables as people close and nest them, so that no word of theirs is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from lxml.etree import Element

from zhihu_crawler.parsers.richtext import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

_ROWS: Callable[[_Element], list[_Element]] = etree.XPath("tr|thead/tr|tbody/tr|tfoot/tr")


def list_items(element: _Element) -> Iterator[_Element]:
    """Give what a list holds; words between its items are an item as well."""
    if text := (element.text or "").strip():
        yield _stray(text)
    for child in element.iterchildren(etree.Element):
        yield child
        if text := (child.tail or "").strip():
            yield _stray(text)


def _stray(text: str) -> _Element:
    item = Element("li")
    item.text = text
    return item


def tighten(item: _Element) -> _Element:
    """Take the only paragraph of an item away from around its text."""
    first = item[0]
    if first.tag == "p" and not first.get("class") and all(other.tag in ("ul", "ol") for other in item[1:]):
        item.text = first.text
        for place, child in enumerate(list(first)):
            item.insert(place, child)
        item.remove(first)
    return item


def rows_of(table: _Element) -> list[_Element]:
    """Give a table's own rows, not those of tables within it."""
    return _ROWS(table)


def is_whole(table: _Element) -> bool:
    """Tell whether all that a table holds stands in its cells and captions, where it is looked for."""
    held = [cell for row in rows_of(table) for cell in row.iterchildren("td", "th")]
    return sum(map(_length, [*held, *table.iterchildren("caption")])) == _length(table)


def _length(element: _Element) -> int:
    return len("".join(words(element).split())) + sum(1 for _ in element.iter("img"))
