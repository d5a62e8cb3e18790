"""What the sandbox wants of browsers; that a real one passes is tested with the crawls."""

from __future__ import annotations

import json
import re

import pytest

from tests.helpers.sandbox import running_sandbox
from tests.sandbox.test_server import ask

FEED, PAGE = "/api/v4/questions/24000001/feeds", "/question/24000001"


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("--challenge", "--signature") as running:
        yield running


def test_a_plain_client_gets_the_challenge(sandbox):
    status, _, page = ask(sandbox, PAGE, **{"User-Agent": "a"})
    assert (status, b'id="zh-zse-ck"' in page, b"js-initialData" in page) == (403, True, False)
    status, _, body = ask(sandbox, FEED)
    assert (status, json.loads(body)["error"]["code"]) == (403, 40362)
    for path in ("/robots.txt", "/signin", "/static/zse-ck.js"):
        assert ask(sandbox, path)[0] == 200


def cookie(sandbox, agent):
    """What the page's script sets."""
    page = ask(sandbox, PAGE, **{"User-Agent": agent})[2].decode()
    return f"__zse_ck={re.search('content=.([0-9a-f]{32})', page)[1][::-1]}"


def test_the_cookie_that_the_script_sets_is_good_for_its_user_agent(sandbox):
    passed = ask(sandbox, PAGE, **{"User-Agent": "a", "Cookie": cookie(sandbox, "a")})
    assert passed[0] == 200
    assert ask(sandbox, PAGE, **{"User-Agent": "b", "Cookie": cookie(sandbox, "a")})[0] == 403


def test_listings_want_what_their_pages_script_sends(sandbox):
    known = {"User-Agent": "a", "Cookie": cookie(sandbox, "a")}
    status, _, body = ask(sandbox, FEED, **known)
    assert (status, json.loads(body)["error"]["code"]) == (403, 10003)
    key = re.search(r'data-key="(\w+)"', ask(sandbox, PAGE, **known)[2].decode())[1]
    assert ask(sandbox, FEED, **known, **{"x-zse-96": f"2.0_{key}"})[0] == 200
    assert ask(sandbox, FEED, **known, **{"x-zse-96": "2.0_"})[0] == 403
    assert ask(sandbox, "/api/v4/topics/19550001", **known)[0] == 200  # no listing


def test_a_script_that_is_none_is_not_found(sandbox):
    assert ask(sandbox, "/static/else.js")[0] == 404
