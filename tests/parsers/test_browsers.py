from __future__ import annotations

from html import escape
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.parsers.browsers import json_within

HEAD = '<html><head></head><body><link rel="stylesheet" href="chrome-extension://viewer/jsonview-core.css">'


def drawn(value: object) -> str:
    """Draw a value as the viewer does."""
    if isinstance(value, dict):
        lines = (
            f'<span class="property">{escape(name, quote=False)}</span>: {drawn(one)}' for name, one in value.items()
        )
        return f'<div class="collapser"></div>{{{listed("obj", lines)}}}' if value else "{ }"
    if isinstance(value, list):
        return f'<div class="collapser"></div>[{listed("array", map(drawn, value))}]' if value else "[ ]"
    if isinstance(value, str):
        return f'<span class="type-string">"{escape(value, quote=False)}"</span>'
    kind = "null" if value is None else "boolean" if isinstance(value, bool) else "number"
    return f'<span class="type-{kind}">{orjson.dumps(value).decode()}</span>'


def listed(kind: str, lines: Any) -> str:
    items = ",".join(f'<li><div class="hoverable">{line},</div></li>' for line in lines)
    return f'<span class="ellipsis"></span><ul class="{kind} collapsible">{items}</ul>'


def viewed(drawing: str) -> bytes:
    return f'{HEAD}<div id="json">{drawing}</div><div class="status"></div></body></html>'.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab 知<>&\n{}[]:,'\""),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab知<&", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("ab知<&", min_size=1), JSON, min_size=1, max_size=4))
def test_what_the_viewer_draws_is_read_back(value: dict[str, Any]):
    assert orjson.loads(json_within(viewed(drawn(value))) or b"") == value


@given(JSON)
def test_what_stands_in_a_pre_is_read_back(value: Any):
    raw = orjson.dumps({"data": value})
    page = f'<html><head></head><body><pre style="white-space: pre-wrap;">{escape(raw.decode())}</pre></body></html>'
    assert json_within(page.encode()) == raw


def test_a_link_within_a_text_is_part_of_it():
    string = '<span class="type-string">"</span><a href="https://a.b">https://a.b</a><span class="type-string">"</span>'
    drawing = f"{{{listed('obj', ['<span class=property>url</span>: ' + string])}}}"
    assert orjson.loads(json_within(viewed(drawing)) or b"") == {"url": "https://a.b"}


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (r"a\nb \"c\"", 'a\nb "c"'),  # a later version of the viewer escapes
        (r"\u77e5\\alpha", "知\\alpha"),
        (r"\alpha", r"\alpha"),  # no escape of JSON's: it is the text
        (r'say "\n"', r'say "\n"'),  # a bare quotation mark: nothing was escaped
        ("", ""),
    ],
)
def test_texts_are_read_escaped_and_bare(shown: str, meant: str):
    drawing = (
        f'{{{listed("obj", [f"""<span class="property">x</span>: <span class="type-string">"{shown}"</span>"""])}}}'
    )
    assert orjson.loads(json_within(viewed(drawing)) or b"") == {"x": meant}


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>text</p><pre>{}</pre></body></html>",  # a text that shows JSON
        "<div class='zm-item-answer'><pre>{}</pre></div>",
        "<html><body><pre>no reply</pre></body></html>",
        "<html><body></body></html>",
        "",
    ],
)
def test_other_pages_are_none_of_these(page: str):
    assert json_within(page.encode()) is None


@pytest.mark.parametrize(
    "drawing",
    [
        '{<ul class="obj"><li><div><span class="type-number">1</span></div></li></ul>}',  # no name
        '{<ul class="obj"><li><div><b class="property">a</b>: <b class="type-number">x</b></div></li></ul>}',
        "{" + '<ul class="array"><li><div>[' * 2000,
    ],
)
def test_a_spoilt_drawing_is_no_reply(drawing: str):
    assert json_within(viewed(drawing)) is None


def test_a_reply_that_was_cut_within_its_pre_is_handed_on_cut():
    assert json_within(b'<html><body><pre>{"a": "&lt;') == b'{"a": "<'
