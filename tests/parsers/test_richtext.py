from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from zhihu_crawler.parsers import richtext
from zhihu_crawler.parsers.retouch import picture_id, retouch
from zhihu_crawler.parsers.richtext import clean_element, clean_html, text_of

DOUBLE = '<noscript><img src="https://pic1.zhimg.com/v2-7_b.jpg" data-original="https://pic1.zhimg.com/v2-7_r.jpg"/></noscript>'
SHOWN = '<img src="data:image/svg+xml;utf8,x" width="9" data-original="https://pic1.zhimg.com/v2-7_r.jpg" data-actualsrc="https://pic1.zhimg.com/v2-7_b.jpg"/>'


def by_tree(html: str) -> str:
    """What the tree makes of a text, without the shorter way."""
    root = richtext._tree(html)
    return html if root is None else richtext._inner_html(richtext._clean(root, richtext._low(html)))


def normal(html: str) -> str:
    """The text as lxml writes it, so that two ways to write the same are equal."""
    root = richtext._tree(html)
    assert root is not None
    return richtext._inner_html(root)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "明月几时有",
        "<p>把酒问青天</p><br><b>不知</b>",
        '<p data-pid="a">1 &lt; 2 &amp; 3</p>',
        '<a href="https://example.com/?a=1&amp;b=2">x</a>',
        '<img eeimg="1" src="//www.zhihu.com/equation?tex=x%5E2" alt="x^2"/>',
        '<div class="highlight"><pre><code class="language-python">if a &lt; b: on = 1</code></pre></div>',
        '<a data-draft-node="block" data-draft-type="link-card" href="https://www.zhihu.com/question/1">x</a>',
        "once upon a time on=off",
    ],
)
def test_what_needs_no_cleaning_stays_as_it_is(html: str):
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            f"<figure>{DOUBLE}{SHOWN}</figure>",
            '<figure><img src="https://pic1.zhimg.com/v2-7_r.jpg" width="9"/></figure>',
        ),
        ('<img src="x.svg" data-actualsrc="//pic1.zhimg.com/7_b.jpg">', '<img src="https://pic1.zhimg.com/7_b.jpg">'),
        (
            '<a class="external" href="https://link.zhihu.com/?target=https%3A//example.com/%3Fa%3D1%26b%3D2">x</a>',
            '<a class="external" href="https://example.com/?a=1&amp;b=2">x</a>',
        ),
        (
            '<a href="//link.zhihu.com/?target=http%3A//example.com/%E8%AF%97">x</a>',
            '<a href="http://example.com/%E8%AF%97">x</a>',
        ),
        ("甲<script>alert(1)</script>乙", "甲乙"),
        ("<SCRIPT>alert(1)</SCRIPT>乙", "乙"),
        ("甲<style>p{}</style><iframe src=x></iframe>乙", "甲乙"),
        ('<p onclick="alert(1)" class="a">x</p>', '<p class="a">x</p>'),
        ("<p\nonmouseover=alert(1)>x</p>", "<p>x</p>"),
        ('<a href="javascript:alert(1)">x</a>', '<a href="">x</a>'),
        ('<a href=" JavaScript:alert(1)">x</a>', '<a href="">x</a>'),
        ('<a href="http://x.cn">x<i class="icon-external"></i></a>', '<a href="http://x.cn">x</a>'),
        ('诗<a class="zu-edit-button" href="#"><i class="zu-edit-button-icon"></i>修改</a>酒', "诗酒"),
        (
            '<a class="RichContent-EntityWord css-1" href="https://www.zhihu.com/search?q=x">李白<svg></svg></a>的诗',
            "李白的诗",
        ),
        ("甲\x00<noscript>乙</noscript>", "甲"),
    ],
)
def test_a_text_is_cleaned_as_a_reader_sees_it(html: str, expected: str):
    assert clean_html(html) == expected
    assert clean_html(expected) == expected


def test_the_only_copy_of_a_picture_is_kept_out_of_its_noscript():
    assert clean_html('甲<noscript><img src="https://pic1.zhimg.com/1.jpg"></noscript>乙') == (
        '甲<img src="https://pic1.zhimg.com/1.jpg">乙'
    )


def test_many_pictures_of_one_paragraph_are_told_apart_and_only_once_each():
    doubles = "".join(f'<noscript><img src="/{n}_b.jpg"></noscript>y' for n in (1, 2, 2, 3)) + '<img src="/3_hd.jpg">'
    cleaned = clean_html(f"<p>{doubles}</p>")
    assert cleaned == '<p><img src="/1_b.jpg">y<img src="/2_b.jpg">yy<img src="/3_hd.jpg"></p>'.replace("yy<", "yyy<")


def test_a_picture_and_its_double_need_not_stand_side_by_side():
    html = f"<p>{DOUBLE}<span>{SHOWN}</span></p>"
    assert clean_html(html).count("<img") == 1


@pytest.mark.parametrize(
    "html",
    [
        f"<!-- {DOUBLE} -->{SHOWN}",
        f"<P>{DOUBLE}{SHOWN}",
        "<noscript>text</noscript><img data-original='1.jpg'>",
        "<noscript><img src=x></noscript><p>",
        '<img width=9 data-original="1.jpg">',
        '<img alt="a>b" src="x" data-original="1.jpg">',
        '<img data-original="1.jpg">',
        "<a href='https://link.zhihu.com/?target=x'>x</a>",
        '<a href="https://link.zhihu.com/?target=x" disabled>x</a>',
    ],
)
def test_what_the_sites_editor_does_not_write_is_left_to_the_tree(html: str):
    assert retouch(html) is None
    assert normal(clean_html(html)) == by_tree(html)


WORDS = st.sampled_from(["诗", " on ", "a &lt; b", "&nbsp;", "<br/>", "<b>酒</b>", "</p><p>", "\n"])
SOURCES = st.sampled_from(["https://pic1.zhimg.com/v2-1_r.jpg", "//pic2.zhimg.com/2_b.png?source=1", "x.svg", ""])


@st.composite
def images(draw: st.DrawFn) -> str:
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(["src", "data-original", "data-actualsrc", "alt", "class"]), SOURCES),
            unique_by=lambda pair: pair[0],
        )
    )
    image = "<img" + "".join(f' {name}="{value}"' for name, value in pairs) + draw(st.sampled_from([">", "/>", " />"]))
    return draw(st.sampled_from([image, f"<noscript>{image}</noscript>", f"<noscript>{image}</noscript>{image}"]))


LINKS = st.builds(
    '<a class="x" href="{}{}">诗</a>'.format,
    st.sampled_from(["https://link.zhihu.com/?target=", "//link.zhihu.com/?t=", "https://example.com/"]),
    st.sampled_from(["https%3A//x.cn/a%20b", "http%3A//x.cn/%3Fq%3D%22%26x%5B1%5D", "x&amp;target=y", "%E8%AF%97", ""]),
)


@settings(max_examples=400)
@given(st.lists(st.one_of(WORDS, images(), LINKS), max_size=8).map("".join))
def test_the_short_way_gives_what_the_tree_gives(html: str):
    short = retouch(html)
    if short is not None:
        assert normal(short) == normal(by_tree(html))
    assert clean_html(clean_html(html)) == clean_html(html)


def test_an_element_of_a_page_is_cleaned_within():
    element = lxml_html.fragment_fromstring(f'<div class="x"> <p>甲</p>{DOUBLE}{SHOWN} </div>')
    assert clean_element(element) == '<p>甲</p><img src="https://pic1.zhimg.com/v2-7_r.jpg" width="9">'


def test_markup_too_deep_for_any_reader_is_left_as_it_came():
    html = "<div>" * 5000 + "<script>x</script>"
    assert clean_html(html) == html
    assert text_of(html) is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://pic1.zhimg.com/v2-7_r.jpg?source=1", "v2-7"),
        ("//pic4.zhimg.com/50/v2-7_hd.png", "v2-7"),
        ("v2-7.gif", "v2-7"),
        ("", ""),
    ],
)
def test_a_picture_has_one_name_at_all_sizes(address: str, name: str):
    assert picture_id({"src": address}.get) == name


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("诗", "诗"),
        ("  ", None),
        ("<p></p><br>", None),
        ("<p>甲 <b>乙</b></p><p>丙</p>", "甲 乙\n丙"),
        ("1 &lt; 2", "1 < 2"),
        ('质能<img eeimg="1" alt="E=mc^2" src="x">方程', "质能E=mc^2方程"),
        ("甲<script>x</script>乙", "甲乙"),
        ("甲<!-- x -->乙", "甲乙"),
        ("<p>甲<embed src=x>乙</p>", "甲乙"),
    ],
)
def test_the_words_of_a_text(html: str, text: str | None):
    assert text_of(html) == text
