"""Markdown of a strict tree: CommonMark with tables, footnotes and ``$formulas$`` as GitHub, Obsidian and pandoc read.

markdownify does the work; what it leaves to its users is done here: Zhihu's formulas, references and captions, and
what CommonMark makes of Chinese punctuation.
"""

# ruff: noqa: ARG002  # markdownify hands all three arguments to every method

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from lxml import etree
from markdownify import ATX, MarkdownConverter

if TYPE_CHECKING:
    from bs4.element import NavigableString

    from zhihu_crawler.export.text.flow import Body, Reference

_SIGNS = re.compile(
    r"([\\`*~$])|(?<![a-zA-Z0-9])(_)|(_)(?![a-zA-Z0-9])|(<)(?=[a-zA-Z/!?])|(&)(?=#?\w+;)|(\])(?=[(\[:])|(\[)(?=\^)"
)
_SIGNS_OF_LINK = re.compile(_SIGNS.pattern + r"|[\[\]]")
_LINE_SIGNS = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-[-\s]*$|:(?=\s))")
_LINE_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_IN_ADDRESS = str.maketrans({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\\": "%5C", "|": "%7C"})
_INLINE = ("strong", "em", "u", "a", "del", "sub", "sup")
_TICKS = re.compile("`+")
_GAPS = re.compile(r"\n{3,}")


def markdown_of(body: Body) -> str:
    """Return a text as Markdown, its references as footnotes; ``""`` where it says nothing."""
    html = etree.tostring(body.root, encoding="unicode", method="html")
    text = _Converter().convert_soup(BeautifulSoup(html, "lxml"))
    notes = "".join(map(_note, body.references))
    return "\n\n".join(part for part in (_GAPS.sub("\n\n", text).strip("\n"), notes.rstrip("\n")) if part)


def escaped(text: str) -> str:
    """Return plain text so that Markdown shows it as it stands: a title, a name."""
    return _marked(_SIGNS, " ".join(text.split()))


def link(text: str, href: str | None) -> str:
    """Return a link with a plain text, the text alone where it leads nowhere."""
    shown = _marked(_SIGNS_OF_LINK, " ".join(text.split()))
    return f"[{shown}]({href.translate(_IN_ADDRESS)})" if href else escaped(text)


def _note(reference: Reference) -> str:
    told = [escaped(reference.text)] if reference.text else []
    told += [f"<{reference.url.translate(_IN_ADDRESS)}>"] if reference.url else []
    return f"[^{reference.number}]: {' '.join(told) or '（无内容）'}\n"


def _marked(signs: re.Pattern[str], text: str) -> str:
    return signs.sub(lambda found: f"\\{found[0]}", text)


class _Converter(MarkdownConverter):
    class Options:
        heading_style = ATX
        bullets = "-"
        table_infer_header = True
        keep_inline_images_in = ("td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "a", "strong", "em")

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        """Escape what would be a heading or a list at the beginning of a line, and a ``!`` before a link."""
        text: str = super().process_text(el, parent_tags=parent_tags)  # type: ignore[misc]  # its stub forgot it
        if parent_tags and "_noformat" in parent_tags:
            return text
        if _begins_line(el):
            text = _LINE_NUMBER.sub(r"\1\\\2", _LINE_SIGNS.sub(r"\1\\\2", text))
        following = el.next_sibling
        return (
            text[:-1] + "\\!" if text.endswith("!") and isinstance(following, Tag) and following.name == "a" else text
        )

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Escape what would be a sign within a line."""
        text = _marked(_SIGNS_OF_LINK if "a" in parent_tags else _SIGNS, text)
        return text.replace("|", "\\|") if parent_tags & {"td", "th"} else text

    def convert_strong(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write bold text."""
        return _emphasised(el, text, "**")

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write italics."""
        return _emphasised(el, text, "*")

    def convert_u(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Underlined text has no sign of its own, nor has a subscript."""
        return f"<{el.name}>{text}</{el.name}>" if text.strip() else text

    convert_sub = convert_u

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a reference as a footnote's mark, anything else as it is."""
        number = re.search(r"\d+", el.get_text()) if "reference" in (el.get("class") or ()) else None
        return f"[^{number[0]}]" if number else f"<sup>{text}</sup>"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a link; an address that is its own text is written once."""
        href = str(el.get("href", "")).translate(_IN_ADDRESS)
        shown = text.strip()
        if "sup" in parent_tags or not shown:
            return text
        if el.get_text().strip() == el.get("href") and ":" in href:
            return f"<{href}>"
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{lead}[{shown}]({href}){tail}"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a piece of code; a bar in a cell ends the cell even there."""
        written: str = super().convert_code(el, text, parent_tags)  # type: ignore[misc]  # its stub forgot it
        return written.replace("|", "\\|") if parent_tags & {"td", "th"} else written

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a picture with its real source."""
        alt = _marked(_SIGNS_OF_LINK, " ".join(str(el.get("alt", "")).split()))
        return f"![{alt}]({str(el['src']).translate(_IN_ADDRESS)})"

    def convert_figure(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A picture is a paragraph of its own, its caption the next."""
        return f"\n\n{text.strip()}\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Fence a block of code so that no fence within it ends it."""
        code = el.get_text().rstrip("\n")
        ticks = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(code)), 3)
        classes = el.code.get("class") if el.code else None
        language = str(classes[0]).removeprefix("language-") if classes else ""
        return f"\n\n{ticks}{language}\n{code}\n{ticks}\n\n"

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a formula: ``$..$``, or ``$$..$$`` where it stands alone in its paragraph."""
        tex = str(el.get("data-tex", ""))
        if not tex:
            return text
        if _is_displayed(el) and "_inline" not in parent_tags and "li" not in parent_tags:
            return f"\n\n$$\n{tex}\n$$\n\n"
        tex = tex.replace("|", "\\vert ") if parent_tags & {"td", "th"} else tex
        before, after = _neighbour(el, -1), _neighbour(el, 1)
        return f"{' ' * (not before.isspace())}${tex}${' ' * (not after.isspace())}"


def _begins_line(el: NavigableString) -> bool:
    before: Any = el.previous_sibling
    if isinstance(before, Tag):
        return before.name == "br"
    parent = el.parent  # within bold the signs of bold come first
    return before is None and (parent is None or parent.name not in _INLINE)


def _is_displayed(el: Tag) -> bool:
    if el.get("data-display"):
        return True
    parent = el.parent
    alone = parent is not None and parent.name == "p" and parent.get_text().strip() == ""
    return alone and parent is not None and len(parent.find_all(True)) == 1


def _emphasised(el: Tag, text: str, sign: str) -> str:
    """Write emphasis; by a tag where CommonMark would not see its end: ``**「是」**吗`` is no bold text."""
    inner = text.strip()
    if not inner:
        return text
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    opens = not lead and _is_hidden(_neighbour(el, -1), inner[0])
    closes = not tail and _is_hidden(_neighbour(el, 1), inner[-1])
    beside = any(
        isinstance(one, Tag) and one.name in ("strong", "em") for one in (el.previous_sibling, el.next_sibling)
    )
    if opens or closes or beside or "*" in inner or "\n\n" in inner:
        return f"{lead}<{el.name}>{inner}</{el.name}>{tail}"
    return f"{lead}{sign}{inner}{sign}{tail}"


def _is_hidden(outer: str, inner: str) -> bool:
    return unicodedata.category(inner)[0] in "PS" and not outer.isspace() and unicodedata.category(outer)[0] not in "PS"


def _neighbour(el: Tag, way: int) -> str:
    """Return the letter before (-1) or behind (1) an element, a space at the edge of its block."""
    node: Any = el
    while (beside := node.previous_sibling if way < 0 else node.next_sibling) is None:
        node = node.parent
        if node is None or node.name not in _INLINE:
            return " "
    if isinstance(beside, Tag) and beside.name == "br":
        return " "
    text = beside.get_text()
    return (text[-1] if way < 0 else text[0]) if text else "x"
