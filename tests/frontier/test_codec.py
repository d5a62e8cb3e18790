from __future__ import annotations

import contextlib
import datetime as dt
import pickle

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest

from zhihu_crawler.frontier.codec import (
    LEASE,
    PUT_ASIDE,
    UnreadableError,
    UnserialisableError,
    callbacks_of,
    decode,
    encode,
)


class Base(Spider):
    name = "base"

    def parse_base(self, response):
        """Inherited callbacks are the spider's own too."""


class Example(Base):
    name = "example"

    def parse_page(self, response):
        """A callback."""

    def failed(self, failure):
        """An errback."""


SPIDER = Example()
URL = "https://www.zhihu.com/question/1?a=b#c"


def parts(request):
    return {name: getattr(request, name) for name in type(request).attributes} | {"class": type(request)}


@pytest.mark.parametrize(
    "request_",
    [
        Request(URL),
        Request(URL, callback=SPIDER.parse_page, errback=SPIDER.failed),
        Request(URL, callback=SPIDER.parse_base, cb_kwargs={"walk": {"got": 3, "total": None}, "id_": "问题"}),
        Request(URL, callback=SPIDER.parse, priority=-7, dont_filter=True, meta={"depth": 3, "tags": ["a"]}),
        Request(URL, method="POST", body=b"\x00\xff", headers={"X-A": ["1", "2"], "Cookie": b"\xe4=\xb8"}),
        Request(URL, cookies={"d_c0": "x"}, flags=["a"], encoding="gb18030"),
        Request(URL, cookies=[{"name": "a", "value": "b", "domain": ".zhihu.com"}]),
        FormRequest(URL, formdata={"q": "一"}),
        JsonRequest(URL, data={"q": "一"}),
    ],
    ids=repr,
)
def test_a_request_comes_back_as_it_was(request_):
    assert parts(decode(encode(request_, SPIDER), SPIDER)) == parts(request_)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**63), 2**63)
            | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_plain_values_come_back_whatever_they_are(values):
    values.pop(LEASE, None)
    values.pop(PUT_ASIDE, None)
    back = decode(encode(Request(URL, meta=values, cb_kwargs=values), SPIDER), SPIDER)
    assert (back.meta, back.cb_kwargs) == (values, values)


def test_what_is_at_its_default_does_not_travel():
    assert orjson.loads(encode(Request(URL, callback=SPIDER.parse_page), SPIDER)) == {
        "v": 1,
        "u": URL,
        "c": "parse_page",
    }


def test_what_is_this_workers_own_does_not_travel():
    request = Request(URL, meta={LEASE: ">7", PUT_ASIDE: "why", "depth": 1})
    assert orjson.loads(encode(request, SPIDER))["m"] == {"depth": 1}


def test_headers_that_middlewares_set_stay_behind():
    request = Request(URL, headers={"X-Mine": "1", "Cookie": "z_c0=secret", "User-Agent": "a"})
    assert decode(encode(request, SPIDER, {b"X-Mine"}), SPIDER).headers == {b"X-Mine": [b"1"]}
    assert b"secret" not in encode(request, SPIDER, frozenset())


def test_an_errback_that_is_watched_travels_as_what_it_wraps():
    class Watched:
        wrapped = staticmethod(SPIDER.failed)

        def __call__(self, failure):
            """Called by Scrapy."""

    back = decode(encode(Request(URL, errback=Watched()), SPIDER), SPIDER)
    assert back.errback == SPIDER.failed


class OtherRequest(Request):
    """Of somebody's own."""


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request(URL, callback=lambda response: None), "is no method of the spider 'example'"),
        (Request(URL, callback=print), "is no method"),
        (Request(URL, callback=Example().parse_page), "is no method"),
        (Request(URL, errback=SPIDER.closed if hasattr(SPIDER, "closed") else SPIDER.start), "is no method"),
        (Request(URL, meta={"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}), r"meta\['at'\] \(datetime"),
        (Request(URL, meta={"kinds": {1, 2}}), r"meta\['kinds'\] \(\{1, 2\}\)"),
        (Request(URL, cb_kwargs={"spider": SPIDER}), r"cb_kwargs\['spider'\]"),
        (Request(URL, meta={"n": 2**64}), r"meta\['n'\]"),
        (Request(URL, meta={"text": "\ud800"}), r"meta\['text'\]"),
        (OtherRequest(URL), "requests of the class OtherRequest do not travel"),
    ],
    ids=str,
)
def test_what_cannot_travel_is_told_by_its_part(request_, told):
    with pytest.raises(UnserialisableError, match=told):
        encode(request_, SPIDER)


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[1]", "its version is None, this worker reads 1"),
        (b"{}", "its version is None"),
        (b'{"v":2,"u":"https://a.example"}', "its version is 2, this worker reads 1"),
        (b'{"v":1}', "it makes no request"),
        (b'{"v":1,"u":""}', "it makes no request"),
        (b'{"v":1,"u":7}', "it makes no request"),
        (b'{"v":1,"u":"no scheme"}', "it makes no request"),
        (b'{"v":1,"u":"https://a.example","p":"high"}', "it makes no request"),
        (b'{"v":1,"u":"https://a.example","b":"*"}', "it makes no request"),
        (b'{"v":1,"u":"https://a.example","c":"parse_gone"}', "its callback 'parse_gone' is no method"),
        (b'{"v":1,"u":"https://a.example","c":"__init__"}', "is no method"),
        (b'{"v":1,"u":"https://a.example","c":"from_crawler"}', "is no method"),
        (b'{"v":1,"u":"https://a.example","c":"name"}', "is no method"),
        (b'{"v":1,"u":"https://a.example","c":["parse"]}', "it makes no request"),
        (b'{"v":1,"u":"https://a.example","h":["a"]}', "it makes no request"),
        (b'{"v":1,"u":"https://a.example","e":"crawler"}', "is no method"),
        (b'{"v":1,"u":"https://a.example","t":"os.system"}', "its class 'os.system' is unknown"),
        (pickle.dumps({"url": URL}), "it is no JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(payload, told):
    with pytest.raises(UnreadableError, match=told):
        decode(payload, SPIDER)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_read_or_refused(payload):
    with contextlib.suppress(UnreadableError):
        assert isinstance(decode(payload, SPIDER), Request)


def test_the_methods_of_scrapys_own_base_are_no_callbacks():
    assert callbacks_of(SPIDER) == {"parse", "parse_base", "parse_page", "failed"}
