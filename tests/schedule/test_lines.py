from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.schedule.lines import index, line_of

FILE = '''\
time_zone = "UTC"  # a comment = "x"

[[schedule]]
name = "first"
seeds = [
    "1",  # ] not the end
    "2",
]
arguments = { follow = ["authors"], "max answers" = 3 }

[[schedule]]
name = "second"
text = """
[[schedule]]
name = "no key at all"
"""
raw = \'\'\'a ] } # "\'\'\'
query.filter."voteup.count" = 1
[schedule.below]
key = 2024-01-01T00:00:00
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("time_zone",), 1),
        (("schedule",), 3),
        (("schedule", 0), 3),
        (("schedule", 0, "name"), 4),
        (("schedule", 0, "seeds"), 5),
        (("schedule", 0, "seeds", 0), 6),
        (("schedule", 0, "seeds", 1), 7),
        (("schedule", 0, "arguments", "follow", 0), 9),
        (("schedule", 0, "arguments", "max answers"), 9),
        (("schedule", 1), 11),
        (("schedule", 1, "name"), 12),
        (("schedule", 1, "raw"), 17),
        (("schedule", 1, "query", "filter", "voteup.count"), 18),
        (("schedule", 1, "below", "key"), 20),
    ],
)
def test_a_key_stands_on_its_line(path, line):
    assert index(FILE)[path] == line


def test_what_has_no_line_has_that_of_what_it_lies_in():
    lines = index(FILE)
    assert line_of(lines, ("schedule", 1, "cron")) == 11
    assert line_of(lines, ("alert", 0)) == 1


def test_lines_of_windows_are_counted_like_others():
    assert index(FILE.replace("\n", "\r\n")) == index(FILE)


KEYS = st.text(st.sampled_from("ab-é.#\"'\\ =[]{}"), min_size=1, max_size=4)
WORDS = st.text(st.sampled_from("ab ,#[]{}=\"'\\\n"), max_size=8)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), WORDS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
TABLES = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.dictionaries(KEYS, VALUES, max_size=3)), max_size=5)


def basic(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def toml(value, form):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        if form == 1 and "'" not in value and "\n" not in value:
            return f"'{value}'"
        if form == 2 and "\\" not in value and '"' not in value:
            return f'"""\n{value}"""'
        if form == 3 and "'" not in value:
            return f"'''{value}'''"
        return basic(value)
    if isinstance(value, list):
        return "[" + "".join(f"\n  {toml(one, form)}, # ] x\n" for one in value) + "]"
    return "{ " + ", ".join(f"{basic(name)} = {toml(one, form)}" for name, one in value.items()) + " }"


def paths(value, path=()):
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from paths(one, (*path, name))


@given(TABLES, st.integers(0, 3))
def test_whatever_the_parser_finds_has_a_line_and_nothing_else_has(tables, form):
    text = ""
    for name, values in tables:
        text += f"[[ {name} ]] # head\n" + "".join(f"{basic(key)}={toml(one, form)}\n" for key, one in values.items())
    lines = index(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    for path, line in lines.items():
        if isinstance(path[-1], str) and len(path) == 3:
            assert text.split("\n")[line - 1].startswith(basic(path[-1]))
