"""The log-in wall and the log-in, over a real line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from scrapy.settings import Settings

from tests.helpers.sandbox import running_sandbox
from tests.sandbox.test_server import ask
from zhihu_crawler.commands.sandbox import Command, read_login_rules
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.signin import QRCODE

FEED = "/api/v4/questions/24000001/feeds"
PAGE = "/question/24000001"


@pytest.fixture(scope="module")
def walled():
    with running_sandbox("--login", "required", "--session-renew", "1000") as running:
        yield running


def log_in(sandbox, account=1):
    return next(c["value"] for c in sandbox.json(f"/sandbox/login/{account}")["cookies"] if c["name"] == "z_c0")


def status(sandbox, path, z_c0=None, **headers):
    reply = ask(sandbox, path, **({"Cookie": f"z_c0={z_c0}"} if z_c0 else {}), **headers)
    code = json.loads(reply[2])["error"]["code"] if reply[0] >= 400 else None
    return reply[0], code


def test_without_a_session_there_is_a_wall(walled):
    reply = ask(walled, PAGE)
    assert (reply[0], reply[1]["Location"]) == (302, "https://www.zhihu.com/signin?next=/question/24000001")
    assert status(walled, FEED) == (403, 40353)
    assert status(walled, "/api/v4/me") == (401, 100)
    for path in ("/robots.txt", "/signin", "/account/unhuman"):
        assert ask(walled, path)[0] == 200


def test_with_a_session_there_is_none(walled):
    z_c0 = log_in(walled, 7)
    assert (status(walled, PAGE, z_c0), status(walled, FEED, z_c0)) == ((200, None), (200, None))
    assert json.loads(ask(walled, "/api/v4/me", Cookie=f"z_c0={z_c0}")[2])["url_token"] == "shili-t-7"


def test_a_session_that_was_ended_is_not_known(walled):
    z_c0 = log_in(walled, 8)
    assert walled.json("/sandbox/expire/8") == {"expired": 1}
    assert status(walled, FEED, z_c0) == (401, 100)
    assert status(walled, "/api/v4/me", z_c0) == (401, 100)
    assert ask(walled, PAGE, Cookie=f"z_c0={z_c0}")[0] == 302
    assert z_c0 not in walled.fetch("/sandbox/accounts").decode()


@pytest.mark.parametrize("path", ["/sandbox/login/0", "/sandbox/login/x", "/sandbox/login", "/sandbox/expire/99999999"])
def test_what_is_no_account_is_told(walled, path):
    assert ask(walled, path)[0] == 404


def test_where_a_session_is_optional_guests_may_read():
    with running_sandbox("--login", "optional", "--session-limit", "2:1", "--session-requests", "5") as sandbox:
        assert status(sandbox, PAGE) == (200, None)
        assert status(sandbox, FEED, "made-up") == (401, 100)
        assert ask(sandbox, PAGE, Cookie="z_c0=made-up")[0] == 200
        z_c0 = log_in(sandbox)
        good, limited, over = (200, None), (403, 40362), (401, 100)
        assert [status(sandbox, FEED, z_c0) for _ in range(6)] == [good, good, limited, good, good, over]
        assert status(sandbox, "/api/v4/me", log_in(sandbox)) == good


def test_a_new_login_cookie_is_given_now_and_then():
    with running_sandbox("--session-renew", "2") as sandbox:
        assert ask(sandbox, "/api/v4/me", Cookie="z_c0=x")[1].get("Set-Cookie") is None
        assert ask(sandbox, FEED, Cookie="z_c0=x")[1].get("Set-Cookie") is None
        given = ask(sandbox, FEED, Cookie="z_c0=x")[1]["Set-Cookie"]
        assert given.startswith("z_c0=2|1:0|10:1790000000|4:z_c0|80:")
        assert given.endswith("; Path=/; Max-Age=15552000; Domain=.zhihu.com; Secure; HttpOnly")


class Browser:
    """Asks the sandbox by its own address, as a browser does."""

    def __init__(self, sandbox):
        self.netloc = urlsplit(sandbox.origin).netloc

    def ask(self, path, method="GET"):
        line = HTTPConnection(self.netloc, timeout=20)
        try:
            line.request(method, path)
            reply = line.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            line.close()

    def json(self, path, method="GET"):
        return json.loads(self.ask(path, method)[2])


def test_a_browser_logs_in_by_a_code_that_a_phone_can_read(walled):
    browser = Browser(walled)
    code = browser.json(QRCODE, "POST")
    assert browser.json(f"{QRCODE}/{code['token']}/scan_info") == {"status": 0}
    image = Image.open(BytesIO(browser.ask(f"{QRCODE}/{code['token']}/image")[2]))
    assert zxingcpp.read_barcode(image).text == code["link"]
    assert code["link"] == f"{walled.origin}/sandbox/scan/{code['token']}"
    assert browser.ask(f"/sandbox/scan/{code['token']}?account=9&step=scan")[0] == 200
    assert browser.json(f"{QRCODE}/{code['token']}/scan_info") == {"status": 1}
    assert browser.ask(f"/sandbox/scan/{code['token']}?account=9")[0] == 200
    _, headers, body = browser.ask(f"{QRCODE}/{code['token']}/scan_info")
    assert json.loads(body)["user_id"] == "shili-t-9"
    assert headers["Set-Cookie"].startswith("z_c0=")
    assert headers["Set-Cookie"].endswith("; Path=/; Max-Age=15552000; HttpOnly")
    assert browser.ask(f"/sandbox/scan/{code['token']}")[0] == 410


def test_a_browser_stays_in_the_sandbox(walled):
    status, headers, _ = Browser(walled).ask(PAGE)
    assert (status, headers["Location"]) == (302, "/signin?next=/question/24000001")
    assert Browser(walled).ask("/signin")[1]["Set-Cookie"].startswith("d_c0=")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--session-requests", "0"),
        ("--session-renew", "x"),
        ("--session-limit", "5"),
        ("--session-rate", "0:1"),
        ("--qr-seconds", "soon"),
    ],
)
def test_an_option_that_cannot_be_used_is_told(option, value):
    command, parser = Command(), ArgumentParser()
    command.settings = Settings()
    command.add_options(parser)
    with pytest.raises(BadSetting, match=option):
        read_login_rules(parser.parse_args([option, value]))
