from __future__ import annotations

import orjson
import pytest
from lxml import html

from tests.samples import AT
from zhihu_crawler.items import Answer, Layout
from zhihu_crawler.parsers.mend import load_json, mend
from zhihu_crawler.parsers.page import parse_page
from zhihu_crawler.parsers.result import Source
from zhihu_crawler.payload import read_body

ODD = [':title="x"', 'b:="x"', '"="x"', "'b=1", "@click=x", "\uffff=x", "中=x", "<b=x"]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_attribute_goes_and_the_sound_ones_beside_it_stay(odd: str):
    root = html.fragment_fromstring(f'<div><a href="x" {odd} data-id="2">text</a></div>')
    mend(root)
    assert dict(root[0].attrib) == {"href": "x", "data-id": "2"}
    assert root[0].text == "text"


def test_a_sound_tree_is_left_as_it_is():
    text = '<div itemprop="question" data-za-l="a_b" xml:lang="zh"><a href="x">text</a></div>'
    root = html.fragment_fromstring(text)
    mend(root)
    assert html.tostring(root).decode() == text


@pytest.mark.parametrize("odd", ODD)
def test_a_page_with_an_odd_attribute_is_read_all_the_same(odd: str):
    page = f"""<!doctype html><html><body class="zu-top"><div class="zg-wrap">
    <div id="zh-single-question-page" data-urltoken="1" {odd}><div id="zh-question-answer-wrap">
    <div {odd} class="zm-item-answer" data-atoken="2" data-aid="3">
    <div class="zm-item-rich-text" {odd} data-author-name="李白"><div class="zm-editable-content">因为。</div></div>
    </div></div></div></div></body></html>"""
    parsed = parse_page(read_body(page.encode()), Source("", AT, Layout.LEGACY), None)
    [answer] = [item for item in parsed.items if isinstance(item, Answer)]
    assert (answer.id, answer.content) == ("2", "因为。")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"\uD83D\ude00\ud83d", "\U0001f600\ufffd"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d \ud83dx", r"\ud83d " + "\ufffdx"),
        (r"\\\ud83d", "\\\ufffd"),
    ],
)
def test_half_an_emoji_costs_itself_alone(text: str, read: str):
    assert load_json(f'{{"excerpt": "{text}", "id": 1}}'.encode()) == {"excerpt": read, "id": 1}


@pytest.mark.parametrize("raw", [b'{"a": "\\ud83d"', b'{"a": NaN}', b'{"a": "\\x"}', b""])
def test_what_is_no_json_stays_an_error(raw: bytes):
    with pytest.raises(orjson.JSONDecodeError):
        load_json(raw)


def test_an_answer_whose_excerpt_was_cut_in_an_emoji_is_read_beside_its_neighbours():
    reply = b'{"data": [{"id": 1, "type": "answer", "excerpt": "a\\ud83d"}, {"id": 2, "type": "answer"}]}'
    parsed = parse_page(read_body(reply), Source("", AT, Layout.API), None)
    assert [(item.id, item.excerpt) for item in parsed.items if isinstance(item, Answer)] == [
        ("1", "a\ufffd"),
        ("2", None),
    ]
