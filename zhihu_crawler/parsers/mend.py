"""Trees of damaged pages: attributes whose names lxml builds into a tree and then refuses to tell."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

_LETTERS = f"{string.ascii_letters}{string.digits}-_.:"
_ODD = (
    f"descendant-or-self::*[@*[translate(name(), '{_LETTERS}', '') != '' or starts-with(name(), ':')"
    " or substring(name(), string-length(name())) = ':']]"
)
_SOUND = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def mend(root: etree._Element) -> None:
    """Take odd attributes out of a tree: control characters, quotes or stray colons in their names."""
    for element in root.xpath(_ODD):
        count = int(element.xpath("count(@*)"))
        told = [(element.xpath(f"name(@*[{n}])"), element.xpath(f"string(@*[{n}])")) for n in range(1, count + 1)]
        element.attrib.clear()
        for name, value in told:
            if _SOUND.fullmatch(name):
                element.set(name, value)
