"""Formulas as MathML, which browsers and EPUB readers show without a network; their TeX stays within."""

from __future__ import annotations

from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from latex2mathml.converter import convert_to_element
from lxml.etree import Element, SubElement, tostring
from lxml.etree import fromstring as parsed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Made

    from lxml.etree import _Element

_TAGS = frozenset(
    {"math", "maction", "menclose", "merror", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded"}
    | {
        "mphantom",
        "mprescripts",
        "mroot",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
    }
    | {"mtd", "mtext", "mtr", "munder", "munderover", "none"}
)
_ATTRIBUTES = frozenset(
    {
        "accent",
        "accentunder",
        "columnalign",
        "columnlines",
        "columnspacing",
        "depth",
        "display",
        "displaystyle",
        "fence",
    }
    | {
        "form",
        "height",
        "linebreak",
        "linethickness",
        "lspace",
        "mathbackground",
        "mathcolor",
        "mathsize",
        "mathvariant",
    }
    | {"maxsize", "minsize", "movablelimits", "notation", "rowalign", "rowlines", "rowspacing", "rspace", "scriptlevel"}
    | {"separator", "stretchy", "voffset", "width"}
)
"""What formulas are made of. ``\\href`` and ``\\style`` are not let through: a formula is a stranger's text."""
_LONGEST, _DEEPEST = 5_000, 100


def math_element(tex: str, *, display: bool) -> _Element:
    """Return a formula as ``math``, or as ``code`` with its TeX where that is beyond the converter."""
    source = _mathml(tex, "block" if display else "inline")
    if source is None:
        code = Element("code", {"class": "tex"})
        code.text = tex
        return code
    math = parsed(source)
    row = math[0]
    semantics = SubElement(math, "semantics")
    semantics.append(row)
    SubElement(semantics, "annotation", {"encoding": "application/x-tex"}).text = tex
    return math


@lru_cache(maxsize=1024)
def _mathml(tex: str, display: str) -> bytes | None:
    """Convert; ``None`` where the converter gave up, or left a command as it was."""
    if len(tex) > _LONGEST:
        return None
    try:
        made = _rebuilt(convert_to_element(tex, display=display), 0)
    except Exception:  # noqa: BLE001  # it raises whatever it stumbles over; the TeX is shown instead
        return None
    return tostring(made) if len(made) == 1 else None


def _rebuilt(made: Made, depth: int) -> _Element:
    """Copy an element with all below it: known tags and attributes, and text that is nothing but text.

    Raises:
        ValueError: it holds anything else, or a command that the converter does not know.
    """
    tag, text = str(made.tag), unescape(made.text or "")
    if tag not in _TAGS or text.startswith("\\") or depth > _DEEPEST:
        raise ValueError(f"{tag} {text!r:.40} is no formula")
    element = Element(tag, {name: value for name, value in made.attrib.items() if name in _ATTRIBUTES})
    element.text = text or None
    for child in made:
        element.append(_rebuilt(child, depth + 1))
    return element
