from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.maths import math_element

TEX = '<img eeimg="1" src="https://www.zhihu.com/equation?tex=x%5E2" alt="x^2"/>'
PIC = "https://pic1.zhimg.com/v2-1_r.jpg"
FLOW = {"p", "h1", "h2", "h3", "blockquote", "ul", "ol", "pre", "figure", "table", "hr"}


def html(source: str, **options: bool) -> str:
    return html_of(body_of(source), **options)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("一<br><br>二", "<p>一</p>\n<p>二</p>"),
        ("<b>重</b>点<br>二", "<p><strong>重</strong>点<br>二</p>"),
        ('<pre lang="language-c">a&lt;b</pre>', '<pre><code class="language-c">a&lt;b\n</code></pre>'),
        (
            f'<img src="{PIC}" data-caption="说">',
            f'<figure><img src="{PIC}" alt="说"><figcaption>说</figcaption></figure>',
        ),
        ("<ul><li>一<p>二</p></li></ul>", "<ul><li><p>一</p><p>二</p></li></ul>"),
        ("<p><ul><li>一</li></ul>二</p>", "<ul><li>一</li></ul>\n<p>二</p>"),
        ("<table>一<tr><td>二</td></tr></table>", "<p>一</p>\n<p>二</p>"),
        (
            "<table><tr><td>一<table><tr><td>二</td></tr></table></td></tr></table>",
            "<table><tr><td>一<br>二</td></tr></table>",
        ),
        ("<textarea>一", "<p>一</p>"),
        ("<b>一<blockquote>二</blockquote>三</b>", None),
        ("<a href='/x'><p>一</p></a>", '<p><a href="https://www.zhihu.com/x">一</a></p>'),
    ],
)
def test_html_is_blocks_of_text(source: str, shown: str | None):
    expected = shown or "<p><strong>一</strong></p>\n<blockquote><p>二</p></blockquote>\n<p><strong>三</strong></p>"
    assert html(source) == expected


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        f"<img src='{PIC}' onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<a href='https://e.org/' onclick='alert(1)' style='x'>x</a>",
        "<style>*{}</style><link rel=stylesheet href=//x>",
        "<base href=//x><form action=//x><input>",
        "<math><mi><script>alert(1)</script></mi></math>",
        r'<span class="ztext-math" data-tex="\text{<script>alert(1)</script>}"></span>',
        r'<span class="ztext-math" data-tex="\href{javascript:alert(1)}{x}"></span>',
        "<pre><code class='language-x\" onclick=\"alert(1)'>x</code></pre>",
        "<sup data-numero='1' data-text='<script>alert(1)</script>' data-url='javascript:alert(1)'>[1]</sup>",
        f"<img src='{PIC}' data-caption='<script>alert(1)</script>'>",
    ],
)
def test_nothing_runs(attack: str):
    root = etree.fromstring(f"<div>{html(attack, xml=True)}</div>")
    names = {etree.QName(one).localname for one in root.iter()}
    assert not names & {"script", "style", "svg", "form", "base", "input", "link", "iframe"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            assert not (name == "href" and "script:" in value)


def test_formulas_are_mathml_with_their_tex_within():
    shown = html(f"<p>设 {TEX} 为</p><p>{TEX}</p>")
    assert shown.count("<math") == 2
    assert '<math display="inline">' in shown
    assert '<math display="block">' in shown
    assert shown.count('<annotation encoding="application/x-tex">x^2</annotation>') == 2
    assert "</math> 为" in shown


@pytest.mark.parametrize("tex", [r"\frac{", r"\nosuchcommand x", "x" * 6000, "{" * 300 + "}" * 300, r"\ce{H2O}"])
def test_a_formula_beyond_the_converter_is_shown_as_its_tex(tex: str):
    element = math_element(tex, display=False)
    assert (element.tag, element.text) == ("code", tex)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30))
def test_any_formula_is_survived(tex: str):
    assert math_element(tex, display=True).tag in ("math", "code")


def test_references_are_a_list_at_the_end():
    shown = html("一<sup data-numero='1' data-text='书' data-url='https://e.org/'>[1]</sup>")
    assert shown.startswith('<p>一<sup class="reference"><a href="#ref-1">[1]</a></sup></p>')
    assert '<li id="ref-1">书 <a href="https://e.org/">https://e.org/</a></li>' in shown


def test_a_reference_that_holds_more_than_its_number_keeps_it():
    shown = html("<sup data-numero='1' data-text='书'>一</sup>")
    assert shown.startswith('<p><sup class="reference"><a href="#ref-1">[1]</a></sup>一</p>')


def test_in_a_book_pictures_are_links():
    shown = html(
        f'<img src="{PIC}" data-caption="说"><table><tr><td><img src="{PIC}"></td></tr></table>', pictures=False
    )
    assert "<img" not in shown
    assert f'<figure><a href="{PIC}">[图片：说]</a></figure>' in shown
    assert f'<td><a href="{PIC}">[图片]</a></td>' in shown


MARKUP = st.recursive(
    st.text(st.sampled_from("ab <&>\"'\x00\x01\x0b\ufffe\n猫"), max_size=8),
    lambda inner: st.tuples(
        st.sampled_from(
            [
                *(
                    "p",
                    "b",
                    "a href='https://e.org/'",
                    "ul",
                    "li",
                    "table",
                    "td",
                    "tr",
                    "blockquote",
                    "pre",
                    "code",
                    "h2",
                ),
                *("figure", "span", "sup data-numero='1' data-text='x'", "div", "br", f"img src='{PIC}'", "ol"),
                "figcaption",
            ]
        ),
        st.lists(inner, max_size=4),
    ).map(lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].split()[0]}>"),
    max_leaves=12,
)


@given(MARKUP)
def test_any_markup_gives_sound_xml_with_blocks_where_blocks_may_be(source: str):
    root = ET.fromstring(f"<div>{html(source, xml=True)}</div>")
    for parent in root.iter():
        inner = {child.tag for child in parent}
        if parent.tag in ("p", "h2", "strong", "a", "td", "code", "pre", "figcaption"):
            assert not inner & FLOW, parent.tag
        if parent.tag in ("ul", "ol"):
            assert inner == {"li"}
        if parent.tag in ("div", "blockquote"):
            assert inner <= FLOW | {"section"}
            assert not (parent.text or "").strip()


@pytest.mark.parametrize("sign", ["\x00", "\x01", "&#1;", "&#x0b;", "&#xfffe;", "&#0;", "\ufffe", "\x1b[0m"])
def test_what_no_xml_can_hold_does_no_harm(sign: str):
    ET.fromstring(f"<div>{html('a' + sign + 'b<code>' + sign + '</code>', xml=True)}</div>")
    in_a_formula = '<span data-tex="' + sign + 'x">y</span>'
    ET.fromstring(f"<div>{html(in_a_formula, xml=True)}</div>")
