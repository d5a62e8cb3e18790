"""File names made of what people wrote: readable, safe on every file system, never two the same, the same on every run.

A name ends with the kind's letter and the id of the thing, so that no two collide, whatever their titles: not those of
ten anonymous answers to one question, not ``ABC`` and ``abc`` where case does not count, not two that were cut short.
"""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 200
"""Ext4, APFS and NTFS take 255 bytes or letters; room is left for what sync and backup tools add."""
_AUTHOR_BYTES = 60
_WIDE = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
"""Signs that Windows refuses, as their full-width twins, which read the same."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=$|[.\s-])")
_DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn")
_JOINER = "\u200d"
_MARKS = {"question": "q", "answer": "a", "article": "p"}


def file_name(kind: str, id_: str, title: str, by: str, suffix: str) -> str:
    """Return ``<title>--<by>-<letter><id><suffix>``, as ``为什么？--李白的回答-a12202131.md``.

    Args:
        kind: ``question``, ``answer`` or ``article``.
        id_: its id.
        title: of the question or the article.
        by: what it is called beside that, with its author's name.
        suffix: ``.md`` and the like.
    """
    tail = f"-{_MARKS.get(kind, kind)}{safe(id_)}{suffix}"
    middle = f"--{cut(safe(by), _AUTHOR_BYTES)}"
    room = MAX_BYTES - len((middle + tail).encode())
    return f"{_unreserved(cut(safe(title), room)) or '_'}{middle}{tail}"


def safe(text: str) -> str:
    """Return a text without what file systems, shells and readers of a listing stumble over."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(map(_letter, composed)).translate(_WIDE)
    return " ".join(kept.split()).strip(" .-~") or "_"


def _letter(letter: str) -> str:
    if letter == _JOINER or letter == "\ufe0f":  # noqa: PLR1714  # they hold emoji together
        return letter
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in _DROPPED else letter


def cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes of UTF-8, with no half a letter or emoji at its end."""
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[: most - len("…".encode())].decode("utf-8", "ignore")
    following = text[len(kept) : len(kept) + 1]
    while kept and (_is_part(following) or kept[-1] == _JOINER):
        kept, following = kept[:-1], kept[-1]
    return f"{kept.rstrip(' .-~')}…"


def _is_part(letter: str) -> bool:
    return bool(letter) and (
        letter in (_JOINER, "\ufe0f") or unicodedata.combining(letter) > 0 or "\U0001f3fb" <= letter <= "\U0001f3ff"
    )


def _unreserved(name: str) -> str:
    return f"_{name}" if _RESERVED.match(name) else name
