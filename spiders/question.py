"""``scrapy crawl question -a ids=19550225``: questions, all their answers, and on request who wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders._arguments import QuestionArguments
from spiders._base import ZhihuSpider
from zhihu_crawler.browser.asking import scrolled
from zhihu_crawler.endpoints import question_answers_url
from zhihu_crawler.errors import PageError
from zhihu_crawler.items import Answer, Item, Question, Topic
from zhihu_crawler.urls import Target
from zhihu_crawler.walk import Walk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy import Request
    from scrapy.http import Response


class QuestionSpider(ZhihuSpider[QuestionArguments]):
    """Reads a question's page, then its answers page by page as the site's own page does."""

    name = "question"
    kinds = ("question", "answer", "user", "topic", "listing", "tombstone")

    def seed_request(self, target: Target, args: QuestionArguments) -> Request:
        """Request the question's own page."""
        request = self.page_request("question", target.id, self.parse_question, id_=target.id)
        return scrolled(request, "answers", args.max_answers) if args.order == "default" else request

    async def parse_question(self, response: Response, id_: str) -> AsyncIterator[Item | Request]:
        """Read the question with the first of its answers, and go on with the rest."""
        target, args = Target("question", id_), self.args_of(response.meta)
        walk = Walk("question", id_, "answers", limit=args.max_answers)
        parsed = self.try_read(response, target)
        if isinstance(parsed, PageError):
            for output in self.fail(response, parsed, walk, of=target):
                yield output
            return
        parsed.items = [item for item in parsed.items if _belongs(item, id_)]
        if args.order == "default":
            async for output in self.walk_on(response, walk, parsed, self.parse_answers):
                yield output
            return
        for output in self.emit(response, (item for item in parsed.items if not isinstance(item, Answer))):
            yield output
        yield self.request(question_answers_url(id_, args.order), self.parse_answers, walk=walk.to_dict())

    async def parse_answers(self, response: Response, walk: dict[str, Any]) -> AsyncIterator[Item | Request]:
        """Read one page of answers."""
        async for output in self.read_listing(response, Walk.from_dict(walk), self.parse_answers):
            yield output

    def first_page_url(self, walk: Walk, args: QuestionArguments) -> str:
        """Begin the answers at the API where the page does not say how they go on."""
        return question_answers_url(walk.owner_id, args.order)

    def requests_from(self, item: Item, args: QuestionArguments, **_: Any) -> Iterator[Request]:
        """Request the profile of whoever wrote an answer, where that is wanted."""
        if isinstance(item, Answer) and "authors" in args.follow:
            yield from self.author_request(item.author, self.parse_profile)


def _belongs(item: Item, question_id: str) -> bool:
    """A page also shows answers to other questions."""
    if isinstance(item, Question):
        return item.id == question_id
    if isinstance(item, Answer):
        return item.question is None or item.question.id == question_id
    return isinstance(item, Topic)
