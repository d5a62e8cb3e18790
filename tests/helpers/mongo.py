"""MongoDB for tests: the running set of a session, emptied between tests."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from zhihu_crawler.sandbox.mongod import NoMongod, find_mongod
from zhihu_crawler.sandbox.replica_set import ReplicaSet, running_set

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MONGOD", "ReplicaSet", "mongo_set"]

MONGOD = os.environ.get("MONGOD", "")
"""A mongod that whoever runs the tests has named."""


@contextmanager
def mongo_set(
    members: int = 3, *, flags: tuple[str, ...] = (), kind: type[ReplicaSet] = ReplicaSet
) -> Iterator[ReplicaSet]:
    """Run a real replica set; the tests that want it are skipped where no mongod is to be had."""
    try:
        program = find_mongod(MONGOD)
    except NoMongod as error:
        pytest.skip(str(error))
    with running_set(members, mongod=program, flags=flags, kind=kind) as replica_set:
        yield replica_set
