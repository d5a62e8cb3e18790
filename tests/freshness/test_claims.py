from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from tests.helpers.redis import running_redis
from zhihu_crawler.freshness.candidates import Candidate
from zhihu_crawler.freshness.claims import BATCH, KEYS, Claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[redis.Redis]:
    with running_redis() as running, running.client as client:
        yield client


@pytest.fixture
def client(server: redis.Redis) -> redis.Redis:
    server.flushall()
    return server


def things(count: int, visited: datetime = AT) -> list[Candidate]:
    return [Candidate("answer", str(number), visited, 1.0, 1.0) for number in range(count)]


def ids(claims: Claims, wanted: list[Candidate]) -> list[str]:
    return [one.id for batch in claims.claim(wanted) for one in batch]


def test_the_best_are_claimed_first_and_no_more_than_the_budget(client: redis.Redis):
    claims = Claims(client, 3)
    assert ids(claims, things(5)) == ["0", "1", "2"]
    assert claims.left == 0
    assert ids(claims, things(5)) == []


def test_two_schedulers_claim_nothing_twice_and_share_a_budget(client: redis.Redis):
    wanted = things(2 * BATCH + 7)
    one, other = Claims(client, len(wanted)), Claims(client, len(wanted))
    claimed: list[str] = []
    for batches in zip_longest(one.claim(wanted), other.claim(wanted), fillvalue=[]):
        claimed += [thing.id for batch in batches for thing in batch]
    assert sorted(claimed) == sorted(thing.id for thing in wanted)
    assert one.left == other.left == 0


def test_what_was_seen_since_its_claim_may_be_claimed_again(client: redis.Redis):
    assert ids(Claims(client, 10), things(1)) == ["0"]
    assert ids(Claims(client, 10), things(1)) == []
    assert ids(Claims(client, 10), things(1, AT + timedelta(seconds=1))) == ["0"]


def test_a_claim_ends_after_a_day_and_keys_do_not_stay_for_ever(client: redis.Redis):
    ids(Claims(client, 10), things(2))
    lasting = {key: client.pttl(key) for key in client.scan_iter()}
    assert sorted(round(left / 3_600_000) for left in lasting.values()) == [24, 24, 168]


def test_the_allowance_fills_in_a_day_and_holds_no_more_than_one(client: redis.Redis):
    ids(Claims(client, 24), things(24))
    hour = 3_600_000
    for hours, more in ((6, 6), (18, 18), (72, 24)):
        client.hincrby(f"{KEYS}:allowance", "at", -hours * hour)
        assert len(ids(Claims(client, 24), things(99, AT + timedelta(hours=hours)))) == more


def test_a_clock_that_was_set_back_takes_nothing_away(client: redis.Redis):
    ids(Claims(client, 10), things(4))
    client.hincrby(f"{KEYS}:allowance", "at", 3_600_000)
    assert len(ids(Claims(client, 10), things(99, AT + timedelta(hours=1)))) == 6
