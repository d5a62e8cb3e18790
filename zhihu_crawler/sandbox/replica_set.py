"""A replica set of real mongod processes on loopback: for ``make mongo``, for tests and for benchmarks.

Nothing is left behind: its processes die with the process that made them, its files lie in one temporary folder.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from zhihu_crawler.sandbox.mongod import START_SECONDS, Mongod, NoMongod, find_mongod

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUICK = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200, "heartbeatTimeoutSecs": 2}
"""Elections in about two seconds instead of twelve."""
_OURS = ("admin", "config", "local")


class ReplicaSet:
    """Members of one set, in the order they were started; any of them may be the primary."""

    def __init__(self, members: list[Mongod], name: str) -> None:
        self.members = members
        self.name = name

    def uri(self, database: str = "", **options: object) -> str:
        """Return the URI of the set: ``mongodb://127.0.0.1:1,.../zhihu?replicaSet=rs0``, with more options."""
        told = {"replicaSet": self.name} | options
        hosts = ",".join(member.address for member in self.members)
        return f"mongodb://{hosts}/{database}?{'&'.join(f'{name}={value}' for name, value in told.items())}"

    def client(self, **options: Any) -> MongoClient[dict[str, Any]]:
        """Make a client of the whole set; the caller closes it."""
        return MongoClient(self.uri(), tz_aware=True, w="majority", **options)

    def initiate(self) -> None:
        """Make one set of the started members, and wait until it is whole."""
        hosts = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
        self.members[0].run("replSetInitiate", {"_id": self.name, "members": hosts, "settings": _QUICK})
        self.wait_healthy()

    def states(self) -> dict[str, str]:
        """Return what each running member says of itself: ``PRIMARY``, ``SECONDARY``, or ``DOWN`` of a silent one."""
        return {member.address: _state(member) for member in self.members}

    def primary(self, seconds: float = START_SECONDS) -> Mongod:
        """Return the primary, waiting for an election where there is none.

        Raises:
            NoMongod: none was elected in time.
        """
        found: Mongod | None = None
        with self._until(seconds, "a primary") as more:
            while found is None and more():
                found = next((member for member in self.members if _state(member) == "PRIMARY"), None)
        assert found
        return found

    def secondaries(self) -> list[Mongod]:
        """Return the members that are not the primary, whatever they are."""
        first = self.primary()
        return [member for member in self.members if member is not first]

    def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        """Wait until every member is primary or secondary, and a majority write goes through."""
        with self._until(seconds, "all members") as more:
            while sorted(set(self.states().values()) - {"SECONDARY"}) != ["PRIMARY"] and more():
                pass
        with self.client(serverSelectionTimeoutMS=round(seconds * 1000)) as client:
            client.sandbox.ready.update_one({"_id": 1}, {"$set": {"ready": True}}, upsert=True)
            client.drop_database("sandbox")

    @contextmanager
    def _until(self, seconds: float, what: str) -> Iterator[Any]:
        deadline = time.monotonic() + seconds

        def more() -> bool:
            if time.monotonic() > deadline:
                raise NoMongod(f"waited {seconds:g} s for {what}: {self.states()}")
            time.sleep(0.05)
            return True

        yield more

    def step_down(self) -> Mongod:
        """Make the primary hand over, and return the new one."""
        old = self.primary()
        with suppress(AutoReconnect):  # older servers hang up
            old.run("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5, timeoutMS=15_000)
        return self.primary()

    def heal(self) -> None:
        """Resume, restart and un-fault whatever a test left behind, and wait until the set is whole."""
        for member in self.members:
            member.resume()
            if not member.is_running:
                member.start()
        for member in self.members:
            member.wait()
            with suppress(OperationFailure):
                member.fail("failCommand", "off")
        self.wait_healthy()

    def drop_databases(self) -> None:
        """Drop every database but the server's own."""
        with self.client() as client:
            for name in client.list_database_names():
                if name not in _OURS:
                    client.drop_database(name)

    def stop(self) -> None:
        """End all members at once: what they hold is thrown away anyway."""
        for member in self.members:
            if member.is_running:
                member.kill()


def _state(member: Mongod) -> str:
    if not member.is_running:
        return "DOWN"
    try:
        hello = member.run("hello", timeoutMS=1000)
    except PyMongoError:
        return "DOWN"
    if hello.get("isWritablePrimary"):
        return "PRIMARY"
    return "SECONDARY" if hello.get("secondary") else "OTHER"


@contextmanager
def running_set(
    members: int = 3,
    *,
    mongod: str = "",
    name: str = "rs0",
    flags: tuple[str, ...] = (),
    kind: type[ReplicaSet] = ReplicaSet,
) -> Iterator[ReplicaSet]:
    """Run a replica set in a temporary folder, and end it afterwards.

    Args:
        members: how many; 1 is up in half a second.
        mongod: the program, where it is not to be looked for.
        name: the set's name.
        flags: more of them for every member, such as ``("--auth", "--keyFile", ...)``.
        kind: a class that initiates the set in another way, such as one with users.

    Raises:
        NoMongod: there is no program, or it did not come up.
    """
    program = find_mongod(mongod)
    with tempfile.TemporaryDirectory(prefix="zhihu-mongo-", ignore_cleanup_errors=True) as folder:
        replica_set = kind([Mongod(program, Path(folder) / str(no), name, flags=flags) for no in range(members)], name)
        try:
            _start(replica_set)
            yield replica_set
        finally:
            replica_set.stop()


def _start(replica_set: ReplicaSet) -> None:
    for member in replica_set.members:
        member.start()
    for member in replica_set.members:
        _wait(member)
    replica_set.initiate()


def _wait(member: Mongod) -> None:
    """Wait for a started member; start it on another port where somebody was quicker to take the first."""
    for _ in range(5):
        try:
            return member.wait()
        except NoMongod:
            if member.is_running or "Address already in use" not in member.log():
                raise
        member.move()
        member.start()
    raise NoMongod(f"no free port for a mongod: the last was {member.port}")
