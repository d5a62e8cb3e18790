from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from tests.helpers.redis import running_redis
from tests.samples import make_item
from zhihu_crawler.commands.recrawl import Command
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet
    from tests.helpers.redis import Redis

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def running() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def redis(running: Redis) -> Redis:
    with running.client as client:
        client.flushall()
    return running


@pytest.fixture
def stored(mongo: ReplicaSet, tmp_path: Path) -> str:
    """A store with three answers and a question that are due, a person who is, and much that is not."""
    old = NOW - timedelta(days=40)
    made = {"crawled_at": old, "created": old - timedelta(days=9)}
    items = [make_item("answer", str(n), voteup_count=10**n, **made) for n in (1, 2, 3)]
    items += [
        make_item("question", "7", follower_count=5, **made),
        make_item("user", "a" * 32, url_token="li-bai", follower_count=3, crawled_at=old),
        make_item("answer", "8", voteup_count=5, crawled_at=NOW),
        make_item("answer", "9", voteup_count=5, is_deleted=True, **made),
        make_item("user", "b" * 32, url_token="du-fu", partial=True, crawled_at=old),
    ]
    uri = mongo.uri("zhihu")

    async def write() -> None:
        store = Store(StoreConfig(uri=uri, spool_dir=tmp_path), "test", lambda *_: None)
        await store.open()
        await asyncio.gather(*(store.put(item) for item in items))
        await store.close()

    asyncio.run(write())
    return uri


def recrawl(*args: str, **settings: Any) -> Command:
    made = Command()
    made.settings = Settings({"SPIDER_MODULES": ["spiders"], **settings})
    parser = argparse.ArgumentParser()
    made.add_options(parser)
    options, rest = parser.parse_known_args(args)
    made.run(rest, options)
    return made


def seeds(redis: Redis, spider: str) -> list[dict[str, Any]]:
    with redis.client as client:
        return [json.loads(seed) for seed in client.lrange(f"{spider}:start_urls", 0, -1)]


def test_the_stale_is_pushed_best_first_and_a_visit_is_one_page(
    stored: str, redis: Redis, capsys: pytest.CaptureFixture[str]
):
    assert recrawl(MONGODB_URI=stored, REDIS_URL=redis.url).exitcode == 0
    assert "Pushed 3 answers, 1 questions, 1 users; 995 of 1,000 pages a day are left" in capsys.readouterr().err
    answers = [seed["url"] for seed in seeds(redis, "answer")]
    assert answers == [f"https://www.zhihu.com/answer/{n}" for n in (3, 2, 1)]
    [question] = seeds(redis, "question")
    assert question["arguments"] == {"max_answers": 0}
    assert question["priority"] < 0
    [person] = seeds(redis, "user")
    assert person["url"] == "https://www.zhihu.com/people/li-bai"


def test_what_another_call_claimed_is_not_pushed_again_and_the_budget_is_shared(
    stored: str, redis: Redis, capsys: pytest.CaptureFixture[str]
):
    recrawl("answer", "--budget", "2", MONGODB_URI=stored, REDIS_URL=redis.url)
    recrawl("answer", "--budget", "2", MONGODB_URI=stored, REDIS_URL=redis.url)
    recrawl(MONGODB_URI=stored, REDIS_URL=redis.url)
    told = capsys.readouterr().err
    assert told.count("Pushed 2 answers; 0 of 2 pages a day are left") == 1
    assert told.count("Pushed nothing") == 2
    assert len(seeds(redis, "answer")) == 2


def test_what_would_be_pushed_is_listed_without_a_redis(stored: str, capsys: pytest.CaptureFixture[str]):
    assert recrawl("--list", "2", MONGODB_URI=stored).exitcode == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("https://www.zhihu.com/answer/3\tread ")
    assert lines[0].endswith(" changes expected")


def test_servers_that_are_away_are_told(redis: Redis, stored: str, capsys: pytest.CaptureFixture[str]):
    away = {"MONGODB_URI": "mongodb://127.0.0.1:1/zhihu", "MONGODB_START_SECONDS": 0.2}
    assert recrawl(REDIS_URL=redis.url, **away).exitcode == 3
    assert "recrawl: MongoDB at mongodb://127.0.0.1:1/zhihu: no server can be reached" in capsys.readouterr().err
    assert recrawl(MONGODB_URI=stored, REDIS_URL="redis://127.0.0.1:1/0").exitcode == 3
    assert "recrawl: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "settings", "told"),
    [
        (("follow",), {"MONGODB_URI": "mongodb://a/x"}, "'follow' cannot be read again by itself"),
        (("--budget", "0"), {"MONGODB_URI": "mongodb://a/x"}, r"--budget \(0\) must be at least 1"),
        ((), {}, "there is no MONGODB_URI"),
        ((), {"MONGODB_URI": "mongodb://a/x"}, "there is no REDIS_URL"),
    ],
)
def test_a_wrong_call_is_told(args: tuple[str, ...], settings: dict[str, str], told: str):
    with pytest.raises(UsageError, match=told):
        recrawl(*args, **settings)
