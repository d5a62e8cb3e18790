"""A QR code from a picture to a terminal: the picture's modules, and the same modules as half blocks."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from itertools import groupby

Modules = list[list[bool]]
"""Rows of a code's modules from the top, ``True`` where one is dark."""
SIZES = range(21, 178, 4)
"""Modules a side: version 1 to 40."""
QUIET = 4
"""Light modules that the standard wants around a code."""
_FINDER = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_BLACK_ON_WHITE, _PLAIN = "\x1b[30;107m", "\x1b[0m"


def read_picture(png: bytes) -> Modules | None:
    """Return the modules of the code that a picture shows, upright and undistorted, ``None`` where it shows none.

    Raises:
        ImportError: Pillow, which decodes the picture, is not installed (requirements-browser.txt).
    """
    from PIL import Image  # noqa: PLC0415  # only logging in needs it

    picture = Image.open(BytesIO(png)).convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(ground, picture).convert("L")
    width, height = grey.size
    data = grey.tobytes()
    return read_pixels([[value < 128 for value in data[at * width : (at + 1) * width]] for at in range(height)])


def read_pixels(dark: list[list[bool]]) -> Modules | None:
    """Return the modules of a code among dark and light pixels; its corners are the outermost dark ones."""
    rows = [at for at, row in enumerate(dark) if any(row)]
    columns = [at for at in range(len(dark[0]) if dark else 0) if any(row[at] for row in dark)]
    if not rows or not columns:
        return None
    code = [row[columns[0] : columns[-1] + 1] for row in dark[rows[0] : rows[-1] + 1]]
    width, height = len(code[0]), len(code)
    run = next(len(list(pixels)) for is_dark, pixels in groupby(code[0]) if is_dark)  # 7 modules: a corner's upper edge
    size = min(SIZES, key=lambda wanted: abs(wanted - 7 * width / run))
    modules = [[_sample(code, x, y, width / size, height / size) for x in range(size)] for y in range(size)]
    return modules if _has_corners(modules) else None


def _sample(code: list[list[bool]], x: int, y: int, wide: float, high: float) -> bool:
    """Say whether a module is dark: most of five pixels around its middle are."""
    found = Counter(
        code[int((y + 0.5 + dy) * high)][int((x + 0.5 + dx) * wide)]
        for dx, dy in ((0, 0), (-0.2, 0), (0.2, 0), (0, -0.2), (0, 0.2))
    )
    return found[True] > found[False]


def _has_corners(modules: Modules) -> bool:
    last = len(modules) - 7
    return all(
        "".join("01"[dark] for dark in modules[top + at][left : left + 7]) == line
        for top, left in ((0, 0), (0, last), (last, 0))
        for at, line in enumerate(_FINDER)
    )


def draw(modules: Modules, *, coloured: bool) -> str:
    """Return a code as lines of half blocks, two rows of modules each, with its quiet zone.

    Args:
        modules: the code.
        coloured: black on white, whatever the terminal's colours are; else the light modules are drawn, which is right
            on a dark ground.
    """
    side = len(modules) + 2 * QUIET
    blank = [False] * side
    framed = [blank] * QUIET + [[False] * QUIET + row + [False] * QUIET for row in modules] + [blank] * (QUIET + 1)
    lines = []
    for top, bottom in zip(framed[::2], framed[1::2], strict=False):
        line = "".join(_BLOCKS[(up is coloured, down is coloured)] for up, down in zip(top, bottom, strict=True))
        lines.append(f"{_BLACK_ON_WHITE}{line}{_PLAIN}" if coloured else line)
    return "\n".join(lines)
