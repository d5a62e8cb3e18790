from __future__ import annotations

import pytest

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.markdown import markdown_of

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


WITHIN = {"li": "<ul>{}</ul>", "td": "<table><tr><th>x</th></tr><tr>{}</tr></table>"}
