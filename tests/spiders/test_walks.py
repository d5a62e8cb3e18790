"""Spiders walked by hand, page by page, without a crawl around them: every request they make, every item they give."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, TextResponse
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.project import get_project_settings

from spiders.answer import AnswerSpider
from spiders.collection import CollectionSpider
from spiders.question import QuestionSpider
from spiders.user import UserSpider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from spiders._base import ZhihuSpider
    from tests.helpers.sandbox import Sandbox
    from zhihu_crawler.items import Item

QUESTION = "1900000000024000001"
MISSING = "24090909009999999999"


class Walked:
    """What a spider gave: its items, the pages that it asked for, its stats, and why it closed where it did."""

    def __init__(self, sandbox: Sandbox, kind: type[ZhihuSpider[Any]], **arguments: str) -> None:
        crawler = Crawler(kind, get_project_settings())
        crawler.stats = MemoryStatsCollector(crawler)
        crawler.spider = self.spider = kind.from_crawler(crawler, **arguments)
        self.sandbox, self.stats, self.closed = sandbox, crawler.stats, ""
        self.items: list[Item] = []
        self.asked: list[str] = []
        asyncio.run(self._walk())

    def ids(self, kind: str) -> list[str]:
        return [item.id for item in self.items if item.kind == kind]

    async def _walk(self) -> None:
        waiting, seen = deque([one async for one in self.spider.start()]), set()
        try:
            while waiting:
                request = waiting.popleft()
                if request.dont_filter or request.url not in seen:
                    seen.add(request.url)
                    async for output in self._outputs(request):
                        (waiting if isinstance(output, Request) else self.items).append(output)
        except CloseSpider as error:
            self.closed = error.reason

    async def _outputs(self, request: Request) -> AsyncIterator[Any]:
        self.asked.append(request.url)
        outputs = request.callback(self._reply(request), **request.cb_kwargs)
        if hasattr(outputs, "__aiter__"):
            async for output in outputs:
                yield output
        else:
            for output in outputs:
                yield output

    def _reply(self, request: Request) -> TextResponse:
        parts = urlsplit(request.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            status, body = 200, self.sandbox.fetch(path, host=parts.netloc)
        except HTTPError as error:
            status, body = error.code, error.read()
        kind = HtmlResponse if body.lstrip().startswith(b"<") else TextResponse
        return kind(request.url, status=status, body=body, encoding="utf-8", request=request)


def test_a_question_is_read_with_all_its_answers_and_each_author_once(sandbox: Sandbox):
    walked = Walked(sandbox, QuestionSpider, ids=QUESTION, follow="authors")
    truth = sandbox.truth(f"question/{QUESTION}")["answers"]
    assert walked.ids("question") == [QUESTION]
    assert sorted(walked.ids("answer")) == sorted(truth["ids"])
    wanted = {item.author.url_token for item in walked.items if item.kind == "answer" and item.author.url_token}
    assert {item.url_token for item in walked.items if item.kind == "user"} == wanted
    assert walked.stats.get_value(f"zhihu/listing/question:{QUESTION}:answers") == "120 of 120, end"


@pytest.mark.parametrize("order", ["updated", "created"])
def test_in_another_order_the_page_gives_the_question_and_the_api_all_answers(sandbox: Sandbox, order: str):
    walked = Walked(sandbox, QuestionSpider, ids="24000003", order=order)
    assert len(walked.ids("answer")) == len(set(walked.ids("answer"))) == 120
    assert {str(item.layout) for item in walked.items if item.kind == "answer"} == {"api"}
    assert walked.ids("question") == ["24000003"]


def test_limits_are_exact_and_said(sandbox: Sandbox):
    few = Walked(sandbox, QuestionSpider, ids="24000003", max_answers="13")
    [listing] = [item for item in few.items if item.kind == "listing"]
    assert (len(few.ids("answer")), listing.got, str(listing.stopped)) == (13, 13, "limit")
    short = Walked(sandbox, QuestionSpider, ids="24000003,24000004", max_items="4")
    assert (short.closed, len([item for item in short.items if item.kind != "listing"])) == ("max_items", 4)


def test_a_page_that_does_not_say_how_its_list_goes_on_is_followed_by_the_api(sandbox: Sandbox):
    walked = Walked(sandbox, QuestionSpider, ids="24160001")  # a page without a state
    assert len(set(walked.ids("answer"))) == 120
    assert sum("/api/v4/questions/24160001/" in url for url in walked.asked) > 1


@pytest.mark.parametrize(("follow", "kinds"), [("", {"answer"}), ("question,author", {"answer", "question", "user"})])
def test_an_answer_is_read_alone_and_with_what_is_wanted_beside_it(sandbox: Sandbox, follow: str, kinds: set[str]):
    [wanted, *_] = sandbox.truth(f"question/{QUESTION}")["answers"]["ids"]
    url = f"https://www.zhihu.com/question/{QUESTION}/answer/{wanted}"
    walked = Walked(sandbox, AnswerSpider, urls=url, **({"follow": follow} if follow else {}))
    found = Counter(item.kind for item in walked.items)
    assert walked.ids("answer") == [wanted]
    assert {"answer"} <= set(found) <= kinds
    assert walked.ids("question") == ([QUESTION] if follow else [])


def test_a_user_is_read_with_lists_and_along_the_follows(sandbox: Sandbox):
    walked = Walked(sandbox, UserSpider, tokens="shili-t-1", follow="answers,followees", depth="1", max_per_list="6")
    truth = sandbox.truth("user/shili-t-1")
    follows = [item for item in walked.items if item.kind == "follow" and item.follower_token == "shili-t-1"]
    assert len(follows) == min(6, len(truth["followees"]["ids"]))
    profiles = {item.url_token for item in walked.items if item.kind == "user" and not item.partial}
    assert {"shili-t-1"} | {item.followee_token for item in follows if item.followee_token} <= profiles
    assert all(item.got <= 6 for item in walked.items if item.kind == "listing")


def test_a_collection_comes_in_its_order_with_what_it_holds(sandbox: Sandbox):
    walked = Walked(sandbox, CollectionSpider, ids="440000001")
    entries = [item for item in walked.items if item.kind == "collection_entry"]
    assert len(entries) == len({item.id for item in entries}) == 60
    held = set(walked.ids("answer")) | set(walked.ids("article"))
    assert {item.content_id for item in entries if item.content_kind in ("answer", "article")} <= held


class Gone(Walked):
    """The site says of everything that it does not exist."""

    def _reply(self, request: Request) -> TextResponse:
        body = json.dumps({"error": {"code": 4041, "name": "NotFoundError", "message": "资源不存在"}})
        return TextResponse(request.url, status=404, body=body.encode(), request=request)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(QuestionSpider, "ids"), (AnswerSpider, "ids"), (CollectionSpider, "ids"), (UserSpider, "tokens")],
)
def test_what_is_gone_is_a_result(sandbox: Sandbox, kind: type[ZhihuSpider[Any]], name: str):
    walked = Gone(sandbox, kind, **{name: "24000001"})
    assert [(item.kind, item.gone_id) for item in walked.items] == [("tombstone", "24000001")]
    assert len(walked.asked) == 1


def test_what_may_be_gone_or_hidden_is_asked_for_again_and_named(sandbox: Sandbox):
    walked = Walked(sandbox, QuestionSpider, ids=MISSING)
    [listing] = walked.items
    assert (listing.kind, listing.got, str(listing.stopped)) == ("listing", 0, "error")
    assert len(walked.asked) == 1 + QuestionSpider.doubtful_tries


def test_bad_lines_of_a_seeds_file_are_counted_and_cost_the_others_nothing(sandbox: Sandbox, tmp_path):
    (tmp_path / "seeds").write_text("23000001\n# a comment\nno seed at all\n23000002\n")
    walked = Walked(sandbox, QuestionSpider, seeds_file=str(tmp_path / "seeds"))
    assert walked.ids("question") == ["23000001", "23000002"]
    assert walked.stats.get_value("zhihu/seeds/bad") == 1
