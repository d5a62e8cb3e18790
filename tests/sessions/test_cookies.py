from __future__ import annotations

import copy
import json
import pickle
import time

import pytest
from scrapy import Request
from scrapy.http import Response

from zhihu_crawler.sessions import Cookies

URL = "https://www.zhihu.com/question/1"
HOUR = 3600


def jar(**values: str) -> Cookies:
    return Cookies([{"name": name, "value": value} for name, value in values.items()])


def header(cookies: Cookies, url: str = URL) -> str:
    request = Request(url)
    cookies.put_on(request)
    return (request.headers.get("Cookie") or b"").decode()


def answer(cookies: Cookies, *lines: str, url: str = URL) -> frozenset[str]:
    return cookies.take_from(Response(url, headers={"Set-Cookie": list(lines)}), Request(url))


def test_cookies_go_to_every_host_of_the_site():
    cookies = jar(z_c0="login", d_c0="device")
    for host in ("www.zhihu.com", "zhuanlan.zhihu.com", "api.zhihu.com", "zhihu.com"):
        assert header(cookies, f"https://{host}/p/1") == "z_c0=login; d_c0=device"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.zhihu.com/question/1",
        "https://www.zhihu.com:8443/question/1",
        "https://zhihu.com.example.org/",
        "https://evilzhihu.com/",
        "https://link.zhihu.com/?target=x",
        "https://pic1.zhimg.com/a.jpg",
        "http://127.0.0.1:8080/question/1",
        "https://user@example.org@www.zhihu.com.example.org/",
    ],
)
def test_cookies_go_nowhere_else(url):
    with pytest.raises(ValueError, match="do not go to"):
        header(jar(z_c0="login"), url)


def test_a_cookie_of_another_sessions_jar_is_replaced():
    request = Request(URL, headers={"Cookie": "z_c0=guest; x=1"})
    jar(z_c0="login").put_on(request)
    assert request.headers.getlist("Cookie") == [b"z_c0=login"]


def test_a_cookie_that_ran_out_is_not_sent_and_not_kept():
    old = {"name": "z_c0", "value": "old", "expires": time.time() - HOUR}
    cookies = Cookies([old, {"name": "d_c0", "value": "device", "expires": time.time() + HOUR}])
    assert header(cookies) == "d_c0=device"
    assert [cookie["name"] for cookie in cookies.dump()] == ["d_c0"]
    assert not cookies.has_login


def test_a_cookie_of_one_host_or_path_stays_there():
    cookies = Cookies(
        [
            {"name": "a", "value": "1", "domain": "www.zhihu.com"},
            {"name": "b", "value": "2", "path": "/api"},
        ]
    )
    assert header(cookies) == "a=1"
    assert header(cookies, "https://zhuanlan.zhihu.com/api/x") == "b=2"


def test_what_a_reply_sets_is_taken_and_only_lasting_cookies_are_news():
    cookies = jar(z_c0="login")
    assert answer(cookies, "KLBRSID=1; Path=/") == frozenset()
    assert answer(cookies, "z_c0=newer; Domain=.zhihu.com; Path=/; HttpOnly; Secure") == {"z_c0"}
    assert answer(cookies, "z_c0=newer; Domain=.zhihu.com; Path=/; HttpOnly; Secure") == frozenset()
    assert header(cookies) == "KLBRSID=1; z_c0=newer"


def test_the_site_may_take_the_login_away():
    cookies = jar(z_c0="login", d_c0="device")
    assert answer(cookies, "z_c0=; Domain=.zhihu.com; Path=/; Max-Age=0") == {"z_c0"}
    assert not cookies.has_login
    assert header(cookies) == "d_c0=device"


def test_a_reply_cannot_set_a_cookie_for_another_site():
    cookies = jar(z_c0="login")
    answer(cookies, "x=1; Domain=.example.org")
    assert cookies.names == {"z_c0"}


def test_all_of_a_cookie_survives_its_file():
    whole = {
        "name": "z_c0",
        "value": "2|1:0|x",
        "domain": ".zhihu.com",
        "path": "/",
        "expires": int(time.time()) + HOUR,
    }
    whole |= {"secure": True, "httpOnly": True}
    assert Cookies([whole]).dump() == [whole]
    assert Cookies(Cookies([whole]).dump()).dump() == [whole]


@pytest.mark.parametrize(
    "cookie",
    [
        {"name": "", "value": "1"},
        {"name": "a=b", "value": "1"},
        {"name": "a", "value": "1; b=2"},
        {"name": "a", "value": "1\r\nX-Evil: 1"},
        {"value": "1"},
    ],
)
def test_what_is_no_cookie_is_refused_without_its_value(cookie):
    with pytest.raises((KeyError, ValueError)) as told:
        Cookies([cookie])
    assert cookie["value"] not in str(told.value).replace("'value'", "")


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "%s".__mod__, lambda jar: repr([jar]), lambda jar: repr(vars(jar))]
)
def test_nothing_shows_a_value(show):
    assert "s3cr3t" not in show(jar(z_c0="s3cr3t"))


def test_cookies_are_neither_pickled_nor_written_as_json_nor_copied():
    cookies = jar(z_c0="s3cr3t")
    with pytest.raises(TypeError, match="secrets"):
        pickle.dumps(cookies)
    with pytest.raises(TypeError):
        json.dumps(cookies)
    assert copy.copy(cookies) is cookies
    assert copy.deepcopy(cookies) is cookies
