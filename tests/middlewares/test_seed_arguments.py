from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from zhihu_crawler.middlewares.seed_arguments import SeedArgumentsMiddleware


@pytest.mark.parametrize(
    ("before", "own", "after"),
    [
        ({"arguments": {"max_answers": 3}}, {}, {"arguments": {"max_answers": 3}}),
        ({"arguments": {"max_answers": 3}}, {"arguments": {}}, {"arguments": {}}),
        ({}, {"x": 1}, {"x": 1}),
    ],
)
def test_what_came_with_a_seed_goes_on_to_what_follows(before, own, after):
    middleware = SeedArgumentsMiddleware.from_crawler(get_crawler(Spider))
    response = Response("https://example.org/1", request=Request("https://example.org/1", meta=before))
    request = Request("https://example.org/2", meta=own)
    assert list(middleware.process_spider_output(response, [request, {"an": "item"}])) == [request, {"an": "item"}]
    assert request.meta == after
