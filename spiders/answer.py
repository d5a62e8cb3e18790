"""``scrapy crawl answer -a urls=https://www.zhihu.com/question/1/answer/2``: single answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders._arguments import AnswerArguments
from spiders._base import ZhihuSpider
from zhihu_crawler.errors import PageError
from zhihu_crawler.items import Answer, Item
from zhihu_crawler.urls import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.http import Response


class AnswerSpider(ZhihuSpider[AnswerArguments]):
    """Reads an answer from its own page; its question and its author on request."""

    name = "answer"
    kinds = ("answer", "question", "user", "topic", "tombstone")

    def seed_request(self, target: Target, args: AnswerArguments) -> Request:  # noqa: ARG002  # as all spiders
        """Request the answer's own page; the site leads ``/answer/<id>`` to the address with its question."""
        return self.page_request("answer", target.id, self.parse_answer, id_=target.id, question_id=target.question_id)

    def parse_answer(self, response: Response, id_: str, question_id: str | None) -> Iterator[Item | Request]:
        """Read the answer that was asked for; the page holds others too."""
        target = Target("answer", id_, question_id=question_id)
        parsed = self.try_read(response, target)
        if isinstance(parsed, PageError):
            yield from self.fail(response, parsed, of=target)
        else:
            wanted = (item for item in parsed.items if isinstance(item, Answer) and item.id == id_)
            yield from self.emit(response, wanted)

    def requests_from(self, item: Item, args: AnswerArguments, **_: Any) -> Iterator[Request]:
        """Request the answer's question and author, where they are wanted."""
        if not isinstance(item, Answer):
            return
        if "question" in args.follow and item.question:
            yield self.page_request(
                "question", item.question.id, self.parse_head, kind="question", id_=item.question.id
            )
        if "author" in args.follow:
            yield from self.author_request(item.author, self.parse_profile)
