from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.markdown import escaped, link, markdown_of

CARD = 'data-draft-type="link-card" href="https://example.org/a"'
TEX = '<img eeimg="1" src="https://www.zhihu.com/equation?tex=x%5E2" alt="x^2"/>'
VIDEO = (
    '<a class="video-box" href="https://link.zhihu.com/?target=https%3A//www.zhihu.com/video/7" data-lens-id="7" '
    'data-name="猫"><img class="thumbnail" src="x"><span class="content"><span class="title">猫</span>'
    '<span class="url">https://www.zhihu.com/video/7</span></span></a>'
)
CODE = (
    '<div class="highlight"><pre><code class="language-python"><span class="k">def</span> f():\n    pass\n'
    "</code></pre></div>"
)
LONG = (
    '<a href="http://example.org/long"><span class="invisible">http://</span><span class="visible">example.org'
    '</span><span class="invisible">/long</span><span class="ellipsis"></span></a>'
)
PIC = "https://pic1.zhimg.com/v2-1_r.jpg"


def md(html: str) -> str:
    return markdown_of(body_of(html))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("因为。", "因为。"),
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("一<br>二", "一  \n二"),
        ("一<br><br>二", "一\n\n二"),
        ("一<br>\n<br><br>二", "一\n\n二"),
        ("<p>一</p><p><br></p><p class='ztext-empty-paragraph'></p><p>二</p>", "一\n\n二"),
        ("<h2>题</h2><p>文</p>", "## 题\n\n文"),
        ("<blockquote>一<br><br>二</blockquote>", "> 一\n>\n> 二"),
        ("<hr><p>x</p>", "---\n\nx"),
        ("<ul><li>一</li><li>二</li></ul>", "- 一\n- 二"),
        ("<ol><li>一</li><li>二</li></ol>", "1. 一\n2. 二"),
        ("<ol start='3'><li>一</li></ol>", "3. 一"),
        ("<ol><li>一<ul><li>二</li></ul></li></ol>", "1. 一\n   - 二"),
        ("<ol><li>一</li><ol><li>二</li></ol><li>三</li></ol>", "1. 一\n   1. 二\n2. 三"),
        ("<ul>零<li>一</li></ul>", "- 零\n- 一"),
        ("<ul><li></li></ul>", ""),
    ],
)
def test_blocks(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("这是<b>重点</b>啊", "这是**重点**啊"),
        ("这是<b>「重点」</b>啊", "这是<strong>「重点」</strong>啊"),  # CommonMark shows the asterisks otherwise
        ("<b>重点。</b>后文", "<strong>重点。</strong>后文"),
        ("<b>重点。</b>", "**重点。**"),
        ("<b>重点。</b><br>后文", "**重点。**  \n后文"),
        ("<b>花生</b><b>米</b>", "**花生米**"),
        ("<b>一<br><br>二</b>", "**一**\n\n**二**"),
        ("a<b> b </b>c", "a **b** c"),
        ("<b></b>x<b> </b>y", "x y"),
        ("<i>x</i>", "*x*"),
        ("<u>x</u>", "<u>x</u>"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("x<sup>2</sup>", "x<sup>2</sup>"),
        ("<code>a*b</code>", "`a*b`"),
        ("<code>a`b</code>", "`` a`b ``"),
    ],
)
def test_emphasis(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"<p>设 {TEX} 为</p>", "设 $x^2$ 为"),
        (f"<p>设{TEX}为</p>", "设 $x^2$ 为"),
        (f"<p>{TEX}</p>", "$$\nx^2\n$$"),
        (f"<p>如下{TEX.replace('1', '2', 1)}所示</p>", "如下\n\n$$\nx^2\n$$\n\n所示"),
        (r'<img eeimg="1" alt="x\\" src="y">即', "$$\nx\n$$\n\n即"),
        ('<span class="ztext-math" data-eeimg="1" data-tex="a_1">a_1</span>和', "$a_1$ 和"),
        ('<img src="https://www.zhihu.com/equation?tex=%5Cmu">。', r"$\mu$ 。"),
        ("花了$100和$200", r"花了\$100和\$200"),
        (f"<ul><li>{TEX}</li></ul>", "- $x^2$"),
        (
            f"<table><tr><th>a|b</th></tr><tr><td>{TEX.replace('x^2', '|x|')}</td></tr></table>",
            "| a\\|b |\n| --- |\n| $\\vert x\\vert $ |",
        ),
    ],
)
def test_formulas(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            CODE,
            "```python\ndef f():\n    pass\n```",
        ),
        ('<pre><code class="language-text">x</code></pre>', "```\nx\n```"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"),
        ("<pre>a &lt;b&gt; **c** $d$</pre>", "```\na <b> **c** $d$\n```"),
        ("<ul><li>x<pre>a\nb</pre></li></ul>", "- x\n\n  ```\n  a\n  b\n  ```"),
    ],
)
def test_code(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f'<img src="{PIC}">', f"![]({PIC})"),
        (f'<figure><img src="{PIC}"><figcaption>说明</figcaption></figure>', f"![]({PIC})\n\n说明"),
        (f'<figure><img src="{PIC}" data-caption="说 明"></figure>', f"![说 明]({PIC})\n\n说 明"),
        (
            f'<figure><noscript><img src="{PIC}"></noscript><img src="data:x" data-original="{PIC}"></figure>',
            f"![]({PIC})",
        ),
        (f'<img src="//s1.zhimg.com/whitedot.jpg" data-actualsrc="{PIC}">', f"![]({PIC})"),
        ('<img src="data:image/svg+xml;utf8,x">', ""),
        (f'一<img src="{PIC}">二', f"一\n\n![]({PIC})\n\n二"),
        (f'<img src="{PIC}?a=(b) c" data-caption="[x]">', f"![\\[x\\]]({PIC}?a=%28b%29c)\n\n[x]"),
    ],
)
def test_pictures(html: str, text: str):
    assert md(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://example.org/">例</a>', "[例](https://example.org/)"),
        ('<a href="//link.zhihu.com/?target=http%3A//example.org/%3Fa%3Db">例</a>', "[例](http://example.org/?a=b)"),
        ('<a href="/people/li-bai" class="member_mention">@李白</a>', "[@李白](https://www.zhihu.com/people/li-bai)"),
        ('<a href="https://zhida.zhihu.com/search?q=x&zhida_source=entity">词</a>语', "词语"),
        ('<a class="RichContent-EntityWord" href="https://www.zhihu.com/search?q=x">词</a>', "词"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href="data:text/html,x">x</a>', "x"),
        (
            LONG,
            "<http://example.org/long>",
        ),
        ('<a href="http://example.org/a(b)">[x]</a>', r"[\[x\]](http://example.org/a%28b%29)"),
        ('看这里!<a href="http://example.org/">x</a>', r"看这里\![x](http://example.org/)"),
        (f"<a {CARD} class='internal'>标题</a>", "[标题](https://example.org/a)"),
        (f"<a {CARD} data-draft-title='标题'></a>", "[标题](https://example.org/a)"),
        (f"<a {CARD}></a>", "<https://example.org/a>"),
        ('<a data-draft-type="mcn-link-card" data-mcn-id="1"></a>', "（商品卡片）"),
        (
            VIDEO,
            "[视频：猫](https://www.zhihu.com/video/7)",
        ),
        ('<a class="video-box" data-lens-id="7" data-name="猫"></a>', "[视频：猫](https://www.zhihu.com/video/7)"),
        ('<a class="video-box" data-lens-id="7"></a>', "[视频](https://www.zhihu.com/video/7)"),
    ],
)
def test_links_cards_and_videos(html: str, text: str):
    assert md(html) == text


def reference(number: int, text: str = "", url: str = "") -> str:
    return (
        f'<sup data-text="{text}" data-url="{url}" data-draft-type="reference" data-numero="{number}">[{number}]</sup>'
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"一{reference(1, '书')}", "一[^1]\n\n[^1]: 书"),
        (f"一{reference(1, '', 'https://example.org/')}", "一[^1]\n\n[^1]: <https://example.org/>"),
        (f"{reference(1, '书', 'https://e.org/x')}二", "[^1]二\n\n[^1]: 书 <https://e.org/x>"),
        (f"一{reference(1, '书')}二{reference(1, '书')}", "一[^1]二[^1]\n\n[^1]: 书"),
        (f"一{reference(1, '甲')}二{reference(1, '乙')}", "一[^1]二[^2]\n\n[^1]: 甲\n[^2]: 乙"),
        (f"一{reference(1)}", "一[^1]\n\n[^1]: （无内容）"),
    ],
)
def test_references_are_footnotes(html: str, text: str):
    assert md(html) == text


def test_a_table_has_its_head():
    rows = "<tr><th>年</th><th>人</th></tr><tr><td>1950</td><td><b>3</b>万<br>多</td></tr>"
    assert (
        md(f"<table data-draft-type='table'><tbody>{rows}</tbody></table>")
        == "| 年 | 人 |\n| --- | --- |\n| 1950 | **3**万 多 |"
    )


def test_a_table_within_a_table_loses_no_words():
    assert "丙" in md("<table><tr><td>甲<table><tr><td>丙</td></tr></table></td></tr></table>")


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
WITHIN = {"li": "<ul>{}</ul>", "td": "<table><tr><th>x</th></tr><tr>{}</tr></table>"}
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
