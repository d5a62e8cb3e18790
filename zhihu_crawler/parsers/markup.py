"""Small readers for HTML of any era: text, attributes and addresses of a selection, fields with their faults."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any, cast

from zhihu_crawler.errors import FieldError, PageError
from zhihu_crawler.parsers.richtext import clean_element, clean_html
from zhihu_crawler.parsers.values import squeeze
from zhihu_crawler.urls import Target, read_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement
    from parsel import Selector


def own_text(selector: Selector) -> str | None:
    """All text of an element, white space folded."""
    return squeeze(_words(selector.root))


def _words(element: HtmlElement) -> str:
    """What a reader sees: modern pages put ``style`` elements between the words."""
    if element.find(".//style") is None and element.find(".//script") is None:
        return element.text_content()
    return "".join(element.xpath(".//text()[not(parent::style or parent::script)]"))


def text(selector: Selector, css: str) -> str | None:
    """All text of the first match, white space folded."""
    found = selector.css(css)
    return squeeze(_words(found[0].root)) if found else None


def attribute(selector: Selector, css: str, name: str) -> str | None:
    """An attribute of the first match."""
    found = selector.css(css)
    return found[0].attrib.get(name) if found else None


def inner_html(selector: Selector, css: str) -> str | None:
    """The cleaned HTML within the first match; a ``textarea`` holds it escaped."""
    found = selector.css(css)
    if not found:
        return None
    element = cast("HtmlElement", found[0].root)
    if element.tag == "textarea":
        return clean_html(element.text_content().strip()).strip()
    return clean_element(element)


def absolute(href: str | None) -> str | None:
    """Make an address whole: ``//pic1...``, ``/people/...``."""
    if not href:
        return None
    if href.startswith("//"):
        return f"https:{href}"
    return f"https://www.zhihu.com{href}" if href.startswith("/") else href


def target_of(href: str | None) -> Target | None:
    """Say what a link of a page points at."""
    whole = absolute(href)
    return read_url(unescape(whole)) if whole else None


class Fields:
    """Reads the fields of one record; a value that is not of its kind is noted and left out."""

    def __init__(self, label: str, problems: list[PageError]) -> None:
        self.label, self.problems = label, problems

    def read(self, name: str, reader: Callable[[Any], Any], value: Any) -> Any:
        """Read a value, ``None`` where it is odd."""
        try:
            return reader(value)
        except ValueError as error:
            self.problems.append(FieldError(f"{self.label}: {name}: {error}; the field is left out"))
            return None
