from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers.mongo import ReplicaSet, mongo_set
from zhihu_crawler.items import Layout
from zhihu_crawler.parsers.result import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
CAPTURES = ROOT.parent / "shared" / "captures"
FIXTURES = Path(__file__).parent / "fixtures"

# the same run everywhere, however slow the machine
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def captures() -> Path:
    """The real pages that lie beside the checkout."""
    if not CAPTURES.is_dir():
        pytest.skip(f"no captures beside the checkout ({CAPTURES})")
    return CAPTURES


@pytest.fixture
def crawled_at() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def source(crawled_at: datetime) -> Source:
    """A page of today's layout; ``source.on(layout)`` gives another's."""
    return Source("https://www.zhihu.com/question/1", crawled_at, Layout.STATE)


@pytest.fixture(scope="session")
def replica_set() -> Iterator[ReplicaSet]:
    """Three real members, for the whole session; ``mongo`` gives it clean."""
    with mongo_set(3) as running:
        yield running


@pytest.fixture
def mongo(replica_set: ReplicaSet) -> Iterator[ReplicaSet]:
    """The session's replica set, whole and without databases; what a test kills or pauses is put right after it."""
    yield replica_set
    replica_set.heal()
    replica_set.drop_databases()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Tests mostly wait, for servers and for what the clock must bring; two at a time leave a machine idle."""
    return max(4, os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]):
    """Keep the tests of a module in one process, so that what they share is made once; others may share more."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            uses_mongo = "replica_set" in getattr(item, "fixturenames", ())
            group = "mongo" if uses_mongo else item.nodeid.partition("::")[0]
            item.add_marker(pytest.mark.xdist_group(group))
