from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.schedule.helpers import at, shop_of
from zhihu_crawler.errors import RunError
from zhihu_crawler.schedule.message import Seed
from zhihu_crawler.schedule.seeds import BATCH, SeedQueue, queue_of
from zhihu_crawler.urls import Target

NOW = at("2026-11-02T12:00")
KEY = "question:start_urls"


def seeds(*numbers, **given):
    return lambda: [Seed(Target("question", str(number)), **given) for number in numbers]


def push(queue, run, make, now=NOW, **given):
    """Push all, and return what there was at the end."""
    return list(queue.push_all(run, make, now, **given))[-1]


@pytest.fixture
def queue(redis):
    return SeedQueue(redis.client, KEY)


def test_seeds_are_pushed_in_order_as_users_of_scrapy_redis_push_them(queue, redis):
    assert push(queue, "r", seeds(1, 2)).pushed == 2
    assert push(queue, "s", seeds(3, priority=5, arguments={"max_answers": 2})).pushed == 1
    first, second, third = (seed.decode() for seed in redis.client.lrange(KEY, 0, -1))
    assert (first, second) == ("https://www.zhihu.com/question/1", "https://www.zhihu.com/question/2")
    told = {"url": "https://www.zhihu.com/question/3", "priority": 5, "arguments": {"max_answers": 2}}
    assert json.loads(third) == told
    assert (queue.count(), queue.first(1), queue.form()) == (3, [first], "list")


def test_the_same_run_pushes_a_seed_once_however_often_it_is_begun_again(queue):
    numbers = range(BATCH * 2 + 10)
    steps = queue.push_all("r", seeds(*numbers), NOW)
    next(steps)
    steps.close()  # its worker died after the first batch
    assert queue.count() == BATCH
    assert push(queue, "r", seeds(*numbers)).pushed == len(numbers)
    assert queue.count() == len(numbers)
    assert push(queue, "r", seeds(*numbers)).pushed == len(numbers)
    assert queue.count() == len(numbers)


def test_what_redis_lost_is_pushed_anew(queue, redis):
    numbers = range(BATCH * 2)
    steps = queue.push_all("r", seeds(*numbers), NOW)
    next(steps)
    redis.client.flushall()
    assert list(steps)[-1].pushed == len(numbers)
    assert queue.count() == len(numbers)


def test_twice_in_a_run_is_once(queue):
    assert push(queue, "r", seeds(1, 1, 2)).pushed == 2


@pytest.mark.parametrize(("hours", "pushed"), [(0, 0), (11, 0), (12, 1), (30, 1)])
def test_what_was_pushed_lately_is_left_out_where_that_is_wanted(queue, hours, pushed):
    push(queue, "r", seeds(1))
    later = NOW + timedelta(hours=hours)
    done = push(queue, "s", seeds(1), later, window=timedelta(hours=12))
    assert (done.pushed, done.known) == (pushed, 1 - pushed)
    assert push(queue, "t", seeds(1), later).pushed == 1  # and is not where it is not


def test_with_other_arguments_it_is_another_seed(queue):
    push(queue, "r", seeds(1))
    assert push(queue, "s", seeds(1, arguments={"max_answers": 1}), window=timedelta(hours=1)).pushed == 1
    assert push(queue, "t", seeds(1, priority=9), window=timedelta(hours=1)).known == 1


def test_a_set_and_a_sorted_set_are_used_as_what_they_are(redis):
    redis.client.sadd(KEY, "0")
    queue = SeedQueue(redis.client, KEY)
    push(queue, "r", seeds(1))
    assert (queue.form(), queue.count()) == ("set", 2)
    by_rank = queue_of(redis.client, shop_of(redis.url, REDIS_START_URLS_AS_ZSET=True).settings, "user")
    push(by_rank, "r", seeds(1, priority=1))
    push(by_rank, "s", seeds(2, priority=3))
    assert [json.loads(seed)["priority"] for seed in by_rank.first(5)] == [3, 1]


def test_another_programs_key_is_left_alone(queue, redis):
    redis.client.set(KEY, "x")
    for ask in (queue.count, queue.form, lambda: push(queue, "r", seeds(1))):
        with pytest.raises(RunError, match="question:start_urls holds a string, and no seeds"):
            ask()
    assert redis.client.get(KEY) == b"x"


def test_cleared_is_forgotten(queue):
    push(queue, "r", seeds(1, 2))
    assert queue.clear() == 2
    assert queue.count() == 0
    assert push(queue, "s", seeds(1), window=timedelta(hours=1)).pushed == 1


def test_what_is_remembered_has_an_end(queue, redis):
    push(queue, "r", seeds(1))
    assert all(redis.client.ttl(key) > 0 for key in redis.client.scan_iter("*") if key != KEY.encode())
    assert queue.prune(NOW + timedelta(days=6)) == 0
    assert queue.prune(NOW + timedelta(days=8)) == 1
