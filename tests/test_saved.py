from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from zhihu_crawler.saved import SavedPage, is_of_the_site, parse_saved, unpacked

URL = "https://www.zhihu.com/question/1"
PAGE = f"""<!doctype html><html><head></head><body><div class="QuestionPage"><meta itemprop="url" content="{URL}">
<meta itemprop="name" content="为什么？"></div></body></html>"""


def mhtml(page: str = PAGE, *, url: str = URL, encoding: str = "quoted-printable") -> bytes:
    """A web page in one file, as a browser saves it."""
    whole = EmailMessage()
    whole["From"] = "<Saved by Blink>"
    whole["Snapshot-Content-Location"] = url
    whole["Subject"] = "为什么？ - 知乎"
    whole["Date"] = "Wed, 2 Mar 2016 12:30:00 +0800"
    whole["MIME-Version"] = "1.0"
    whole.set_content(page, subtype="html", cte=encoding)
    whole.make_related()
    whole.add_related(b"\x89PNG", "image", "png", filename="1.png")
    return whole.as_bytes()


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_a_page_is_read_out_of_a_web_page_in_one_file(encoding: str):
    [question] = parse_saved(SavedPage("page.mhtml", mhtml(encoding=encoding))).items
    assert (question.id, question.url) == ("1", URL)
    assert getattr(question, "title", None) == "为什么？"


def test_its_head_tells_where_and_when():
    page = unpacked(SavedPage("page.mhtml", mhtml()))
    assert (page.url, page.captured_at) == (URL, datetime(2016, 3, 2, 4, 30, tzinfo=UTC))


def test_what_the_user_says_counts_more():
    told = SavedPage("page.mhtml", mhtml(), "https://www.zhihu.com/question/2", datetime(2020, 1, 1, tzinfo=UTC))
    page = unpacked(told)
    assert (page.url, page.captured_at) == (told.url, told.captured_at)


@pytest.mark.parametrize("cut", range(0, 900, 37))
def test_such_a_file_cut_anywhere_is_no_crash(cut: int):
    assert unpacked(SavedPage("page.mhtml", mhtml()[:cut])).name == "page.mhtml"


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Mar 2016 12:30:00 +0800", "Wed, 2 Mar 2016 12:30:00 -0000"])
def test_an_odd_date_is_none(date: str):
    body = mhtml().replace(b"Wed, 02 Mar 2016 12:30:00 +0800", date.encode())
    assert date.encode() in body
    assert unpacked(SavedPage("page.mhtml", body)).captured_at is None


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- saved from url=(0032)https://www.zhihu.com/question/1 -->",
        "<!--\n Page saved with SingleFile \n url: https://www.zhihu.com/question/1 \n saved date: Wed Mar 2\n-->",
    ],
)
def test_the_address_that_was_left_in_a_page_is_its_own(comment: str):
    assert unpacked(SavedPage("page.html", f"{comment}\n{PAGE}".encode())).url == URL
    assert unpacked(SavedPage("page.html", f"{comment}\n{PAGE}".encode(), "https://a.b")).url == "https://a.b"


def test_an_ampersand_in_it_is_read():
    body = b"<!-- saved from url=(0044)https://www.zhihu.com/question/1?a=1&amp;page=2 -->" + PAGE.encode()
    assert unpacked(SavedPage("page.html", body)).url == f"{URL}?a=1&page=2"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://www.zhihu.com/hot", True),
        ("http://zhihu.com", True),
        (" https://news-at.zhihu.com/api/4 ", True),
        ("https://zhihu.com.example.com/", False),
        ("https://notzhihu.com/", False),
        ("ftp://zhihu.com/", False),
        ("zhihu.com", False),
        ("", False),
    ],
)
def test_an_address_of_the_site(url: str, ours: bool):
    assert is_of_the_site(url) == ours
