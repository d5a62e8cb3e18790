from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.imported import read_cookies

LATER = 4_000_000_000
Z_C0 = '"2|1:0|10:1790000000|4:z_c0|80:MS4x=|a1b2"'
NETSCAPE = f"""# Netscape HTTP Cookie File
# https://curl.se/docs/http-cookies.html

#HttpOnly_.zhihu.com\tTRUE\t/\tTRUE\t{LATER}\tz_c0\t{Z_C0}
.zhihu.com\tTRUE\t/\tFALSE\t{LATER}\td_c0\tdevice=|1
www.zhihu.com\tFALSE\t/\tFALSE\t0\tKLBRSID\tx
zhihu.com\tTRUE\t/\tFALSE\t0\tBEC\ty
.example.org\tTRUE\t/\tFALSE\t0\tother\tz
"""
COOKIE_EDITOR = [
    {
        "domain": ".zhihu.com",
        "expirationDate": LATER + 0.5,
        "hostOnly": False,
        "httpOnly": True,
        "name": "z_c0",
        "path": "/",
        "sameSite": None,
        "secure": True,
        "session": False,
        "storeId": None,
        "value": Z_C0,
    },
    {"domain": "zhihu.com", "hostOnly": False, "name": "d_c0", "value": "device=|1", "id": 2},
    {"domain": "www.zhihu.com", "hostOnly": True, "name": "KLBRSID", "value": "x", "session": True},
    {"domain": ".example.org", "name": "other", "value": "z"},
]
PLAYWRIGHT = {
    "cookies": [
        {"name": "z_c0", "value": Z_C0, "domain": ".zhihu.com", "path": "/", "expires": LATER, "httpOnly": True},
        {"name": "d_c0", "value": "device=|1", "domain": ".zhihu.com", "path": "/", "expires": -1},
    ],
    "origins": [],
}


def dumped(text):
    return {cookie["name"]: cookie for cookie in read_cookies(text).dump()}


def test_a_cookies_txt_is_read():
    found = dumped(NETSCAPE)
    assert {name: cookie["value"] for name, cookie in found.items()} == {
        "z_c0": Z_C0,
        "d_c0": "device=|1",
        "KLBRSID": "x",
        "BEC": "y",
    }
    assert found["z_c0"] == {
        "name": "z_c0",
        "value": Z_C0,
        "domain": ".zhihu.com",
        "path": "/",
        "expires": LATER,
        "secure": True,
        "httpOnly": True,
    }
    assert (found["KLBRSID"]["domain"], found["KLBRSID"]["expires"]) == ("www.zhihu.com", None)
    assert found["BEC"]["domain"] == ".zhihu.com"


def test_an_extensions_json_is_read():
    found = dumped(json.dumps(COOKIE_EDITOR))
    assert sorted(found) == ["KLBRSID", "d_c0", "z_c0"]
    assert (found["z_c0"]["expires"], found["z_c0"]["httpOnly"]) == (LATER, True)
    assert (found["d_c0"]["domain"], found["KLBRSID"]["domain"]) == (".zhihu.com", "www.zhihu.com")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PLAYWRIGHT),
        json.dumps({"z_c0": Z_C0, "d_c0": "device=|1"}),
        "\ufeff" + json.dumps(PLAYWRIGHT["cookies"]),
        f"z_c0={Z_C0}; d_c0=device=|1",
        f"Cookie: d_c0=device=|1;z_c0={Z_C0};\n",
        f"  cookie:z_c0={Z_C0};  d_c0=device=|1; odd; =x",
        NETSCAPE.replace("\n", "\r\n"),
    ],
)
def test_every_other_form_is_read(text):
    found = dumped(text)
    assert (found["z_c0"]["value"], found["d_c0"]["value"]) == (Z_C0, "device=|1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no cookie of zhihu.com was found. Export"),
        ("hello", "no cookie of zhihu.com"),
        ("[]", "no cookie of zhihu.com"),
        ('[{"name": "a", "value": "s3cr3t", "domain": "evilzhihu.com"}]', "there are 1 of other sites"),
        ("d_c0=s3cr3t", "the log-in (z_c0) is missing"),
        ('[{"name": "z_c0", "value": "s3cr3t", "expires": 1000000000}]', "ran out on 2001-09-09"),
        ('[{"name": "z_c0", "value": "s3cr3t', "begins like JSON"),
        ('[{"name": "z_c0", "value": "s3cr3t\\r\\nX: y"}]', "a cookie cannot be used"),
        ('{"cookies": "s3cr3t"}', "missing"),
    ],
)
def test_what_cannot_be_used_is_told_without_a_value(text, told):
    with pytest.raises(BadSession) as found:
        read_cookies(text)
    assert told in str(found.value)
    assert "s3cr3t" not in str(found.value)
    assert found.value.__cause__ is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    with contextlib.suppress(BadSession):
        read_cookies(text)


NAMES = st.sampled_from(["name", "value", "domain", "expires", "cookies", "z_c0"])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda kind: st.lists(kind) | st.dictionaries(NAMES, kind),
    max_leaves=8,
)


@given(ANY)
@example([{"name": "z_c0", "value": "x", "expires": float("inf")}])
@example([{"name": "z_c0", "value": "x", "expires": -1e300}])
def test_no_json_breaks_the_reader(data):
    with contextlib.suppress(BadSession):
        read_cookies(json.dumps(data))
