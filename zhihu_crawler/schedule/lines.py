"""On which line of a TOML text a key stands, which the parser of the standard library does not tell.

The text is sound already: this reads keys and steps over values, and never judges either.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_TEXT = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]+")


def index(text: str) -> dict[Path, int]:
    """Return the line, from 1 on, of every key, table and element of an array, by its path.

    ``("schedule", 1, "cron")`` is the key ``cron`` of the second ``[[schedule]]``.

    Args:
        text: TOML that ``tomllib`` has read.
    """
    return _Reader(text.replace("\r\n", "\n")).read()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing around it; 1 where there is none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._counted = (0, 1)  # a place, and its line
        self._sizes: dict[Path, int] = {}  # of arrays of tables
        self._lines: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _note(self, path: Path) -> None:
        place, line = self._counted
        line += self._text.count("\n", place, self._at)
        self._counted = (self._at, line)
        self._lines.setdefault(path, line)

    def _header(self) -> Path:
        is_array = self._text.startswith("[[", self._at)
        self._at += 1 + is_array
        names = self._names()
        path: Path = ()
        for name in names[:-1]:
            path = self._inside((*path, name))
        path = (*path, names[-1])
        if is_array:
            self._note(path)
            self._sizes[path] = self._sizes.get(path, 0) + 1
        path = self._inside(path)
        self._note(path)
        self._at += 1 + is_array
        return path

    def _inside(self, path: Path) -> Path:
        """What a header says below an array of tables is of its last one."""
        return (*path, self._sizes[path] - 1) if path in self._sizes else path

    def _names(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            found = _KEY.match(self._text, self._at)
            assert found
            names.append(_plain(found[0]))
            self._at = found.end()
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return names
            self._at += 1

    def _pair(self, table: Path) -> None:
        self._skip(_SPACE)
        path = table
        start = self._at
        names = self._names()
        end, self._at = self._at, start
        for name in names:
            path = (*path, name)
            self._note(path)
        self._at = end + 1  # the sign of equality
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_TEXT if first in "\"'" else _PLAIN)

    def _list(self, path: Path) -> None:
        number = 0
        self._at += 1
        while self._text[self._skip(_BLANK)] != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._comma()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1


def _plain(key: str) -> str:
    if key[0] == '"':
        name: str = tomllib.loads(f"name = {key}")["name"]
        return name
    return key.strip("'")
