"""Pages for those who have no saved ones: of today from the sandbox's own maker, of 2015 by a template."""

# ruff: noqa: E501  # rows of a page, as wide as they are
from __future__ import annotations

from html import escape

from zhihu_crawler.sandbox.pages import Pages
from zhihu_crawler.sandbox.world import World

_TEXT = "关于旧的算盘的说法很多，这里只是演示文字。<br><br>" * 40
_PICTURE = (
    '<noscript><img src="//pic1.zhimg.com/{n:032x}_b.jpg" data-original="//pic1.zhimg.com/{n:032x}_r.jpg"></noscript>'
    '<img src="//s1.zhimg.com/misc/whitedot.jpg" class="origin_image lazy" '
    'data-original="//pic1.zhimg.com/{n:032x}_r.jpg" data-actualsrc="//pic1.zhimg.com/{n:032x}_b.jpg">'
    '<a href="//link.zhihu.com/?target=http%3A//example.org/{n}" class=" wrap external">示例'
    '<i class="icon-external"></i></a>'
)
_ANSWER = """
<div tabindex="-1" class="zm-item-answer " itemscope itemtype="http://schema.org/Answer" data-aid="{aid}"
 data-atoken="{id}" data-collapsed="0" data-created="{created}" data-deleted="0" data-helpful="1" data-copyable="1">
<a class="zg-anchor-hidden" name="answer-{aid}"></a>
<div class="zm-votebar"><button class="up "><span class="label">赞同</span> <span class="count">{votes}</span></button></div>
<div class="answer-head"><div class="zm-item-answer-author-info"><h3 class="zm-item-answer-author-wrap">
<a data-tip="p$t$shili-{n}" class="zm-item-link-avatar" href="/people/shili-{n}"><img src="//pic1.zhimg.com/x_s.jpg"></a>
<a data-tip="p$t$shili-{n}" href="/people/shili-{n}">示例用户{n}</a>，<strong title="示例">示例</strong></h3></div>
<div class="zm-item-vote-info " data-votecount="{votes}"></div></div>
<div class="zm-item-rich-text" data-resourceid="1"><div class=" zm-editable-content clearfix">{text}</div></div>
<div class="zm-item-meta answer-actions"><div class="zm-meta-panel"><span class="answer-date-link-wrap">
<a class="answer-date-link meta-item" href="/question/10000001/answer/{id}">编辑于 2015-02-15</a></span>
<a href="#" name="addcomment" class=" meta-item toggle-comment"><i></i>{comments} 条评论</a></div></div></div>"""


def legacy_page(answers: int) -> bytes:
    """Return a question page in the shape of 2015."""
    blocks = "".join(
        _ANSWER.format(
            n=n,
            id=20000000 + n,
            aid=1000 + n,
            created=1420000000 + n,
            votes=n * 7,
            comments=n + 1,
            text=_TEXT + _PICTURE.format(n=n),
        )
        for n in range(answers)
    )
    return (
        '<!DOCTYPE html><html class="no-js"><head><meta charset="utf-8"><title>示例</title></head><body class="zhi">'
        '<div class="zg-wrap zu-main question-page" id="zh-single-question-page" data-urltoken="10000001">'
        '<meta itemprop="visitsCount" content="377468"><div class="zm-tag-editor zg-section">'
        '<div class="zm-tag-editor-labels zg-clear"><a class="zm-item-tag" href="/topic/19550000" data-token="19550000">'
        f'示例话题</a></div></div><div id="zh-question-title"><h2 class="zm-item-title">{escape("示例问题？")}</h2></div>'
        '<div id="zh-question-detail"><div class="zm-editable-content">示例</div></div>'
        f'<h3 data-num="{answers}" id="zh-question-answer-num">{answers} 个回答</h3>'
        f'<div id="zh-question-answer-wrap" data-pagesize="50">{blocks}</div></div></body></html>'
    ).encode()


def state_page() -> bytes:
    """Return a question page as it is today."""
    _, html, _ = Pages(World(1)).page("www.zhihu.com", "/question/1900000000024000001", {})
    return html.encode()
