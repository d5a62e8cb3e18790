"""A refusal says how it refuses, and nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from zhihu_crawler.errors import (
    Block,
    BlockedError,
    GoneError,
    HiddenError,
    OverloadedError,
    PageError,
    SiteError,
)
from zhihu_crawler.parsers.blocks import find_block
from zhihu_crawler.payload import read_body
from zhihu_crawler.verdict import judge

if TYPE_CHECKING:
    from pathlib import Path
from tests.parsers.test_blocks import PAGE, UNHUMAN, URL, error


def refusal(status: int, body: bytes | dict[str, Any] = b"", url: str = URL) -> PageError:
    with pytest.raises(PageError) as caught:
        read_body(orjson.dumps(body) if isinstance(body, dict) else body, url=url, status=status)
    return caught.value


ZSE_CK = b'<!DOCTYPE html><html><head><meta id="zh-zse-ck" content="0"></head><body><script src="https://static.zhihu.com/zse-ck/v4/a.js"></script></body></html>'


REFUSALS: dict[str, tuple[int, bytes | dict[str, Any], str, Block]] = {
    "sent to sign in": (200, b"<html></html>", "https://www.zhihu.com/signin?next=%2F", Block.LOGIN),
    "sent to sign up": (200, b"<html></html>", "https://www.zhihu.com/signup?next=%2F", Block.LOGIN),
    "sent to the captcha": (200, b"<html></html>", UNHUMAN, Block.BROWSER),
    "behaviour limit": (403, error(40362, "您当前请求存在异常，暂时限制本次访问"), URL, Block.RATE),
    "network flagged": (403, error(40352, need_login=True, redirect=UNHUMAN), URL, Block.BROWSER),
    "log in for more": (403, error(40353, "请您登录后查看", redirect=UNHUMAN), URL, Block.LOGIN),
    "signature wanted, 403": (403, error(10003, "请求参数异常"), URL, Block.BROWSER),
    "signature wanted, 400": (400, error(10003, "请求参数异常"), URL, Block.BROWSER),
    "signature wanted, search": (400, {"HitLabels": None}, URL, Block.BROWSER),
    "no right": (401, error(602, "第三方应用无此权限"), URL, Block.LOGIN),
    "not logged in": (401, error(100, name="AuthenticationInvalidRequest"), URL, Block.LOGIN),
    "session expired": (401, error(101, "ZERR_NOT_LOGIN"), URL, Block.LOGIN),
    "own account": (403, error(120017, "当前帐号异常"), URL, Block.ACCOUNT),
    "unknown code with a captcha": (403, error(49999, redirect=UNHUMAN), URL, Block.BROWSER),
    "unknown code that wants a log-in": (403, error(49999, need_login=True), URL, Block.LOGIN),
    "unknown code, too many": (429, error(49999), URL, Block.RATE),
    "too many": (429, b"", URL, Block.RATE),
    "too many, a page": (429, b"<html><body>slow down</body></html>", URL, Block.RATE),
    "challenge": (403, ZSE_CK, URL, Block.BROWSER),
    "challenge that says 200": (200, ZSE_CK, URL, Block.BROWSER),
    "captcha's own state": (
        200,
        b'<!doctype html><html><script id="js-initialData">{"initialState":{},"appName":"unhuman"}</script></html>',
        "https://www.zhihu.com/question/1",
        Block.BROWSER,
    ),
    "page of 2016": (200, "<html>您被知乎反作弊系统限制</html>".encode(), URL, Block.RATE),
    "dialogue of 2016": (200, b'<html><script id="unblock-dialog-template"></script></html>', URL, Block.RATE),
    "401 without a word": (401, b"", URL, Block.LOGIN),
    "403 without a word": (403, b"", URL, Block.BROWSER),
    "an error that says 200": (200, error(40362), URL, Block.RATE),
    "code as text": (403, error("40362"), URL, Block.RATE),
}


@pytest.mark.parametrize(("status", "body", "url", "block"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_how_it_refuses(status: int, body: bytes | dict[str, Any], url: str, block: Block):
    found = refusal(status, body, url)
    assert isinstance(found, BlockedError)
    assert found.block is block
    assert found.reason == f"blocked/{block}"


@pytest.mark.parametrize("code", [40362, 40352, 40353, 10003, 100, 101, 602, 120017])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_the_code_in_the_body_counts_before_the_status(code: int, status: int):
    found = refusal(status, error(code))
    assert isinstance(found, BlockedError)
    assert found.code == code


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, error(4041, "资源不存在")),
        (200, error(4041)),
        (404, error(404)),
        (404, error(None)),
        (410, b""),
        (404, b""),
        (404, b"<html><body>404</body></html>"),
        (403, error(1, name="NotFoundError")),
    ],
)
def test_what_is_gone_is_a_result_and_no_refusal(status: int, body: bytes | dict[str, Any]):
    found = refusal(status, body)
    assert isinstance(found, GoneError)
    assert found.reason == "gone"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, error(49999)),
        (401, error(49999)),
        (200, error("odd")),
        (200, error([1])),
        (200, error(float("1.5"))),
        (500, b""),
        (502, b"<html><body>Bad Gateway</body></html>"),
        (500, b'{"cut'),
    ],
)
def test_any_other_error_is_the_sites(status: int, body: bytes | dict[str, Any]):
    found = refusal(status, body)
    assert isinstance(found, SiteError)
    assert isinstance(found, OverloadedError) == (status >= 500)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_what_may_be_gone_or_kept_from_us_is_neither(status: int):
    found = refusal(status, "<html><body>你似乎来到了没有知识存在的荒原</body></html>".encode(), PAGE)
    assert isinstance(found, HiddenError)
    assert found.reason == "hidden"


def test_an_error_says_its_code_its_message_and_what_it_means_for_a_person():
    told = str(refusal(403, error(40362, "暂时限制本次访问")))
    assert told == (
        "code 40362 (暂时限制本次访问): too many requests: slow down and come back later, the session is still good"
    )


def test_a_message_without_end_is_cut():
    assert len(str(refusal(403, error(40362, "长" * 100_000)))) < 500


@pytest.mark.parametrize("sign", [b"zh-zse-ck", b"unblock-dialog-template", "被知乎反作弊系统限制".encode()])
def test_a_long_page_that_quotes_a_sign_is_no_refusal(sign: bytes):
    body = b"<html><body>" + b"x" * 30_000 + b'<p id="' + sign + b'"></p></body></html>'
    assert find_block(200, "/question/1", body, None) is None


def test_an_answer_that_quotes_the_wasteland_is_no_farewell():
    body = '<html><script id="js-initialData">{}</script>你似乎来到了没有知识存在的荒原</html>'.encode()
    assert find_block(200, "/question/1", body, None) is None


@pytest.mark.parametrize(
    "data",
    [{"data": []}, {"id": 1}, {"error": None}, {"error": "text"}, {"error": []}, [], {"HitLabels": [], "data": []}],
)
def test_a_reply_without_an_error_object_is_no_refusal(data: object):
    assert find_block(200, "/api/v4/me", orjson.dumps(data), data) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([200, 302, 400, 401, 403, 404, 429, 500]), _JSON, _JSON, _JSON)
def test_an_error_object_of_any_shape_is_read_as_some_error(status: int, code: object, message: object, more: object):
    data = {"error": {"code": code, "message": message, "redirect": more, "need_login": more, "name": more}}
    assert isinstance(find_block(status, "/api/v4/me", b"{}", data), PageError)


_CAPTURED = {
    "401-code100.json": (401, Block.LOGIN),
    "403-code10003-2025-fxzhihu.json": (403, Block.BROWSER),
    "403-code40352-unhuman-2024-fxzhihu.json": (403, Block.BROWSER),
    "403-code40362-2024-search.json": (403, Block.RATE),
    "zse-ck-challenge-2026-answer-vaultstream.html": (403, Block.BROWSER),
    "signin-wall-2021-dlmuljj.html": (200, Block.LOGIN),
}


@pytest.mark.captures
def test_every_captured_refusal_is_known_and_stands_in_the_table(captures: Path):
    assert {file.name for file in (captures / "blocked").iterdir()} == set(_CAPTURED)


@pytest.mark.captures
@pytest.mark.parametrize(("name", "known"), _CAPTURED.items(), ids=_CAPTURED)
def test_a_captured_refusal_is_read_as_what_it_is(captures: Path, name: str, known: tuple[int, Block]):
    url = "https://www.zhihu.com/signin?next=%2F" if name.startswith("signin") else "https://www.zhihu.com/question/1"
    found = refusal(known[0], (captures / "blocked" / name).read_bytes(), url)
    assert isinstance(found, BlockedError)
    assert found.block is known[1]


@pytest.mark.captures
def test_no_captured_page_that_holds_something_is_taken_for_a_refusal(captures: Path):
    files = [
        file for file in captures.rglob("*") if file.suffix in (".html", ".json") and file.parent.name != "blocked"
    ]
    assert len(files) > 50
    for file in files:
        url = URL if file.suffix == ".json" else PAGE
        found = judge(Response(url, body=file.read_bytes()))
        assert not isinstance(found.error, BlockedError | GoneError | HiddenError | SiteError), (file, found)
