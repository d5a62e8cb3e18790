from __future__ import annotations

import pytest

from tests.parsers.legacy.pages import answer, question, read
from zhihu_crawler.items import User

URL = "https://www.zhihu.com/question/1"
NUMBER = '<h3 data-num="21" id="zh-question-answer-num">21 个回答</h3>'
PAGER = (
    '<div class="zm-invite-pager"><span class="zg-gray-normal">上一页</span><span class="zg-gray-normal">1</span>'
    '<span><a href="?sort=created&amp;page=2">下一页</a></span></div>'
)


def test_a_page_sorted_by_time_tells_its_listing_and_where_it_goes_on():
    wrap = f'<div id="zh-question-answer-wrap">{answer()}{PAGER}</div>'
    page = read(question(wrap, NUMBER), f"{URL}?sort=created").listing("answers")
    assert page is not None
    assert (page.received, page.total, page.is_end) == (1, 21, None)
    assert page.next_url == f"{URL}?sort=created&page=2"


def test_its_last_page_goes_on_nowhere():
    wrap = f'<div id="zh-question-answer-wrap">{answer()}</div>'
    page = read(question(wrap, NUMBER), f"{URL}?sort=created&page=2").listing("answers")
    assert page is not None
    assert page.next_url is None


def test_the_page_of_one_answer_tells_no_listing():
    title = '<div class="zh-answers-title"><h3><a href="/question/1">查看全部 21 个回答</a></h3></div>'
    parsed = read(question(f'<div id="zh-question-answer-wrap">{answer()}</div>', title), f"{URL}/answer/2")
    assert parsed.listings == []


def test_people_beside_a_questions_page_are_not_taken_for_authors():
    card = '<div class="zm-profile-card"><a class="zg-link" href="/people/a">甲</a></div>'
    body = question(
        f'<div id="zh-question-answer-wrap" data-init="{{}}">{answer()}</div>',
        f'<div id="js-sidebar-author-info">{card}</div>',
    )
    assert not any(isinstance(item, User) for item in read(body, URL).items)


@pytest.mark.parametrize(
    "label", ["1" * 100_000, "1," * 50_000, "人关注该问题" * 20_000], ids=["digits", "commas", "words"]
)
def test_a_label_of_any_length_costs_nothing_else(label: str):
    side = f'<div id="zh-question-side-header-wrap">{label} </div>'
    parsed = read(question(f'<div id="zh-question-answer-wrap" data-init="{{}}">{answer()}</div>', side), URL)
    assert [item.kind for item in parsed.items] == ["question", "answer"]
