"""Seeds that were pushed into a shared crawl, each with limits of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from scrapy.crawler import Crawler
from scrapy.utils.project import get_project_settings

from spiders.question import QuestionSpider
from spiders.user import UserSpider
from tests.helpers.crawls import crawl
from tests.helpers.redis import running_redis
from tests.schedule.helpers import run_command
from zhihu_crawler.commands.seed import Command
from zhihu_crawler.errors import BadSeed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sandbox import Sandbox


@pytest.mark.crawl
def test_limits_that_came_with_a_seed_hold_for_it_alone(sandbox: Sandbox, tmp_path: Path):
    with running_redis() as redis:
        for words in (
            ["24000003", "-a", "max_answers=5", "-a", "follow=authors"],
            ["24000004", "-a", "order=created"],
        ):
            assert run_command(Command, "question", *words, REDIS_URL=redis.url) == 0
        where = {"REDIS_URL": redis.url, "IDLE_SECONDS": "1"}
        crawled = crawl(tmp_path, sandbox.origin, "question", "max_answers=25", **where)
    assert crawled.status == 0, crawled.log
    got = {listing["owner_id"]: (listing["got"], listing["stopped"]) for listing in crawled.items["listing"]}
    assert got == {"24000003": (5, "limit"), "24000004": (25, "limit")}
    by_question = {answer["id"]: answer["question"]["id"] for answer in crawled.items["answer"]}
    assert len([one for one in by_question.values() if one == "24000003"]) == 5
    layouts = {answer["layout"] for answer in crawled.items["answer"] if answer["question"]["id"] == "24000004"}
    assert layouts == {"api"}
    wanted = {
        answer["author"]["url_token"] for answer in crawled.items["answer"] if answer["question"]["id"] == "24000003"
    }
    assert {user["url_token"] for user in crawled.items["user"]} == wanted - {None}


def spider(kind, **arguments):
    crawler = Crawler(kind, get_project_settings())
    crawler.spider = kind.from_crawler(crawler, **arguments)
    return crawler.spider


def seed(**told):
    return json.dumps({"url": "https://www.zhihu.com/question/1", **told}).encode()


def test_what_a_seed_brings_goes_before_what_the_crawl_was_given():
    made = spider(QuestionSpider, ids="9", max_answers="40", order="created")
    request = made.make_request_from_data(seed(arguments={"max_answers": "3"}, priority=4))
    assert (request.priority, request.dont_filter, request.meta["arguments"]) == (4, True, {"max_answers": 3})
    args = made.args_of(request.meta)
    assert (args.max_answers, args.order, args.ids) == (3, "created", ["9"])
    assert made.args_of({}).max_answers == 40


def test_the_depth_of_a_follow_graph_may_come_with_a_seed():
    made = spider(UserSpider, tokens="a", follow="followees")
    request = made.make_request_from_data(b'{"token": "imike", "arguments": {"follow": "followees", "depth": 2}}')
    assert request.cb_kwargs["depth"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"max_anwsers": 3}, "max_anwsers=3: no such argument; did you mean max_answers?"),
        ({"max_answers": -3}, "max_answers=-3: Input should be greater than or equal to 0"),
        ({"max_items": 3}, "max_items=3: is of a whole crawl"),
        ([1], "arguments ([1]) must be an object"),
    ],
)
def test_a_seed_with_arguments_that_cannot_be_used_is_put_aside(arguments, told):
    with pytest.raises(BadSeed) as caught:
        spider(QuestionSpider, ids="9").make_request_from_data(seed(arguments=arguments))
    assert told in str(caught.value)
