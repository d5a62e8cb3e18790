"""Small pages and the frame of all pages: head, main, state."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from zhihu_crawler.sandbox import shapes
from zhihu_crawler.sandbox.signin import QR_BOX, QR_SCRIPT


def state_script(state: dict[str, Any]) -> str:
    """Return the state's element; ``<`` and ``/`` are escaped as the site does."""
    raw = orjson.dumps(state).decode().replace("<", "\\u003C").replace("/", "\\u002F")
    return f'<script id="js-initialData" type="text/json">{raw}</script>'


def frame(title: str, main: str, state: dict[str, Any] | None) -> str:
    """Return a whole page; one without a state still has the site's other script."""
    script = state_script(state) if state is not None else ""
    return (
        '<!doctype html>\n<html lang="zh" data-hairline="true" data-theme="light"><head><meta charSet="utf-8"/>'
        f'<title data-rh="true">{escape(title)} - 知乎</title><meta name="viewport" content="width=device-width"/>'
        '</head><body class="WhiteBg-body"><div id="root"><div class="App"><main role="main" class="App-main">'
        f'{main}</main><div data-zop-usertoken="{{}}"></div></div></div>'
        '<script id="js-clientConfig" type="text/json">{"fetchRoot":{"www":"https:\\u002F\\u002Fwww.zhihu.com"}}'
        f"</script>{script}</body></html>"
    )


def bare_page(title: str, main: str = "") -> str:
    """Return a page with neither state nor content."""
    return f"<!doctype html>\n<html><head><title>{escape(title)}</title></head><body>{main}</body></html>"


def empty_state(sub_app: str, span: str) -> dict[str, Any]:
    """Return a state that holds nothing: pages of log-in walls have one too."""
    inner = shapes.STATE_PARTS | {
        "common": {"ask": {}, "cities": {"cityData": []}},
        "loading": {"global": {"count": 0}, "local": {}},
        "entities": {table: {} for table in shapes.ENTITY_TABLES},
        "currentUser": "",
        "account": {"challenge": {}},
        "people": dict(shapes.PEOPLE),
        "question": dict(shapes.QUESTION_PART),
    }
    return {"initialState": inner, "subAppName": sub_app, "spanName": span, "canaryConfig": {}}


def signin_page() -> str:
    """Return the page that ``/signin`` shows: a code to scan, and a state that names no entity."""
    form = '<form class="SignFlow Login-content">登录/注册</form>'
    main = f'<div class="SignContainer-content">{QR_BOX}{form}</div>{QR_SCRIPT}'
    return frame("登录", main, empty_state("main", "SignPage"))


def unhuman_page() -> str:
    """Return the captcha page: it has a state of some 9 KB, in which there is nothing that was asked for."""
    state = empty_state("unhuman", "Unhuman")
    state["initialState"]["unhuman"] = {"abTests": {f"unhuman_switch_{number:04d}": "0" for number in range(300)}}
    main = (
        '<div class="Unhuman" data-assets-tracker-config=\'{"appName":"unhuman"}\'>'
        '<h1 class="Unhuman-title">安全验证</h1>'
        '<div class="Unhuman-tip">系统监测到您的网络环境存在异常，请完成验证</div>'
        "</div>"
    )
    return frame("安全验证", main, state)


WASTELAND = bare_page(
    "404", '<main class="ErrorPage"><p class="ErrorPage-text">你似乎来到了没有知识存在的荒原</p></main>'
)
ZSE_CK = (
    '<!DOCTYPE html><html lang="en"><head><meta id="zh-zse-ck" charset="UTF-8" content="c2FuZGJveA=="></head><body>'
    '<div style="color:#535861;opacity: 0.1;display: flex;justify-content: center;">知乎，让每一次点击都充满意义 —— '
    "欢迎来到知乎，发现问题背后的世界。</div><script data-assets-tracker-config="
    '\'{"appName":"zse_ck","trackJSRuntimeError":true}\' crossorigin="" '
    'src="https://static.zhihu.com/zse-ck/v4/0000000000000000.js"></script></body></html>'
)
