"""Letters that no XML can hold, written out or as a reference: control characters, halves of letters."""

from __future__ import annotations

import re

NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")
_LAST = 0x10FFFF


def legal(html: str) -> str:
    """Return markup without such letters."""
    return _REFERENCE.sub(_kept, NOT_IN_XML.sub("", html))


def _kept(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if 0 < number <= _LAST and not NOT_IN_XML.match(chr(number)) else ""


def sound(text: str) -> str:
    """Return a text with U+FFFD for such letters."""
    return NOT_IN_XML.sub("\ufffd", text)
