"""Small readers for HTML of any era: text, attributes and addresses of a selection, fields with their faults."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from zhihu_crawler.errors import FieldError, PageError
from zhihu_crawler.parsers.richtext import clean_element, clean_html, words
from zhihu_crawler.parsers.values import squeeze
from zhihu_crawler.urls import Target, read_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element
    from parsel import Selector


def own_text(selector: Selector) -> str | None:
    """All text of an element, white space folded."""
    return squeeze(_words(selector.root))


def _words(element: Element) -> str:
    """What a reader sees: modern pages put ``style`` elements between the words."""
    if element.find(".//style") is None and element.find(".//script") is None:
        return words(element)
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
    return html_within(cast("Element", found[0].root)) if found else None


def page_target(page: Selector) -> Target | None:
    """Say what a page is of: its head names it for the site's own app."""
    content = attribute(page, 'meta[name="apple-itunes-app"]', "content") or ""
    found = read_url(content.rpartition("app-argument=")[2])
    if found is None:
        agent = attribute(page, 'meta[http-equiv="mobile-agent"]', "content") or ""
        found = read_url(agent.rpartition("url=")[2])
    return found


class Parts:
    """The elements below one element by class name, found in one pass.

    A page lists 50 answers of a dozen fields each: a query a field would be most of the work of reading it.
    """

    def __init__(self, root: Element) -> None:
        self.root = root
        self._by_class: dict[str, list[Element]] = {}
        for element in root.iterdescendants(etree.Element):
            for name in (element.get("class") or "").split():
                self._by_class.setdefault(name, []).append(element)

    def all(self, name: str) -> list[Element]:
        """Elements of a class, in the page's order."""
        return self._by_class.get(name, [])

    def first(self, *names: str, having: str | None = None) -> Element | None:
        """The first element of the first of the classes that is there, perhaps with an attribute."""
        for name in names:
            for element in self.all(name):
                if having is None or element.get(having) is not None:
                    return element
        return None

    def text(self, *names: str) -> str | None:
        """All text of that element, white space folded."""
        found = self.first(*names)
        return None if found is None else squeeze(words(found))

    def attribute(self, attribute: str, *names: str) -> str | None:
        """That attribute of the first element of these classes which has it."""
        found = self.first(*names, having=attribute)
        return None if found is None else found.get(attribute)


def html_within(element: Element | None) -> str | None:
    """The cleaned HTML within an element; a ``textarea`` holds it escaped."""
    if element is None:
        return None
    if element.tag == "textarea":
        return clean_html(words(element).strip()).strip()
    return clean_element(element)


def absolute(href: str | None) -> str | None:
    """Make an address whole: ``//pic1...``, ``/people/...``.

    Pages that a browser saved name files beside them (``./page_files/1_m.jpg``) or hold the picture itself (``data:``):
    these are no addresses.
    """
    if not href:
        return None
    if href.startswith("//"):
        return f"https:{href}"
    if href.startswith("/"):
        return f"https://www.zhihu.com{href}"
    return href if href.lower().startswith(("http://", "https://")) else None


def picture(selector: Selector, css: str) -> str | None:
    """The address of a picture, of the first match."""
    found = selector.css(css)
    return picture_of(cast("Element", found[0].root)) if found else None


def picture_of(img: Element | None) -> str | None:
    """The same, of an element; a page that a browser saved may tell it in ``srcset`` only."""
    if img is None:
        return None
    more = img.get("srcset", "").split()
    return absolute(img.get("src")) or (absolute(more[0]) if more else None)


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
