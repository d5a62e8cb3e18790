"""Damaged pages: bytes in another encoding, and attributes that lxml builds into a tree but refuses to tell."""

from __future__ import annotations

import re
import string
from typing import Any

import orjson
from lxml import etree

_LETTERS = f"{string.ascii_letters}{string.digits}-_.:"
_ODD = (
    f"descendant-or-self::*[@*[translate(name(), '{_LETTERS}', '') != '' or starts-with(name(), ':')"
    " or substring(name(), string-length(name())) = ':']]"
)
_UTF16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_MOST_UTF16 = 16
"""Bytes at the beginning that tell UTF-16 without a mark: markup is ASCII, whose every other byte is then zero."""
_CONTROLS_TO_BLANKS = bytes(32 if code < 32 and code not in (9, 10, 13) else code for code in range(256))
"""No page needs control characters, and lxml cannot give an attribute whose name holds one."""
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""What Unicode calls no character (U+FFFE and U+FFFF): libxml2 ends a page there."""
_ESCAPES = re.compile(
    rb"(?P<whole>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""In JSON: a character beyond U+FFFF, half of one, any other escape."""
_LETTER = re.compile(r"[^\x00-\x7f]")
_SOUND = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def to_utf8(body: bytes) -> bytes:
    """Return the bytes as UTF-8 whatever the page declares: saved pages are in GB18030 and say utf-8.

    Windows programs save in UTF-16. In a page of another encoding, what is no UTF-8 outnumbers what is; in a damaged
    one it is found here and there.
    """
    if encoding := _utf16(body):
        return body.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        faults = text.count("\ufffd")
        if faults > len(_LETTER.findall(text)) - faults:
            text = body.decode("gb18030", "replace")
        return text.encode()
    return body


def load_json(raw: bytes) -> Any:
    """Read JSON. Where a text was cut in the middle of an emoji, U+FFFD stands for the half that is left.

    Raises:
        orjson.JSONDecodeError: it is no JSON.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        mended = _ESCAPES.sub(lambda found: b"\\ufffd" if found["half"] else found[0], raw)
        if mended == raw:
            raise
    return orjson.loads(mended)


def _utf16(body: bytes) -> str | None:
    head = body[:_MOST_UTF16]
    for mark, encoding in _UTF16:
        if head.startswith(mark):
            return encoding
    if len(head) < 4 or len(body) % 2:
        return None
    zeros = head[1::2].count(0), head[::2].count(0)
    if zeros == (len(head) // 2, 0):
        return "utf-16-le"
    return "utf-16-be" if zeros == (0, len(head) // 2) else None


def blank_controls(body: bytes) -> bytes:
    """Return the bytes with blanks for the control characters that no page needs."""
    return body.translate(_CONTROLS_TO_BLANKS)


def make_tree(body: bytes) -> etree._Element:
    """Return the root of a page, however damaged it is; an empty one where nothing is left."""
    return read_tree(body)[0]


def read_tree(body: bytes) -> tuple[etree._Element, bool]:
    """Return the same, and whether it was left unread from some depth on: libxml2 goes 2,048 elements deep."""
    body = blank_controls(to_utf8(body))
    for none in _NO_CHARACTERS:
        body = body.replace(none, b"")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    root = etree.fromstring(body, parser)
    too_deep = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log.filter_from_fatals())
    return etree.Element("html") if root is None else root, too_deep


def mend(root: etree._Element) -> None:
    """Take odd attributes out of a tree: control characters, quotes or stray colons in their names."""
    for element in root.xpath(_ODD):
        count = int(element.xpath("count(@*)"))
        told = [(element.xpath(f"name(@*[{n}])"), element.xpath(f"string(@*[{n}])")) for n in range(1, count + 1)]
        element.attrib.clear()
        for name, value in told:
            if _SOUND.fullmatch(name):
                element.set(name, value)
