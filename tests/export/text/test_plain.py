from __future__ import annotations

import pytest

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.plain import plain_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>一 <b>二</b></p><p>三<br>四</p>", "一 二\n三\n四"),
        ("<blockquote>一</blockquote><ul><li>二</li><li>三<ul><li>四</li></ul></li></ul>", "一\n二\n三\n四"),
        ("<pre>def f():\n    pass\n\n\tx</pre>后", "def f():\n    pass\n\n\tx\n后"),
        ("<table><tr><th>甲</th><th></th><th>丙</th></tr><tr><td>1</td><td>2</td></tr></table>", "甲\t\t丙\n1\t2"),
        ("设<img eeimg='1' alt='x^2' src='y'>为", "设x^2为"),
        ("一<img src='https://a.b/c' alt='图' data-caption='说'>二", "一\n说\n二"),
        ("<h2>一<img src='https://a.b/c' data-caption='说'></h2>", "一说"),
        (
            "一<sup data-numero='1' data-text='书' data-url='https://e.org/'>[1]</sup>",
            "一[1]\n参考\n[1] 书 https://e.org/",
        ),
    ],
)
def test_a_paragraph_is_a_line(html: str, text: str):
    assert plain_of(body_of(html)) == text
