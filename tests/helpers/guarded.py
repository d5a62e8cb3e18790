"""A replica set with users and with members of every kind: one that is hidden and delayed, and an arbiter."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pymongo import MongoClient

from tests.helpers.mongo import ReplicaSet, mongo_set
from zhihu_crawler.sandbox.mongod import START_SECONDS, Mongod, NoMongod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "s3cr@t/x"
QUOTED = "s3cr%40t%2Fx"
DELAY = 3600
USERS = {"writer": [{"role": "readWrite", "db": "zhihu"}]}
USERS["monitor"] = [*USERS["writer"], "clusterMonitor"]
_QUICK = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200, "heartbeatTimeoutSecs": 2}


class GuardedSet(ReplicaSet):
    """Primary, secondary, a hidden one that is delayed by an hour, and an arbiter; nobody is let in without a user."""

    def as_user(self, user: str, password: str = QUOTED) -> str:
        """Return the URI with a user in it; the arbiter and the hidden member are left for the set to name."""
        hosts = ",".join(member.address for member in self.members[:2])
        return f"mongodb://{user}:{password}@{hosts}/zhihu?replicaSet={self.name}&authSource=admin"

    def initiate(self) -> None:
        """Make the set and its users, which this machine may do while there are none."""
        hosts = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
        hosts[1] |= {"priority": 0}
        hosts[2] |= {"priority": 0, "votes": 0, "hidden": True, "secondaryDelaySecs": DELAY}
        hosts[3] |= {"arbiterOnly": True}
        self.members[0].run("replSetInitiate", {"_id": self.name, "members": hosts, "settings": _QUICK})
        self._wait()
        self._add_users()

    def _wait(self) -> None:
        wanted = ["OTHER", "PRIMARY", "SECONDARY", "SECONDARY"]
        deadline = time.monotonic() + START_SECONDS
        while sorted(self.states().values()) != wanted:
            if time.monotonic() > deadline:
                raise NoMongod(f"waited {START_SECONDS:g} s for the guarded set: {self.states()}")
            time.sleep(0.05)

    def _add_users(self) -> None:
        first: Mongod = self.members[0]
        first.run("createUser", "root", pwd=PASSWORD, roles=["root"], writeConcern={"w": "majority"})
        with MongoClient(first.address, directConnection=True, username="root", password=PASSWORD) as client:
            for name, roles in USERS.items():
                client.admin.command("createUser", name, pwd=PASSWORD, roles=roles, writeConcern={"w": "majority"})


@contextmanager
def guarded_set(folder: Path) -> Iterator[GuardedSet]:
    """Run one; its key file lies in the folder."""
    key = folder / "key"
    key.write_text("k" * 64)
    key.chmod(0o600)
    with mongo_set(4, flags=("--keyFile", str(key)), kind=GuardedSet) as running:
        assert isinstance(running, GuardedSet)
        yield running
