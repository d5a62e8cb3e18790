from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.redis import Redis, running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def one_redis() -> Iterator[Redis]:
    """A server for a module of tests; ``redis`` gives it empty."""
    with running_redis() as server:
        yield server


@pytest.fixture
def redis(one_redis: Redis) -> Redis:
    with one_redis.client as client:
        client.flushall()
    return one_redis
