from __future__ import annotations

import ast
import re
from typing import Any

import orjson
import pytest
from scrapy.http import Response

from tests.conftest import ROOT
from zhihu_crawler.errors import (
    Meaning,
)
from zhihu_crawler.parsers import blocks
from zhihu_crawler.sandbox.blocks import BLOCKS, RESHAPED, reshape
from zhihu_crawler.verdict import judge

URL = "https://www.zhihu.com/api/v4/questions/1/feeds"


PAGE = "https://www.zhihu.com/question/1"


UNHUMAN = "https://www.zhihu.com/account/unhuman?type=S6E3V1"


def error(code: object, message: str = "…", **more: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def verdict(status: int, body: bytes | str | dict[str, Any], url: str = URL, location: str = "") -> tuple[Meaning, str]:
    raw = orjson.dumps(body) if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    headers = {"Location": location} if location else {}
    found = judge(Response(url, status=status, body=raw, headers=headers))
    return found.meaning, found.signal


def paged(data: list[Any], **paging: object) -> dict[str, Any]:
    return {"data": data, "paging": {"is_end": True, "is_start": True} | paging}


SLOW, LOGIN, BROWSER = Meaning.SLOW_DOWN, Meaning.NEEDS_LOGIN, Meaning.NEEDS_BROWSER


HIDDEN, SHORT = Meaning.HIDDEN, Meaning.INCOMPLETE


UNHUMAN_STATE = (
    b'<!doctype html><html><script id="js-initialData">{"initialState":{},"subAppName":"unhuman"}</script></html>'
)


ANSWER = {"type": "answer", "id": "1", "content": "<p>x</p>"}


SIGNALS: dict[str, tuple[int, bytes | str | dict[str, Any], str, str, Meaning, str]] = {
    "redirect to sign in": (302, b"", PAGE, "/signin?next=%2Fquestion%2F1", LOGIN, "login-redirect"),
    "redirect to the captcha": (302, b"", PAGE, UNHUMAN, BROWSER, "unhuman-redirect"),
    "redirect to the home page": (302, b"", PAGE, "https://www.zhihu.com/", HIDDEN, "home-redirect"),
    "40362": (403, error(40362, "您当前请求存在异常，暂时限制本次访问"), URL, "", SLOW, "code-40362"),
    "40352": (403, error(40352, need_login=True, redirect=UNHUMAN), URL, "", BROWSER, "code-40352"),
    "40353": (403, error(40353, "请您登录后查看更多专业优质内容。", redirect=UNHUMAN), URL, "", LOGIN, "code-40353"),
    "10003 as 403": (403, error(10003, "请求参数异常，请升级客户端后重试。"), URL, "", BROWSER, "code-10003"),
    "10003 as 400": (400, error(10003, "请求参数异常，请升级客户端后重试。"), URL, "", BROWSER, "code-10003"),
    "HitLabels": (400, {"HitLabels": None}, URL, "", BROWSER, "hit-labels"),
    "602": (401, error(602, "第三方应用无此权限"), URL, "", LOGIN, "code-602"),
    "an error that says 200": (200, error(40362), URL, "", SLOW, "code-40362"),
    "an unknown error that says 200": (200, error(5000, "服务器开小差了"), URL, "", Meaning.UNKNOWN, "code-5000"),
    "wasteland": (200, "<html>你似乎来到了没有知识存在的荒原</html>", PAGE, "", HIDDEN, "wasteland"),
    "wasteland that says 404": (404, "<html>你似乎来到了没有知识存在的荒原</html>", PAGE, "", HIDDEN, "wasteland"),
    "100": (401, error(100, name="AuthenticationInvalidRequest"), URL, "", LOGIN, "code-100"),
    "101": (401, error(101, "ZERR_NOT_LOGIN"), URL, "", LOGIN, "code-101"),
    "ZERR_NOT_LOGIN without a code": (401, error(None, "ZERR_NOT_LOGIN"), URL, "", LOGIN, "401"),
    "4041": (404, error(4041, "资源不存在", name="NotFoundError"), URL, "", Meaning.GONE, "code-4041"),
    "bare 404": (404, b"", PAGE, "", Meaning.GONE, "404"),
    "user banned": (400, error(None, "该用户暂时被反作弊限制"), URL, "", HIDDEN, "user-limited"),
    "own account abnormal": (403, error(120017, "当前帐号异常"), URL, "", LOGIN, "code-120017"),
    "429": (429, b"", URL, "", SLOW, "429"),
    "need_force_login": (200, paged([], need_force_login=True), URL, "", SHORT, "need-force-login"),
    "nothing of many": (200, paged([], totals=13), URL, "", SHORT, "force-login"),
    "text cut": (200, ANSWER | {"content_need_truncated": True}, URL, "", SHORT, "truncated-content"),
    "text cut, read more": (
        200,
        paged([{"target": ANSWER | {"force_login_when_click_read_more": True}}]),
        *(URL, "", SHORT, "truncated-content"),
    ),
    "zse-ck": (403, BLOCKS["zse-ck"].body, PAGE, "", BROWSER, "zse-ck"),
    "unhuman page with a state": (200, UNHUMAN_STATE, PAGE, "", BROWSER, "unhuman"),
    "sign-in page in its place": (200, BLOCKS["signin"].body, PAGE, "", LOGIN, "signin"),
    "500 without User-Agent": (500, b"", PAGE, "", SLOW, "500"),
    "unblock dialogue": (200, BLOCKS["legacy-block"].body, PAGE, "", SLOW, "legacy-block"),
    "anti-cheating of 2016": (200, "<html>您被知乎反作弊系统限制</html>", PAGE, "", SLOW, "legacy-block"),
    "cut short": (200, b'{"data": [{"id"', URL, "", SHORT, "damagedpage"),
    "neither page nor reply": (200, b"hello", URL, "", Meaning.UNKNOWN, "layoutunknown"),
    "a list": (200, paged([ANSWER], totals=1), URL, "", Meaning.OK, ""),
    "an empty list": (200, paged([], totals=0), URL, "", Meaning.OK, ""),
    "beyond the end of a list": (200, paged([], totals=13, is_start=False), URL, "", Meaning.OK, ""),
    "a text that is whole": (200, ANSWER | {"content_need_truncated": False}, URL, "", Meaning.OK, ""),
    "a banned profile": (200, BLOCKS["legacy-ban"].body, PAGE, "", Meaning.OK, ""),
}
"""Every signal of which anybody has told, and what it means."""


@pytest.mark.parametrize("row", SIGNALS.values(), ids=SIGNALS)
def test_every_signal_means_one_thing(row: tuple[Any, ...]):
    assert verdict(*row[:4]) == row[4:]


@pytest.mark.parametrize("name", BLOCKS)
def test_whatever_the_sandbox_refuses_with_is_known(name: str):
    block = BLOCKS[name]
    url = PAGE if block.scope == "page" else URL
    meaning, _ = verdict(block.status, block.body, url, block.headers.get("Location", ""))
    assert (meaning is Meaning.OK) == (name in ("empty-page", "legacy-ban"))  # which show when they are parsed


@pytest.mark.parametrize("name", RESHAPED)
def test_whatever_the_sandbox_withholds_is_known_where_a_reply_tells(name: str):
    whole = paged([{"target": ANSWER}] * 5, totals=13, is_end=False)
    assert verdict(200, whole)[0] is Meaning.OK
    meaning, _ = verdict(200, reshape(name, whole))
    assert (meaning is Meaning.INCOMPLETE) == (name != "ends-early")  # which shows when the list is counted


def test_a_large_reply_is_judged_by_the_same_signs():
    filler = {"filler": "x" * 30_000}
    assert verdict(200, paged([], need_force_login=True) | filler)[0] is Meaning.INCOMPLETE
    assert verdict(200, ANSWER | {"content_need_truncated": True} | filler)[0] is Meaning.INCOMPLETE
    assert verdict(200, BLOCKS["zse-ck"].body + "x" * 30_000, PAGE)[0] is Meaning.NEEDS_BROWSER
    assert verdict(200, {"content": b'<meta id="zh-zse-ck">'.decode()} | filler)[0] is Meaning.OK


def test_nowhere_else_is_a_code_judged():
    known = set(blocks.CODES) - {100, 101, 404}  # which are lengths and counts elsewhere
    for path in [*(ROOT / "zhihu_crawler").rglob("*.py"), *(ROOT / "spiders").rglob("*.py")]:
        if path != ROOT / "zhihu_crawler/parsers/blocks.py" and "sandbox" not in path.parts:
            constants = {
                node.value for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Constant)
            }
            assert not {value for value in constants if type(value) is int} & known, path


def test_the_document_has_a_row_for_every_signal():
    told = set(re.findall(r"`([\w-]+)`", (ROOT / "docs/blocks.md").read_text(encoding="utf-8")))
    codes = {f"code-{code}" for code in blocks.CODES}
    named = {signal for table in (blocks.PATHS, blocks.PAGES, blocks.WORDS) for signal, _ in table.values()}
    statuses = {str(status) for status in blocks.STATUSES}
    short = {"need-force-login", "force-login", "truncated-content", "wasteland", "home-redirect", "hit-labels"}
    assert (codes | named | statuses | short) - told == set()
