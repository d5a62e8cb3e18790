"""What text holds that is neither markup nor XML: control characters, halves of letters, a ``<`` that opens no tag."""

from __future__ import annotations

import re

NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")
_LAST = 0x10FFFF
_LESS_THAN = re.compile(r"<(?![A-Za-z/!?])")
"""What HTML shows as it stands (``1<2``, ``<中``): not every parser does, and a search for tags takes it for one."""


def legal(html: str) -> str:
    """Return markup without letters that no XML can hold, whose every ``<`` is markup."""
    return _LESS_THAN.sub("&lt;", _REFERENCE.sub(_kept, NOT_IN_XML.sub("", html)))


def _kept(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if 0 < number <= _LAST and not NOT_IN_XML.match(chr(number)) else ""


def sound(text: str) -> str:
    """Return a text with U+FFFD for such letters."""
    return NOT_IN_XML.sub("\ufffd", text)
