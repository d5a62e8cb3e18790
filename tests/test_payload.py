from __future__ import annotations

import contextlib
import html
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response

from tests.samples import AT, answer, author
from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError, PageError
from zhihu_crawler.items import Answer, Layout, Question
from zhihu_crawler.parsers.mend import to_utf8
from zhihu_crawler.parsers.page import Form, Page, parse_page
from zhihu_crawler.parsers.result import Parsed, Source
from zhihu_crawler.payload import MAX_BYTES, read_body, read_page
from zhihu_crawler.urls import read_url

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://www.zhihu.com/question/1"
ENTITIES = {
    "questions": {"1": {"id": "1", "type": "question", "title": "为什么？", "answerCount": 1}},
    "answers": {"2": {"id": "2", "type": "answer", "content": "<p>因为。</p>", "author": author()}},
}
STATE = {"initialState": {"common": {}, "entities": ENTITIES}}
LEGACY = """
<div class="zu-top"></div><div class="zg-wrap"><div id="zh-single-question-page" data-urltoken="1">
<div id="zh-question-title"><h2 class="zm-item-title">为什么？</h2></div><div id="zh-question-answer-wrap">
<div class="zm-item-answer" itemtype="http://schema.org/Answer" data-atoken="2" data-aid="3">
<div class="zm-item-rich-text" data-author-name="李白"><div class="zm-editable-content clearfix">因为。</div></div>
</div></div></div></div>
"""


def whole(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>知乎</title></head><body>{body}</body></html>"


def state_page(raw: str, tag: str = '<script id="js-initialData" type="text/json">') -> str:
    return whole(f"<div id='root'></div>{tag}{raw}</script><script src='/main.js'></script>")


def dumped(data: Any) -> str:
    return orjson.dumps(data).decode()


PAGES: dict[str, tuple[str, Form]] = {
    "state": (state_page(dumped(STATE)), Form.STATE),
    "state, attributes elsewhere": (state_page(dumped(STATE), "<script nonce=x id=js-initialData>"), Form.STATE),
    "state in a comment": (state_page(f"<!--{dumped(STATE)}-->"), Form.STATE),
    "state in CDATA": (state_page(f"<![CDATA[{dumped(STATE)}]]>"), Form.STATE),
    "state between blanks": (state_page(f"\n  {dumped(STATE)}\n"), Form.STATE),
    "state of 2017": (
        whole(f"<div id='data' data-state='{html.escape(dumped({'entities': ENTITIES}))}'></div>"),
        Form.DATA_STATE,
    ),
    "legacy": (whole(LEGACY), Form.LEGACY),
    "no state": (whole("<div class='Question'></div>"), Form.MODERN),
    "reply": (dumped({"data": [answer()], "paging": {"is_end": True}}), Form.API),
    "ajax reply": (dumped({"r": 0, "msg": [LEGACY]}), Form.AJAX),
    "state alone": (dumped(STATE), Form.STATE),
    "fragment": (LEGACY, Form.FRAGMENT),
}


def parsed_of(body: bytes, url: str = "") -> Parsed:
    page = read_body(body, url=url)
    return parse_page(page, Source(url, AT, Layout.STATE, AT), read_url(url))


@pytest.mark.parametrize(("text", "form"), PAGES.values(), ids=PAGES)
def test_the_form_of_a_page_is_told_before_it_is_read(text: str, form: Form):
    assert read_body(text.encode()).form is form


@pytest.mark.parametrize(("text", "form"), PAGES.values(), ids=PAGES)
def test_a_byte_order_mark_and_blanks_around_a_page_change_nothing(text: str, form: Form):
    assert read_body(b"\xef\xbb\xbf" + text.encode() + b"\r\n").form is form
    assert read_body(b"\n\n " + text.encode()).form is form


@pytest.mark.parametrize(
    "name", ["state", "state in a comment", "state in CDATA", "state of 2017", "legacy", "state alone"]
)
def test_every_form_of_one_page_gives_its_question_and_its_answer(name: str):
    items = parsed_of(PAGES[name][0].encode(), URL).items
    question = next(item for item in items if isinstance(item, Question))
    written = next(item for item in items if isinstance(item, Answer))
    assert (question.id, question.title) == ("1", "为什么？")
    assert (written.id, "因为。" in (written.content or "")) == ("2", True)


def test_a_response_is_read_with_its_address_and_status():
    page = read_page(HtmlResponse(URL, body=PAGES["state"][0].encode(), encoding="utf-8"))
    assert page.data == STATE
    with pytest.raises(PageError, match="429"):
        read_page(Response(URL, status=429))


@pytest.mark.parametrize("name", ["state", "state of 2017", "legacy", "no state"])
def test_a_page_in_gb18030_is_the_same_page_whatever_it_declares(name: str):
    text = PAGES[name][0].replace("<head>", '<head><meta charset="utf-8">').replace("因为。", "因为。" * 50)
    assert read_body(text.encode("gb18030")).data == read_body(text.encode()).data
    assert to_utf8(text.encode("gb18030")).decode() == text


@pytest.mark.parametrize("text", ['{"name": "李白"}', "<html><body>one name: 李白</body></html>"])
def test_one_name_is_enough_to_tell_gb18030(text: str):
    assert to_utf8(text.encode("gb18030")).decode() == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["state", "state of 2017", "legacy", "no state"])
def test_a_page_in_utf16_is_the_same_page_with_a_mark_and_without(name: str, encoding: str):
    text = PAGES[name][0]
    assert to_utf8(text.encode(encoding)).decode() == text
    assert read_body(text.encode(encoding)).data == read_body(text.encode()).data


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<\0", b"\0<\0h\0t", b"\0" * 40, "知乎知乎".encode("utf-16-le")])
def test_what_only_looks_like_utf16_is_no_crash(body: bytes):
    to_utf8(body).decode()


def test_a_piece_that_was_cut_short_is_read_and_named():
    piece = '<div class="zm-item-answer" data-atoken="2"><div class="zm-item-rich-text"></div>'
    assert parsed_of(f"{piece}</div>".encode()).problems == []
    cut = parsed_of(piece.encode())
    assert [item.id for item in cut.items] == ["2"]
    assert ["leaves 1 blocks open" in str(problem) for problem in cut.problems] == [True]


def test_what_lies_too_deep_in_a_page_is_named_as_unread():
    deep = whole(LEGACY.replace('<div class="zm-item-answer"', "<div>" * 3000 + '<div class="zm-item-answer"'))
    parsed = parsed_of(deep.encode())
    assert [item.kind for item in parsed.items] == ["question"]
    assert ["nests too deep" in str(problem) for problem in parsed.problems] == [True]


def test_a_damaged_letter_is_no_other_encoding():
    body = ("因为" * 500).encode() + b"\xe5\x9b" + ("所以" * 500).encode()
    text = to_utf8(body).decode()
    assert text.count("\ufffd") == 1
    assert text.startswith("因为因为")


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, (_, form) in PAGES.items() if form is not Form.FRAGMENT]
)
def test_a_page_that_was_cut_anywhere_gives_nothing_before_its_state_is_whole(name: str, form: Form):
    body = PAGES[name][0].encode()
    enough = body.index(b"</script>") + len(b"</script>") if b"<script" in body else len(body)
    for length in range(enough, len(body)):
        assert parsed_of(body[:length]).items == parsed_of(body).items
    for length in range(1, enough):
        if form not in (Form.API, Form.AJAX) and body[length:].strip() in (b">", b"l>", b"ml>", b"tml>", b"html>"):
            continue  # all but the last end tag's own letters
        with pytest.raises(PageError):
            assert not parsed_of(body[:length]).items


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_nothing_and_blanks_are_damage(size: int):
    with pytest.raises(DamagedPageError, match="empty"):
        read_body(b" " * size)


def test_a_page_beyond_all_bounds_is_refused_by_its_size():
    with pytest.raises(DamagedPageError, match=r"67,108,865 bytes"):
        read_body(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize("body", [b"hello", b"\x00\x01\x02", b"GIF89a", b"%PDF-1.4", b"null", b"true", b"7"])
def test_what_is_neither_page_nor_reply_is_told_with_its_beginning(body: bytes):
    with pytest.raises(LayoutUnknownError, match="begins"):
        read_body(body)


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"text"', "7", '{"a":NaN}', '{"a":1,}', '{"a":1e999}', "<p>"])
def test_a_state_that_is_no_object_is_damage(raw: str):
    with pytest.raises(DamagedPageError, match="state"):
        parsed_of(state_page(raw).encode())


def test_a_page_whose_state_was_spoilt_is_read_from_what_it_shows():
    shown = """<div class="QuestionPage"><meta itemprop="url" content="https://www.zhihu.com/question/7"></div>"""
    [question] = parsed_of(state_page('{"a":').replace("<body>", f"<body>{shown}").encode()).items
    assert (question.id, question.layout) == ("7", Layout.DOM)


@pytest.mark.parametrize("around", ["{}", "<body>{}</body>", "<div>{}</div>", "<!-- saved -->{}", "\n\n{}\n"])
def test_a_state_is_found_in_a_piece_of_a_page(around: str):
    piece = f'<script id="js-initialData" type="text/json">{dumped(STATE)}</script>'
    assert parsed_of(around.format(piece).encode()).items == parsed_of(PAGES["state"][0].encode()).items


def test_a_state_that_was_escaped_when_it_was_saved_is_read():
    escaped = state_page(html.escape(dumped(STATE)))
    assert parsed_of(escaped.encode()).items == parsed_of(PAGES["state"][0].encode()).items


def test_a_piece_of_a_modern_page_is_read():
    piece = """<div class="List-item"><div class="ContentItem AnswerItem" name="7">
    <meta itemprop="url" content="https://www.zhihu.com/question/6/answer/7"></div></div>"""
    [answer] = parsed_of(piece.encode()).items
    assert (answer.id, answer.layout) == ("7", Layout.DOM)


@pytest.mark.parametrize("entities", [None, [], "x", 7, {"answers": []}, {"answers": {"2": []}}, {"answers": None}])
def test_a_state_of_another_shape_never_gives_an_item(entities: object):
    body = state_page(dumped({"initialState": {"common": {}, "entities": entities}})).encode()
    with contextlib.suppress(PageError):
        assert parsed_of(body).items == []


DEEP = 100_000
DEEP_PAGES = {
    "lists": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "state": state_page('{"a":' * DEEP + "1" + "}" * DEEP).encode(),
    "tags": whole("<div>" * DEEP + "</div>" * DEEP).encode(),
    "legacy tags": whole(LEGACY.replace("因为。", "<b>" * DEEP + "因为。" + "</b>" * DEEP)).encode(),
    "lists as deep as JSON is read": b"[" * 1000 + b"]" * 1000,
    "a field as deep": b'{"type": "answer", "id": 1, "excerpt": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a text's tags": dumped(answer(content="<b>" * DEEP + "因为。" + "</b>" * DEEP)).encode(),
}


@pytest.mark.parametrize("body", DEEP_PAGES.values(), ids=DEEP_PAGES)
def test_no_depth_breaks_the_process(body: bytes):
    try:
        items = parsed_of(body).items
    except PageError:
        items = []
    assert all(item.id in ("1", "2") for item in items)


@given(st.binary(max_size=300))
def test_random_bytes_give_a_page_error_or_nothing(body: bytes):
    try:
        items = parsed_of(body).items
    except PageError:
        items = []
    assert items == []


@given(st.binary(max_size=40), st.integers(min_value=0), st.sampled_from(sorted(PAGES)))
def test_bytes_written_over_a_page_never_break_the_reader(noise: bytes, place: int, name: str):
    body = PAGES[name][0].encode()
    place %= len(body)
    failed: PageError | None = None
    try:
        parsed_of(body[:place] + noise + body[place + len(noise) :])
    except PageError as error:
        failed = error
    assert failed is None or str(failed)


def test_a_tree_is_built_only_when_it_is_asked_for():
    page = read_body(PAGES["state"][0].encode())
    assert "selector" not in page.__dict__
    assert page.selector.css("title::text").get() == "知乎"


def test_a_page_is_a_value():
    assert Page(Form.API, {"a": 1}) == Page(Form.API, {"a": 1})


_CUT_SHOWS = ("<!doctype", "<html", "{", "[")
"""How a capture begins whose end can be told."""


@pytest.mark.captures
def test_real_pages_cut_at_every_kilobyte_give_nothing_or_all(captures: Path):
    files = [file for file in sorted(captures.rglob("*")) if file.suffix in (".html", ".json")]
    tried = refused = 0
    for file in files:
        body = file.read_bytes()
        if body.lstrip().lower().startswith(tuple(sign.encode() for sign in _CUT_SHOWS)):
            for length in range(1024, len(body.rstrip()) - 8, max(1024, len(body) // 40 // 1024 * 1024)):
                tried += 1
                try:
                    assert parsed_of(body[:length]).items == parsed_of(body).items, f"{file.name} cut after {length}"
                except PageError as error:
                    refused += bool(str(error))
    assert tried > 500
    assert refused > tried * 0.9
