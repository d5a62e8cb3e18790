"""Pages that nobody can read are kept without secrets, and not too many of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.helpers.leaks import Searcher
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError, SiteError
from zhihu_crawler.extensions import unknown
from zhihu_crawler.extensions._scrub import scrub
from zhihu_crawler.extensions.unknown import KeepUnknown
from zhihu_crawler.signals import page_unread

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

SECRET = "2|1:0|10:1790000000|4:z_c0|80:c2VjcmV0LXRpY2tldA==|0123456789abcdef"
PAGE = b"<!doctype html><html><head><title>new</title></head><body class='Anew'>text</body></html>"


@pytest.fixture
def crawler(tmp_path: Path) -> Crawler:
    keep_sessions(tmp_path / "sessions", make_session("a", z_c0=SECRET))
    given = {"ZHIHU_ORIGIN": "http://127.0.0.1:1", "ZHIHU_SESSION_DIR": str(tmp_path / "sessions")}
    return get_crawler(settings_dict=given | {"ZHIHU_UNKNOWN_DIR": str(tmp_path / "odd"), "ZHIHU_UNKNOWN_MOST": 3})


def tell(crawler: Crawler, number: int = 1, body: bytes = PAGE, error: Any = None, query: str = "") -> None:
    reply = Response(f"https://www.zhihu.com/question/{number}{query}", body=body)
    crawler.signals.send_catch_log(page_unread, response=reply, error=error or LayoutUnknownError("nothing is known"))


def kept(tmp_path: Path) -> list[tuple[bytes, dict[str, Any]]]:
    metas = sorted((tmp_path / "odd").glob("*.meta.json"))
    pages = [next(path for path in meta.parent.glob(f"{meta.name[:-10]}.*") if path != meta) for meta in metas]
    return [(page.read_bytes(), json.loads(meta.read_bytes())) for page, meta in zip(pages, metas, strict=True)]


def test_a_page_is_kept_as_it_came_with_what_is_known_of_it(crawler: Crawler, tmp_path: Path):
    extension = KeepUnknown.from_crawler(crawler)
    tell(crawler)
    [(body, meta)] = kept(tmp_path)
    assert body == PAGE
    assert (meta["url"], meta["status"]) == ("https://www.zhihu.com/question/1", 200)
    assert (meta["signal"], meta["error"]) == ("layoutunknown", "nothing is known")
    assert (tmp_path / "odd").stat().st_mode & 0o777 == 0o700
    assert crawler.stats.get_value("zhihu/unknown/kept") == 1
    assert extension is not None


def test_tries_of_one_address_are_kept_once_and_an_error_of_the_site_too(crawler: Crawler, tmp_path: Path):
    _ = KeepUnknown.from_crawler(crawler)
    for _try in range(3):
        tell(crawler)
    tell(crawler, 2, b'{"error": {"code": 7}}', SiteError("code 7", code=7))
    assert [meta["url"][-1] for _, meta in kept(tmp_path)] in (["1", "2"], ["2", "1"])
    assert len(list((tmp_path / "odd").glob("*.json"))) == 3  # the reply itself is one


def test_a_page_that_was_cut_on_the_way_is_nothing_new(crawler: Crawler, tmp_path: Path):
    _ = KeepUnknown.from_crawler(crawler)
    tell(crawler, error=DamagedPageError("cut"))
    assert not (tmp_path / "odd").exists()


def test_no_more_are_kept_than_are_wanted_those_of_earlier_crawls_counted(
    crawler: Crawler, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    first = KeepUnknown.from_crawler(crawler)
    tell(crawler, 1)
    tell(crawler, 2)
    crawler.signals.disconnect_all(page_unread)
    second = KeepUnknown.from_crawler(crawler)
    for number in range(3, 9):
        tell(crawler, number)
    assert len(kept(tmp_path)) == 3
    assert caplog.text.count("holds 3 pages of an unknown layout already") == 1
    assert first is not second


def test_a_page_without_end_is_cut(crawler: Crawler, tmp_path: Path):
    _ = KeepUnknown.from_crawler(crawler)
    tell(crawler, body=PAGE + b"x" * (unknown.MOST_BYTES + 5))
    assert len(kept(tmp_path)[0][0]) == unknown.MOST_BYTES


def test_a_disk_that_takes_nothing_costs_the_crawl_nothing(
    crawler: Crawler, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "odd").write_text("a file")
    _ = KeepUnknown.from_crawler(crawler)
    tell(crawler, 1)
    tell(crawler, 2)
    assert caplog.text.count("cannot be kept in") == 1


def test_none_are_kept_where_none_are_wanted():
    with pytest.raises(NotConfigured, match="ZHIHU_UNKNOWN_MOST"):
        KeepUnknown.from_crawler(get_crawler(settings_dict={"ZHIHU_UNKNOWN_MOST": 0}))


SPOTS = [
    f'{{"cookie": {json.dumps(SECRET)}}}',
    f"<script>document.cookie = 'z_c0={SECRET}'</script>",
    f"<a href='/x?next={SECRET.replace('|', '%7C').replace(':', '%3A').replace('=', '%3D')}'>",
    f'{{"any": "{SECRET}"}}',
]


@pytest.mark.parametrize("spot", SPOTS)
def test_no_secret_of_a_session_is_in_what_is_kept(crawler: Crawler, tmp_path: Path, spot: str):
    _ = KeepUnknown.from_crawler(crawler)
    tell(crawler, body=PAGE + spot.encode(), query=f"?session_token={SECRET}", error=LayoutUnknownError(spot))
    files = list((tmp_path / "odd").iterdir())
    assert len(files) == 2
    searcher = Searcher({"z_c0": SECRET})
    assert [searcher.search(file.read_bytes(), file.name) for file in files] == [set(), set()]


@pytest.mark.parametrize(
    ("page", "scrubbed"),
    [
        (b'{"xsrf":"abc-123","id":"1"}', b'{"xsrf":"[removed]","id":"1"}'),
        (b'{"access_token": "x.y"}', b'{"access_token": "[removed]"}'),
        (b"{&quot;xsrf&quot;:&quot;abc&quot;}", b"{&quot;xsrf&quot;:&quot;[removed]&quot;}"),
        (b'<input name="_xsrf" type="hidden" value="abc"/>', b'<input name="_xsrf" type="hidden" value="[removed]"/>'),
        (b"/account/unhuman?type=S6E3V1&session=823d81ea", b"/account/unhuman?type=S6E3V1&session=[removed]"),
        (b"Cookie: d_c0=AAD|1; z_c0=2|1:0", b"Cookie: d_c0=[removed]; z_c0=[removed]"),
        (b'<meta id="zh-zse-ck" content="tr95/+">', b'<meta id="zh-zse-ck" content="[removed]">'),
        (b'{"currentUser":"li-bai","phoneNo":"1","email":"a@b.c"}', None),
        (b'{"urlToken":"li-bai","url_token":"li-bai"}', b'{"urlToken":"li-bai","url_token":"li-bai"}'),
        (b"<p>the token of our esteem = great</p>", b"<p>the token of our esteem = great</p>"),
    ],
)
def test_what_is_named_like_a_secret_is_taken_out_and_nothing_else(page: bytes, scrubbed: bytes | None):
    found = scrub(page)
    assert found == (scrubbed or b'{"currentUser":"[removed]","phoneNo":"[removed]","email":"[removed]"}')
    assert scrub(found) == found


def test_a_short_secret_does_not_tear_a_page_apart():
    assert scrub(b"<p>a1</p>", ["a1", ""]) == b"<p>a1</p>"
