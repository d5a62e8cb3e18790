"""No challenge, log-in wall or error page ever yields an item or ends a listing as complete, whoever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.http import HtmlResponse, TextResponse
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings
from scrapy.utils.test import get_crawler

from tests.helpers.crawls import crawl
from tests.helpers.sandbox import running_sandbox
from zhihu_crawler.items import Item, Listing, Tombstone
from zhihu_crawler.sandbox.blocks import BLOCKS
from zhihu_crawler.signals import page_unread
from zhihu_crawler.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from scrapy import Request, Spider

SPIDERS = SpiderLoader.from_settings(get_project_settings())
SEEDS: dict[str, dict[str, str]] = {
    "question": {"ids": "1"},
    "answer": {"urls": "https://www.zhihu.com/question/1/answer/2"},
    "user": {"tokens": "li-bai", "follow": "answers,followers"},
    "collection": {"ids": "1"},
}
WALKS: dict[str, list[tuple[str, str, str, dict[str, Any]]]] = {
    "question": [("parse_answers", "answers", "questions/1/feeds", {})],
    "answer": [],
    "user": [
        ("parse_listing", "answers", "members/li-bai/answers", {"depth": 0}),
        ("parse_listing", "followers", "members/li-bai/followers", {"depth": 0}),
    ],
    "collection": [("parse_entries", "entries", "collections/1/items", {})],
}
"""Callbacks of listings: the method, the listing, the API's path, what travels with it."""
GONE = {"gone", "bare-404"}
BODIES = {name: (block.status, block.body.encode()) for name, block in BLOCKS.items() if name != "legacy-ban"}
BODIES |= {
    "nothing": (200, b""),
    "cut JSON": (200, b'{"data": [{"id": 1'),
    "cut page": (200, b"<!doctype html><html><body><div>"),
    "another's JSON": (200, b'{"ok": true}'),
    "a proxy's page": (200, b"<html><body><h1>Welcome to our network</h1></body></html>"),
    "a list of nothing": (200, b'{"data": null, "paging": null}'),
    "403 without a word": (403, b""),
}


@dataclass(frozen=True)
class Asked:
    """A callback of a spider, and the request that leads to it."""

    spider: Spider
    request: Request

    def outputs(self, status: int, body: bytes, **headers: str) -> list[Any]:
        """Return what comes of a reply after the last try."""
        kind = TextResponse if body[:1] == b"{" else HtmlResponse
        self.request.meta["retry_times"] = 99
        reply = kind(
            self.request.url, status=status, body=body, headers=headers, request=self.request, encoding="utf-8"
        )
        return asyncio.run(listed(self.request.callback(reply, **self.request.cb_kwargs)))


async def listed(outputs: Iterable[Any] | AsyncIterable[Any]) -> list[Any]:
    return [one async for one in outputs] if isinstance(outputs, AsyncIterable) else list(outputs)


def spider_of(name: str) -> Spider:
    crawler = get_crawler(SPIDERS.load(name))
    spider = crawler._create_spider(**SEEDS[name])
    crawler.spider = spider
    return spider


def asked_by(name: str) -> Iterator[Asked]:
    """Give a spider's first request, and one in the middle of each of its listings."""
    spider = spider_of(name)
    for target in spider.args.targets():
        yield Asked(spider, spider.seed_request(target, spider.args))
    for method, listing, path, more in WALKS[name]:
        owner_kind, owner_id = ("user", "li-bai") if name == "user" else (name, "1")
        walk = Walk(owner_kind, owner_id, listing, got=10, pages=2, total=40).to_dict()
        url = f"https://www.zhihu.com/api/v4/{path}?offset=10"
        yield Asked(spider, spider.request(url, getattr(spider, method), walk=walk, **more))


def check(found: list[Any], *, is_gone: bool, is_first: bool) -> None:
    items = [one for one in found if isinstance(one, Item)]
    assert [one for one in items if not isinstance(one, Listing | Tombstone)] == []
    assert not any(one.complete for one in items if isinstance(one, Listing))
    assert any(isinstance(one, Tombstone) for one in items) is (is_gone and is_first)
    assert found == items  # nothing is asked for because of it


@pytest.mark.parametrize("spider", sorted(SPIDERS.list()))
@pytest.mark.parametrize("name", BODIES)
def test_no_refusal_yields_an_item_or_ends_a_listing_as_complete(spider: str, name: str):
    status, body = BODIES[name]
    headers = BLOCKS[name].headers if name in BLOCKS else {}
    for number, asked in enumerate(asked_by(spider)):
        check(asked.outputs(status, body, **headers), is_gone=name in GONE, is_first=number == 0)


@pytest.mark.captures
@pytest.mark.parametrize("spider", sorted(SPIDERS.list()))
def test_no_captured_refusal_yields_an_item_or_ends_a_listing_as_complete(captures: Path, spider: str):
    files = sorted((captures / "blocked").iterdir())
    assert files
    for file in files:
        for asked in asked_by(spider):
            for status in (200, 401, 403):
                check(asked.outputs(status, file.read_bytes()), is_gone=False, is_first=False)


def test_every_spider_of_the_project_is_held_to_it():
    assert set(SEEDS) == set(WALKS) == set(SPIDERS.list())


@pytest.mark.parametrize("spider", sorted(SPIDERS.list()))
def test_a_thing_that_is_gone_is_told_by_a_tombstone(spider: str):
    asked = next(asked_by(spider))
    [stone] = asked.outputs(404, BLOCKS["gone"].body.encode())
    target = next(iter(asked.spider.args.targets()))
    assert (stone.key, stone.gone_kind, stone.gone_id) == (f"tombstone:{spider}:{target.id}", spider, target.id)
    assert (stone.signal, stone.url) == ("code-4041", asked.request.url)
    assert "tombstone" in asked.spider.kinds


@pytest.mark.parametrize("name", ["wasteland", "home-redirect", "error-200", "empty-page", "unhuman"])
def test_a_doubtful_page_is_asked_for_again_twice(name: str):
    status, body = BODIES[name]
    again = []
    for times in range(4):
        asked = next(asked_by("question"))
        asked.request.meta["retry_times"] = times
        reply = HtmlResponse(
            asked.request.url, status=status, body=body, headers=BLOCKS[name].headers, request=asked.request
        )
        found = asyncio.run(listed(asked.request.callback(reply, **asked.request.cb_kwargs)))
        again.append([one.meta["retry_times"] for one in found if not isinstance(one, Item)])
    assert again == ([[], [], [], []] if name == "unhuman" else [[1], [2], [], []])  # which the middleware asks for


def test_a_page_that_cannot_be_read_is_told_to_whoever_listens():
    told: list[Any] = []

    def hear(error: Any, response: Any) -> None:
        told.append((error.signal, response.status))

    asked = next(asked_by("question"))
    asked.spider.crawler.signals.connect(hear, signal=page_unread)
    for name in ("empty-page", "error-200", "wasteland", "gone", "code-40362"):
        asked.outputs(*BODIES[name])
    assert told == [("layoutunknown", 200), ("code-5000", 200)]


SLOW = {"RETRY_EXCEPTIONS_DELAY": "0.01", "RETRY_TIMES": "1"}


@pytest.mark.crawl
def test_a_crawl_that_is_refused_in_a_row_stops_and_goes_on_where_it_was(tmp_path: Path):
    job = SLOW | {"JOBDIR": str(tmp_path / "job"), "ZHIHU_BLOCKS_IN_A_ROW": "5"}
    with running_sandbox("--fault", "code-40352=1:always") as running:
        closed = crawl(tmp_path, running.origin, "question", "ids=24000001,24000002,24000003", **job)
    assert (closed.status, closed.items, closed.tally["reasons"]) == (6, {}, ["blocked"])
    assert "5 replies in a row were refusals, the last one: code 40352" in closed.log
    assert closed.tally["expected"] == {"question": 3}
    with running_sandbox() as running:
        again = crawl(tmp_path, running.origin, "question", "ids=24000001,24000002,24000003", **job)
    assert again.status == 0, again.log[-3000:]
    assert sorted(again.ids("question")) == ["24000001", "24000002", "24000003"]
    assert len(set(again.ids("answer"))) == len(again.ids("answer")) == 360
    assert all(listing["complete"] for listing in again.items["listing"])


@pytest.mark.crawl
def test_one_page_that_is_refused_to_the_end_is_kept_and_the_rest_is_got(tmp_path: Path):
    job = SLOW | {"JOBDIR": str(tmp_path / "job")}
    with running_sandbox("--fault-url", "questions/24000001/feeds.*offset=50=code-40353:always") as running:
        closed = crawl(tmp_path, running.origin, "question", "ids=24000001,24000002", **job)
        asked = running.stats()["fault"]["code-40353"]
    assert (closed.status, closed.tally["reasons"], asked) == (6, ["blocked"], 2)
    assert [listing["owner_id"] for listing in closed.items["listing"]] == ["24000002"]
    assert any("Refused to the end and kept: 1 requests" in note for note in closed.tally["notes"])
    got = set(closed.ids("answer"))
    with running_sandbox() as running:
        again = crawl(tmp_path, running.origin, "question", "ids=24000001,24000002", **job)
        truth = set(running.truth("question/24000001")["answers"]["ids"])
        truth |= set(running.truth("question/24000002")["answers"]["ids"])
    assert again.status == 0, again.log[-3000:]
    assert set(again.ids("answer")) | got == truth
    assert {listing["owner_id"] for listing in again.items["listing"]} == {"24000001", "24000002"}
    assert all(listing["complete"] for listing in again.items["listing"])
