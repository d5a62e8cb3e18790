"""A member that moves to another address is found again by its name, by a client that was never restarted."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.moving import Door, Names
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.storage.connect import async_client, sync_client
from zhihu_crawler.storage.health import Verdict, assess, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet

OLD, NEW = "127.0.0.2", "127.0.0.3"
QUICK = {"connectTimeoutMS": 500, "heartbeatFrequencyMS": 500, "socketTimeoutMS": 2000}


class NamedSet:
    """A replica set whose members are m0.rs.lan, m1.rs.lan and m2.rs.lan to clients, at addresses that change."""

    def __init__(self, mongo: ReplicaSet, names: Names) -> None:
        self._mongo, self._names = mongo, names
        self._hosts = {f"m{number}.rs.lan": member.port for number, member in enumerate(mongo.members)}
        self._renamed = {f"127.0.0.1:{port}".encode(): f"{name}:{port}".encode() for name, port in self._hosts.items()}
        self._places = dict.fromkeys(self._hosts, OLD)
        self.all: list[Door] = []
        self.doors = {name: self._open(name) for name in self._hosts}
        names.lead(self._places)

    @property
    def uri(self) -> str:
        hosts = ",".join(f"{name}:{port}" for name, port in self._hosts.items())
        return f"mongodb://{hosts}/zhihu?replicaSet={self._mongo.name}"

    @property
    def primary(self) -> str:
        """The name of the primary."""
        port = self._mongo.primary().port
        return next(name for name, own in self._hosts.items() if own == port)

    def move(self, name: str, leave: Callable[[Door], None]) -> Door:
        """Open another door for a member and leave the old one; its name leads to the new one."""
        leave(self.doors[name])
        self._places[name] = NEW
        self._names.lead(self._places)
        self.doors[name] = self._open(name)
        return self.doors[name]

    def _open(self, name: str) -> Door:
        port = self._hosts[name]
        self.all.append(Door(self._places[name], port, port, self._renamed))
        return self.all[-1]


@pytest.fixture
def named(mongo: ReplicaSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NamedSet]:
    names = Names(tmp_path / "names.json")
    monkeypatch.setattr(socket, "getaddrinfo", names.resolve)
    made = NamedSet(mongo, names)
    yield made
    for door in made.all:
        door.close()


def test_a_set_known_by_names_is_seen_by_them(named: NamedSet):
    report = assess(look(StoreConfig(uri=named.uri)))
    known = {f"{name}:{door.port}" for name, door in named.doors.items()}
    assert set(report.driver["servers"]) == {member.name for member in report.members} == known
    assert report.verdict is Verdict.GOOD, report.reasons


@pytest.mark.parametrize("leave", [Door.close, Door.hang], ids=["closed", "silent"])
def test_a_blocking_client_follows_a_primary_that_moves(named: NamedSet, leave: Callable[[Door], None]):
    with sync_client(StoreConfig(uri=named.uri), **QUICK) as client:
        things = client.zhihu.things
        things.insert_one({"_id": "before"})
        door = named.move(named.primary, leave)
        things.insert_one({"_id": "after"})
        assert things.count_documents({}) == 2
        assert door.opened


@pytest.mark.parametrize("leave", [Door.close, Door.hang], ids=["closed", "silent"])
def test_the_client_of_a_crawl_follows_a_primary_that_moves(named: NamedSet, leave: Callable[[Door], None]):
    async def write() -> Any:
        async with async_client(StoreConfig(uri=named.uri), **QUICK) as client:
            things = client.zhihu.things
            await things.insert_one({"_id": "before"})
            door = named.move(named.primary, leave)
            await things.insert_one({"_id": "after"})
            return await things.count_documents({}), door.opened

    count, opened = asyncio.run(write())
    assert count == 2
    assert opened
