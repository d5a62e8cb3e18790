"""MongoDB for tests: the running set of a session, emptied between tests."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from zhihu_crawler.sandbox.mongod import NoMongod, find_mongod
from zhihu_crawler.sandbox.replica_set import ReplicaSet, running_set

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MONGOD", "ReplicaSet", "mongo_set", "program"]

MONGOD = os.environ.get("MONGOD", "")
"""A mongod that whoever runs the tests has named."""


def program() -> str:
    """Return a mongod; tests are skipped only on machines for which requirements-dev.txt has none to install."""
    try:
        return find_mongod(MONGOD)
    except NoMongod as error:
        if MONGOD or (sys.platform, platform.machine()) == ("linux", "x86_64"):
            raise
        pytest.skip(str(error))


@contextmanager
def mongo_set(
    members: int = 3, *, flags: tuple[str, ...] = (), kind: type[ReplicaSet] = ReplicaSet
) -> Iterator[ReplicaSet]:
    """Run a real replica set."""
    with running_set(members, mongod=program(), flags=flags, kind=kind) as replica_set:
        yield replica_set
