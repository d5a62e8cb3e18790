"""Odd markup, in Markdown: every sign and word is shown as it stands."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from tests.export.text.test_markdown import WITHIN, md
from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.markdown import escaped, link, markdown_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("1. 一", r"1\. 一"),
        ("# 一", r"\# 一"),
        ("- 一", r"\- 一"),
        ("&gt; 一", r"\> 一"),
        ("x<br># 一", "x  \n\\# 一"),
        ("---", r"\---"),
        ("a*b*c", r"a\*b\*c"),
        ("snake_case_name", "snake_case_name"),
        ("_强调_", r"\_强调\_"),
        ("10~20和30~40", r"10\~20和30\~40"),
        ("&lt;b&gt;x&lt;/b&gt;", r"\<b>x\</b>"),
        ("3 &lt; 4", "3 < 4"),
        ("&amp;lt;", r"\&lt;"),
        ("[a](b)", r"[a\](b)"),
        ("[图片]", "[图片]"),
        ("[^1]", r"\[^1]"),
        (r"C:\x", r"C:\\x"),
        ("`x`", r"\`x\`"),
        ("1.5 倍", "1.5 倍"),
    ],
)
def test_signs_are_shown_as_they_stand(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>好",
        "<p onclick='x()'>好</p>",
        "<lt;b>好</lt;b>",
        "<iframe src='x'></iframe>好",
        "<a href=''>好</a>",
        "<p>好",
        "</p></div>好",
        "<!-- x -->好",
        "<a name='x'></a>好",
        "<object>x</object><p>好</p>",
    ],
)
def test_odd_markup_gives_its_words(html: str):
    assert md(html) == "好"


def test_markup_of_any_depth_is_survived():
    assert "好" in md("<blockquote>" * 3000 + "好" + "</blockquote>" * 3000)
    assert "好" in md("<b><ul><li>" * 200 + "好")
    assert "好" in md("<table><tr><td>" * 200 + "好")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_survived(text: str):
    md(text)
    md(f"<p>{text}</p>")
    assert "\n" not in escaped(text)


PIECES = st.text(st.sampled_from("猫a 1.-#*_~`$<>&[]()!|\\\\+=:。「」\n"), max_size=8).map(escape)


INLINE = st.recursive(
    PIECES,
    lambda inner: st.tuples(
        st.sampled_from(["b", "i", "a href='https://e.org/'", "code", "u"]), st.lists(inner, max_size=3)
    ).map(lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].split()[0]}>"),
    max_leaves=5,
)


BLOCKS = st.tuples(st.sampled_from(["p", "li", "blockquote", "h2", "td"]), st.lists(INLINE, max_size=4)).map(
    lambda made: WITHIN.get(made[0], "{}").format(f"<{made[0]}>{''.join(made[1])}</{made[0]}>")
)


READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown(html: str) -> str:
    """The words of a text as it is shown, without white space and the signs of formulas."""
    root = etree.fromstring(f"<html><body><div>{html}</div></body></html>", etree.HTMLParser())
    return "".join("".join(root.itertext()).split())


@given(st.lists(BLOCKS, max_size=4).map("".join))
def test_commonmark_shows_the_words_that_html_shows(html: str):
    body = body_of(html)
    assert shown(READER.render(markdown_of(body))) == shown(html_of(body))


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("李白", None, "李白"),
        ("a[b]", "https://e.org/x y", r"[a\[b\]](https://e.org/x%20y)"),
        ("*x*", None, r"\*x\*"),
    ],
)
def test_a_plain_text_is_linked(text: str, href: str | None, shown: str):
    assert link(text, href) == shown
