"""A code that is read off a picture, printed as blocks, and read again as a phone reads it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from zhihu_crawler.sessions.qr import QUIET, draw, read_picture, read_pixels

LINK = "https://www.zhihu.com/account/scan/login/0123456789abcdef0123456789abcdef?source=qr"
_UPPER, _LOWER = "▀█", "▄█"


def picture(text, *, scale=4, border=2, error=None, size=None, kind="png"):
    file = BytesIO()
    segno.make(text, micro=False, error=error).save(file, kind=kind, scale=scale, border=border)
    if size is None:
        return file.getvalue()
    resized = BytesIO()
    Image.open(file).convert("L").resize((size, size), Image.Resampling.BILINEAR).save(resized, "png")
    return resized.getvalue()


def terminal(text, *, ground=255):
    """Paint what was printed, as a terminal shows it: its own colours where there are any, else blocks on black."""
    is_coloured = "\x1b[30;107m" in text
    ink = 0 if is_coloured else 255
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255 - ink)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            for at, drawn in enumerate((_UPPER, _LOWER)):
                if block in drawn:
                    image.putpixel((x, 2 * y + at), ink)
    framed = Image.new("L", (image.width + 20, image.height + 20), ground)
    framed.paste(image, (10, 10))
    return framed.resize((framed.width * 4, framed.height * 4), Image.Resampling.NEAREST)


def scan(text, **around):
    found = zxingcpp.read_barcodes(terminal(text, **around), try_invert=False)
    return [code.text for code in found]


@pytest.mark.parametrize("ground", [0, 255])
def test_what_is_printed_in_colour_is_read_by_a_phone_on_any_terminal(ground):
    assert scan(draw(read_picture(picture(LINK)), coloured=True), ground=ground) == [LINK]


def test_what_is_printed_without_colour_is_read_by_a_phone_on_a_dark_terminal():
    assert scan(draw(read_picture(picture(LINK)), coloured=False), ground=0) == [LINK]


@pytest.mark.parametrize(
    "given_",
    [
        {"scale": 1, "border": 0},
        {"scale": 7},
        {"border": 10},
        {"error": "h"},
        {"size": 180},
        {"size": 233},
        {"size": 500},
    ],
)
def test_a_picture_of_any_size_is_read(given_):
    assert scan(draw(read_picture(picture(LINK, **given_)), coloured=True)) == [LINK]


@given(st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=200))
def test_the_modules_are_those_of_the_code(text):
    made = segno.make(text, micro=False)
    assert read_picture(picture(text, scale=3)) == [[bool(dark) for dark in row] for row in made.matrix]


def test_a_logo_in_the_middle_does_no_harm():
    image = Image.open(BytesIO(picture(LINK, error="h"))).convert("L")
    middle = image.width // 2
    image.paste(128 + 60, (middle - 12, middle - 12, middle + 12, middle + 12))
    file = BytesIO()
    image.save(file, "png")
    assert scan(draw(read_picture(file.getvalue()), coloured=True)) == [LINK]


def test_a_transparent_ground_is_light():
    file = BytesIO()
    segno.make(LINK, micro=False).save(file, kind="png", scale=4, light=None)
    assert scan(draw(read_picture(file.getvalue()), coloured=True)) == [LINK]


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_picture_without_a_code_shows_none(colour):
    file = BytesIO()
    Image.new("RGB", (180, 180), colour).save(file, "png")
    assert read_picture(file.getvalue()) is None


@pytest.mark.parametrize("dark", [[], [[]], [[False]], [[True]], [[True, False, True]] * 3])
def test_odd_pixels_show_none(dark):
    assert read_pixels(dark) is None


@given(st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=1, max_size=30))
def test_no_pixels_break_the_reader(dark):
    assert read_pixels(dark) is None


def test_the_quiet_zone_is_as_wide_as_the_standard_wants():
    modules = read_picture(picture(LINK))
    lines = re.sub(r"\x1b\[[\d;]*m", "", draw(modules, coloured=True)).splitlines()
    assert len(lines[0]) == len(modules) + 2 * QUIET
    assert {line.strip() for line in (*lines[: QUIET // 2], lines[-1])} == {""}
    assert all(line.startswith(" " * QUIET) and line.endswith(" " * QUIET) for line in lines)
