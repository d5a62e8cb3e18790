"""What browsers make of a JSON reply when they show it: a page around it, which is what gets saved.

Chrome (and whatever drives it) puts the reply into a ``pre``; the extension JSONView draws it as nested lists, in which
strings stand as they read, with links within them. Both were seen in stored replies of 2016.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, cast

import orjson

from zhihu_crawler.parsers.mend import make_tree
from zhihu_crawler.parsers.richtext import words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_HEAD = 8192
"""Before the reply there is no more than the viewer's styles."""
_PRE = re.compile(rb"(?:<body\b[^<>]{0,200}>|\A)\s*<pre\b[^<>]{0,200}>\s*(?=[{\[])", re.IGNORECASE)
_VIEW = re.compile(rb"<div id=\"json\">")
_DEEPEST = 500
_ESCAPED = re.compile(r'[^"\\\n]*(?:\\.[^"\\\n]*)+')
"""Text in which every quotation mark and line break is escaped: a later version of the viewer wrote them so."""


def json_within(body: bytes) -> bytes | None:
    """Return the reply that a browser's page holds, ``None`` where the page is none of these.

    A reply that was cut short is returned as it is: whoever decodes it sees that.
    """
    head = body[:_HEAD]
    if found := _PRE.search(head):
        end = body.find(b"</pre>", found.end())
        raw = body[found.end() : end if end >= 0 else len(body)]
        return unescape(raw.decode("utf-8", "replace")).encode()
    if found := _VIEW.search(head):
        return _of_view(body[found.start() :])
    return None


def _of_view(body: bytes) -> bytes | None:
    root = make_tree(body).find(".//div[@id='json']")
    if root is None or _depth(root) > _DEEPEST:
        return None
    try:
        return orjson.dumps(_value(root))
    except (ValueError, TypeError):  # a number or a flag that is none
        return None


def _depth(root: Element) -> int:
    return max((sum(1 for _ in one.iterancestors("ul")) for one in root.iter("ul")), default=0)


def _value(holder: Element) -> Any:
    """What stands in an element, behind its name where it has one."""
    for child in holder:
        classes = child.get("class", "").split()
        if child.tag == "ul":
            lines = (line for item in child.iterchildren("li") for line in item.iterchildren("div"))
            return dict(map(_member, lines)) if "obj" in classes else list(map(_value, lines))
        if "type-string" in classes:
            return _string(holder)
        if any(name.startswith("type-") for name in classes):
            return orjson.loads(str(words(child)))
    return {} if "{" in words(holder) else []


def _member(line: Element) -> tuple[str, Any]:
    name = next((child for child in line if "property" in child.get("class", "").split()), None)
    if name is None:
        raise ValueError("a member without its name")
    return str(words(name)), _value(line)


def _string(holder: Element) -> str:
    """The text between the first quotation mark and the last one; links stand in elements of their own."""
    parts = [child for child in holder if "property" not in child.get("class", "").split()]
    shown = "".join(words(part) + (part.tail or "") for part in parts)
    text = shown[shown.find('"') + 1 : shown.rfind('"')]
    if _ESCAPED.fullmatch(text):
        try:
            return cast("str", orjson.loads(f'"{text}"'))
        except orjson.JSONDecodeError:
            return text
    return text
