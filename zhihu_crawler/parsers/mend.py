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
_BYTES_A_FAULT = 100
"""A page in another encoding breaks UTF-8 at every Chinese letter; a damaged one here and there."""
_CONTROLS_TO_BLANKS = bytes(32 if code < 32 and code not in (9, 10, 13) else code for code in range(256))
"""No page needs control characters, and lxml cannot give an attribute whose name holds one."""
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""What Unicode calls no character (U+FFFE and U+FFFF): libxml2 ends a page there."""
_ESCAPES = re.compile(
    rb"(?P<whole>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""In JSON: a character beyond U+FFFF, half of one, any other escape."""
_SOUND = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def to_utf8(body: bytes) -> bytes:
    """Return the bytes as UTF-8 whatever the page declares: saved pages are in GB18030 and say utf-8."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        if text.count("\ufffd") * _BYTES_A_FAULT > len(body):
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


def blank_controls(body: bytes) -> bytes:
    """Return the bytes with blanks for the control characters that no page needs."""
    return body.translate(_CONTROLS_TO_BLANKS)


def make_tree(body: bytes) -> etree._Element:
    """Return the root of a page, however damaged it is; an empty one where nothing is left."""
    body = blank_controls(to_utf8(body))
    for none in _NO_CHARACTERS:
        body = body.replace(none, b"")
    root = etree.fromstring(body, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    return etree.Element("html") if root is None else root


def mend(root: etree._Element) -> None:
    """Take odd attributes out of a tree: control characters, quotes or stray colons in their names."""
    for element in root.xpath(_ODD):
        count = int(element.xpath("count(@*)"))
        told = [(element.xpath(f"name(@*[{n}])"), element.xpath(f"string(@*[{n}])")) for n in range(1, count + 1)]
        element.attrib.clear()
        for name, value in told:
            if _SOUND.fullmatch(name):
                element.set(name, value)
