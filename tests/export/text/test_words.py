"""No word of a text may be lost, in whatever markup it stands: what a browser shows is in every format."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.legal import legal
from zhihu_crawler.export.text.markdown import markdown_of
from zhihu_crawler.export.text.plain import plain_of

PIC = "https://pic1.zhimg.com/v2-1_r.jpg"
TAGS = [
    *("p", "div", "b", "i", "u", "code", "pre", "h2", "blockquote", "ul", "ol", "li", "span", "br", "hr", "sup"),
    *("table", "tbody", "tr", "td", "th", "caption", "figure", "figcaption", "embed", "wbr", "font", "dl", "dt", "dd"),
    *("a href='https://e.org/'", "a href='/x' class='RichContent-EntityWord'", "a class='video-box' data-lens-id='7'"),
    *("a data-draft-type='link-card' href='https://e.org/'", "a data-draft-type='x-card'", f"img src='{PIC}'"),
    *("img src='data:x' data-caption='猫'", f"img src='{PIC}' data-caption='猫'", "img alt='猫'"),
    *("sup data-numero='1' data-text='猫'", "sup data-draft-type='reference'", "img eeimg='1' alt='x^2'"),
]


def numbered(source: str) -> str:
    """Make every word another one."""
    number = itertools.count()
    return re.sub("猫", lambda _: f"猫{next(number)}犬", source)


SIGNS = st.text(st.sampled_from("猫猫a1 <<>&;!?/-=_*`|$#[](){}~\"'\\.é中\x00\x0b\ufffe\n"), max_size=8)
MARKUP = st.recursive(
    SIGNS,
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].split()[0]}>"
    ),
    max_leaves=12,
).map(numbered)
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def as_markdown(html: str) -> str:
    return READER.render(markdown_of(body_of(html)))


FORMATS = {
    "html": lambda html: html_of(body_of(html)),
    "epub": lambda html: html_of(body_of(html), xml=True, pictures=False),
    "markdown": as_markdown,
    "text": lambda html: plain_of(body_of(html)),
}


def seen(html: str) -> set[str]:
    """The words that a browser shows."""
    page = LexborHTMLParser(f"<!DOCTYPE html><body><div>{legal(html)}")
    page.strip_tags(["script", "style", "title", "noscript", "iframe", "object", "svg"], recursive=True)
    words = page.body.text() if page.body else ""
    captions = (img.attributes.get("data-caption") or "" for img in page.css("img") if not is_thumbnail(img))
    return set(re.findall("猫[0-9]+犬", " ".join([words, *captions])))


def is_thumbnail(img: LexborNode) -> bool:
    """Within a card or code the site shows no caption."""
    above = img.parent
    while above is not None and above.tag not in ("pre", "code", "a"):
        above = above.parent
    return above is not None


@pytest.mark.parametrize("format_", FORMATS)
@given(source=MARKUP)
def test_no_word_is_lost(format_: str, source: str):
    written = FORMATS[format_](source)
    assert {word for word in seen(source) if word not in written} == set(), written


FIGURE = f"<figure><img src='{PIC}' data-caption='{{}}'>{{}}</figure>"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("source", "times"),
    [
        (FIGURE.format("猫", "<figcaption>猫</figcaption>"), 1),
        (FIGURE.format("", "<figcaption>猫</figcaption><figcaption>猫</figcaption>"), 2),
        (FIGURE.format("犬", "<figcaption>猫</figcaption>"), 1),
        (FIGURE.format("猫", "<figcaption>犬</figcaption>"), 1),
        (FIGURE.format("", "猫<figcaption>猫</figcaption>猫"), 3),
        (FIGURE.format("", "<figcaption><b>猫</b><img eeimg='1' alt='x'>猫</figcaption>"), 2),
        ("<figure><img src='data:x' data-caption='猫'><figcaption>猫</figcaption></figure>", 1),
        ("<h2>一<a data-draft-type='x-card'>猫</a></h2>", 1),
        ("<a class='video-box' data-lens-id='7'>猫</a>", 1),
        ("<sup data-numero='1'>[1]猫</sup>", 1),
        ("<sup data-numero='1'>[1]<img src='data:x' data-caption='猫'></sup>", 1),
        (f"<table><img src='{PIC}' data-caption='猫'><tr><td>一</td></tr></table>", 1),
        ("<table>猫<tr><td>猫</td>猫</tr>猫<tr><td><table><tr><td>猫</td></tr></table></td></tr></table>", 5),
        ("<p>一<embed src='x'>猫</p>猫", 2),
        ("<!-->猫<!--->猫<!-- x --!>猫", 3),
        ("1<2猫 a< 猫 <中猫> <é猫> <_猫> <=猫 <<b>猫</b>", 7),
        ("1<2猫" + "<b>" * 3000 + "猫<中 3>2", 2),
        ("猫" + "<blockquote>" * 3000 + "猫", 2),
    ],
)
def test_every_word_is_shown_as_often_as_on_the_page(format_: str, source: str, times: int):
    written = re.sub(r'alt="[^"]*"', "", FORMATS[format_](source))
    assert written.count("猫") == times, written


def test_words_of_the_cells_of_an_odd_table_stay_apart():
    assert plain_of(body_of("<table>a<tr><td>b</td><td>c</td></tr></table>")).split() == ["a", "b", "c"]
