"""What is shown of a log-in page's code, on a page that shows and says what the test wants."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from playwright.async_api import Error

from tests.sessions.test_qr import LINK, picture, scan
from zhihu_crawler.commands import _qr
from zhihu_crawler.commands._qr import BOX, PLACES, QrCode
from zhihu_crawler.errors import BadSession

SCAN_INFO = "https://www.zhihu.com/api/v3/account/api/login/qrcode/abc/scan_info?x=1"
OTHER = "https://www.zhihu.com/account/scan/login/another"


class Element:
    """The first of what a selector finds: nothing without a picture or a text."""

    def __init__(self, png=None, text=None, error=None):
        self.png, self.text, self.error = png, text, error

    @property
    def first(self):
        return self

    async def count(self):
        return int(self.png is not None or self.text is not None)

    async def is_visible(self):
        return True

    async def inner_text(self, **_):
        return self.text

    async def screenshot(self, **_):
        if self.error:
            raise self.error
        return self.png


class Page:
    url = "https://www.zhihu.com/signin?next=%2F&secret=1"

    def __init__(self):
        self.places, self.box = Element(), Element()
        self.reloaded, self.is_gone, self.hear = 0, False, None

    def on(self, event, hear):
        assert event == "response"
        self.hear = hear

    def locator(self, selector):
        return {PLACES: self.places, BOX: self.box}[selector]

    def is_closed(self):
        return self.is_gone

    async def reload(self, wait_until):
        self.reloaded += 1


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def code(page):
    return QrCode(page)


def show(code):
    asyncio.run(code.show())


def hear(page, found, url=SCAN_INFO):
    async def json():
        if isinstance(found, Exception):
            raise found
        return found

    asyncio.run(page.hear(SimpleNamespace(url=url, json=json)))


def test_a_code_is_printed_once_and_a_new_one_anew(page, code, capsys):
    for link, shown in ((LINK, [LINK]), (LINK, []), (OTHER, [OTHER])):
        page.places = Element(picture(link))
        show(code)
        printed = capsys.readouterr().out
        assert (scan(printed, ground=0) if printed else []) == shown


@pytest.mark.parametrize("how", ["the page says so", "the site says so", "the site says so in a word"])
def test_a_code_that_has_expired_makes_way_for_a_new_one(page, code, capsys, how):
    page.places = Element(picture(LINK))
    show(code)
    if how == "the page says so":
        page.box = Element(text="二维码已过期")
    else:
        hear(page, {"status": "EXPIRED" if "word" in how else 2})
    show(code)
    assert page.reloaded == 1
    assert "has expired" in capsys.readouterr().err
    page.box = Element(text="打开知乎 App")
    show(code)
    assert page.reloaded == 1
    assert scan(capsys.readouterr().out, ground=0) == [LINK]


def test_that_it_was_scanned_is_told_once_and_then_there_is_no_hurry(page, code, capsys, monkeypatch):
    monkeypatch.setattr(_qr, "NO_CODE_SECONDS", 0.0)
    hear(page, {"status": 1})
    hear(page, {"status": 1})
    show(code)
    assert capsys.readouterr().err.count("was scanned") == 1


@pytest.mark.parametrize(
    ("found", "url"),
    [
        ({"status": 0}, SCAN_INFO),
        (["status"], SCAN_INFO),
        (ValueError("no JSON"), SCAN_INFO),
        (Error("the page went on"), SCAN_INFO),
        ({"status": 2}, "https://www.zhihu.com/api/v3/account/api/login/qrcode/abc/image"),
        ({"status": 2}, "https://www.zhihu.com/other/scan_info"),
    ],
)
def test_other_replies_say_nothing_of_the_code(page, code, capsys, found, url):
    hear(page, found, url)
    show(code)
    assert page.reloaded == 0
    assert capsys.readouterr().err == ""


def test_a_page_that_is_just_changing_is_looked_at_again(page, code, capsys):
    page.places = Element(b"", error=Error("not attached"))
    show(code)
    page.places = Element(picture(LINK))
    show(code)
    assert scan(capsys.readouterr().out, ground=0) == [LINK]


def test_a_page_that_was_closed_ends_it(page, code):
    page.places, page.is_gone = Element(b"", error=Error("closed")), True
    with pytest.raises(Error, match="closed"):
        show(code)


def test_a_page_that_shows_no_code_for_long_is_told_without_its_query(page, code, monkeypatch):
    show(code)  # a page that is still loading
    monkeypatch.setattr(_qr, "NO_CODE_SECONDS", 0.0)
    with pytest.raises(BadSession, match=r"it is at https://www\.zhihu\.com/signin\)") as caught:
        show(code)
    assert "secret" not in str(caught.value)
