"""What becomes of each tag that people's texts hold."""

from __future__ import annotations

MARKS = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "cite": "em",
    "u": "u",
    "ins": "u",
    "s": "del",
    "strike": "del",
    "del": "del",
    "sub": "sub",
    "sup": "sup",
}
BLOCKS = frozenset(
    {"p", "div", "figure", "section", "article", "header", "footer", "address", "center", "dl", "dt", "dd"}
    | {"caption", "tr", "td", "th"}  # of tables that cannot be laid as such
)
DROPPED = frozenset({"noscript", "script", "style", "iframe", "object", "link", "meta", "svg", "title"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
