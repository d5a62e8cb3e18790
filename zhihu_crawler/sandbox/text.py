"""Made-up text: sentences of a few dozen Chinese words that mean nothing, and names that can be nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.sandbox.dice import hex_of
from zhihu_crawler.sandbox.shapes import words

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.dice import Dice

NOUNS = words("纸鸢 竹筏 算盘 雨伞 石桥 陶罐 灯笼 棋盘 风车 铜镜 茶壶 毛笔 屏风 砚台 木船 齿轮 沙漏 望远镜 罗盘 邮票")
VERBS = words("修理 收集 比较 描述 搬运 测量 打磨 记录 寻找 交换 拆解 摆放")
ADJECTIVES = words("旧的 蓝色的 安静的 圆形的 沉重的 透明的 少见的 普通的 很小的 会响的")
PLACES = words("示例镇 样本湖 虚构山 测试岛 占位城 演示村")
TOPICS = tuple(f"示例话题·{noun}" for noun in NOUNS)
_SENTENCES = (
    "{place}的人常常{verb}{adjective}{noun}。",
    "如果要{verb}{noun}，先看看{adjective}{other}。",
    "我在{place}{verb}过一只{adjective}{noun}，后来换成了{other}。",
    "{noun}和{other}哪个更难{verb}，至今没有定论。",
    "关于{adjective}{noun}的说法很多，这里只是演示文字。",
)


def sentence(dice: Dice) -> str:
    """Return one sentence."""
    return dice.pick(_SENTENCES).format(
        place=dice.pick(PLACES),
        verb=dice.pick(VERBS),
        adjective=dice.pick(ADJECTIVES),
        noun=dice.pick(NOUNS),
        other=dice.pick(NOUNS),
    )


def title(dice: Dice) -> str:
    """Return a question."""
    return f"如何{dice.pick(VERBS)}{dice.pick(PLACES)}里{dice.pick(ADJECTIVES)}{dice.pick(NOUNS)}？（示例问题）"


def heading(dice: Dice) -> str:
    """Return the title of an article, a collection or a column."""
    return f"{dice.pick(ADJECTIVES)}{dice.pick(NOUNS)}与{dice.pick(NOUNS)}（示例）"


def headline(dice: Dice) -> str:
    """Return how a person introduces themselves; one in five does not."""
    return "" if dice.below(5) == 0 else f"在{dice.pick(PLACES)}{dice.pick(VERBS)}{dice.pick(NOUNS)}"


def paragraph(dice: Dice) -> str:
    """Return a paragraph as the site writes it, with its ``data-pid``."""
    text = "".join(sentence(dice) for _ in range(dice.between(1, 3)))
    return f'<p data-pid="{hex_of(text, length=8)}">{text}</p>'


def image(name: str) -> str:
    """Return a picture as answers hold it: a ``noscript`` double, then a placeholder that names the real sources."""
    token = f"v2-{hex_of('image', name)}"
    size = 'data-size="normal" data-rawwidth="1080" data-rawheight="720"'
    kind = (
        f'class="origin_image zh-lightbox-thumb{{}}" width="1080" data-original="https://pic1.zhimg.com/{token}_r.jpg"'
    )
    return (
        f'<figure data-size="normal"><noscript><img src="https://pic1.zhimg.com/50/{token}_720w.jpg" {size} '
        f'{kind.format("")}/></noscript><img src="data:image/svg+xml;utf8,&lt;svg xmlns=&#39;http://www.w3.org/2000/svg'
        f'&#39; width=&#39;1080&#39; height=&#39;720&#39;&gt;&lt;/svg&gt;" {size} {kind.format(" lazy")} '
        f'data-actualsrc="https://pic1.zhimg.com/50/{token}_720w.jpg"/><figcaption>示例图片</figcaption></figure>'
    )


FORMULA = (
    '<p>设 <img src="https://www.zhihu.com/equation?tex=%5Cfrac%7Ba%7D%7Bb%7D+%3D+x%5E2" '
    'alt="\\frac{a}{b} = x^2" eeimg="1"/> ，则 <img src="https://www.zhihu.com/equation?tex=x+%3C+y" '
    'alt="x &lt; y" eeimg="1"/> 。</p>'
)
CODE = (
    '<div class="highlight"><pre><code class="language-python"><span class="k">def</span> <span class="nf">add</span>'
    '(a, b):\n    <span class="k">return</span> a + b  <span class="c1"># 1 &lt; 2</span>\n</code></pre></div>'
)
LINK = (
    '<p>出处见 <a href="https://link.zhihu.com/?target=https%3A//example.com/a%3Fb%3D1%26c%3D%25E4%25B8%25AD" '
    'class=" wrap external" target="_blank" rel="nofollow noreferrer">example.com 的示例页</a> 。</p>'
)
LINK_CARD = (
    '<a target="_blank" href="https://www.zhihu.com/question/24000001" data-draft-node="block" '
    'data-draft-type="link-card" class="internal">如何修理示例镇里旧的纸鸢？（示例问题）</a>'
)
VIDEO = (
    '<a class="video-box" href="https://link.zhihu.com/?target=https%3A//www.zhihu.com/video/1000000000000000001" '
    'target="_blank" data-video-id="" data-video-playable="true" data-name="示例视频" '
    'data-poster="https://pic1.zhimg.com/v2-00000000000000000000000000000000.jpg" data-lens-id="1000000000000000001">'
    '<img class="thumbnail" src="https://pic1.zhimg.com/v2-00000000000000000000000000000000.jpg"/><span '
    'class="content">'
    '<span class="title">示例视频<span class="z-ico-extern-gray"></span></span><span class="url">'
    '<span class="z-ico-video"></span>https://www.zhihu.com/video/1000000000000000001</span></span></a>'
)
REFERENCE = (
    '<p>此事有据可查<sup data-text="示例文献，第 1 页" data-url="https://example.com/paper" data-numero="1" '
    'data-draft-node="inline" data-draft-type="reference">[1]</sup>。</p><blockquote data-pid="quote001">引用一句示例。'
    "</blockquote><ul><li>一</li><li>二</li></ul>"
)
