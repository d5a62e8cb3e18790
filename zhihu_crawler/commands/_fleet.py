"""Starts, ends and lists the processes of a fleet on one machine."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from pymongo.errors import OperationFailure
from rich.table import Table

from zhihu_crawler.sandbox import services
from zhihu_crawler.sandbox.background import Background, NotStarted
from zhihu_crawler.sandbox.mongod import HOST, Mongod
from zhihu_crawler.sandbox.replica_set import ReplicaSet
from zhihu_crawler.sandbox.services import MEMBERS, NAMES, REDIS, STAGES, Fleet

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(".scrapy") / "fleet"
READY_SECONDS = 120.0
_KEPT = "fleet.json"
_ALREADY_INITIATED = 23


class Member(Mongod):
    """A member of the replica set that some other command started."""

    def __init__(self, fleet: Fleet, name: str, background: Background) -> None:
        super().__init__(fleet.mongod, Path(fleet.folder) / name, services.SET_NAME, port=fleet.ports[name])
        self._name, self._background = name, background

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._background.pid(self._name) is not None

    def log(self) -> str:
        """What it wrote last."""
        return self._background.last_words(self._name)


class Runner:
    """The processes of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.background = Background(Path(fleet.folder))

    @classmethod
    def make(cls, folder: Path, root: Path, mongod: str = "") -> Runner:
        """Lay a new fleet of a checkout out in a folder.

        Raises:
            NoRedis, NoMongod: there is no server to be had.
        """
        fleet = Fleet.make(folder, root, mongod)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedule.toml").write_text(services.schedule_toml(), encoding="utf-8")
        (folder / "env").write_text(fleet.env_file(), encoding="utf-8")
        (folder / _KEPT).write_text(fleet.as_json(), encoding="utf-8")
        return cls(fleet)

    @classmethod
    def open(cls, folder: Path) -> Runner | None:
        """Return the fleet that was laid out in a folder, if any."""
        return cls(Fleet.read(folder / _KEPT)) if (folder / _KEPT).exists() else None

    def start(self, names: Sequence[str] = NAMES) -> list[str]:
        """Start those that do not run, stage by stage, and wait for each stage; returns their names.

        Raises:
            NotStarted: one ended at once, or did not answer in time; with the end of its log.
            NoMongod: the replica set did not become whole.
        """
        begun = []
        for stage in STAGES:
            missing = [name for name in stage if name in names and self.background.pid(name) is None]
            for name in missing:
                for folder in (name, f"{name}/data") if name in MEMBERS else (name,) if name == REDIS else ():
                    (Path(self.fleet.folder) / folder).mkdir(parents=True, exist_ok=True)
                self.background.start(name, self.fleet.command(name), self.fleet.environment())
            for name in missing:
                self._wait(name)
            if any(name in MEMBERS for name in missing):
                self._make_whole()
            begun += missing
        return begun

    def _wait(self, name: str) -> None:
        """Wait until it listens, where it does: a worker does when its crawl has begun."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready(name):
            if self.background.pid(name) is None or time.monotonic() > deadline:
                raise NotStarted(f"{name} did not start: {self.background.last_words(name) or 'it said nothing'}")
            time.sleep(0.1)

    def _is_ready(self, name: str) -> bool:
        if name == REDIS:
            with suppress(redis.RedisError), redis.Redis(port=self.fleet.ports[name], socket_timeout=1) as client:
                return bool(client.ping())
            return False
        if name in MEMBERS:
            return Member(self.fleet, name, self.background).answers()
        return name not in self.fleet.ports or _listens(self.fleet.ports[name])

    def _make_whole(self) -> None:
        replica_set = self.replica_set()
        try:
            replica_set.initiate()
        except OperationFailure as error:
            if error.code != _ALREADY_INITIATED:
                raise
            replica_set.primary()

    def replica_set(self) -> ReplicaSet:
        """Return the replica set, to be asked."""
        members: list[Mongod] = [Member(self.fleet, name, self.background) for name in MEMBERS]
        return ReplicaSet(members, services.SET_NAME)

    def stop(self, names: Sequence[str] = NAMES) -> list[str]:
        """End them in order, what stands on others first; returns those that had to be killed."""
        return [
            late
            for stage in (*reversed(STAGES[1:]), STAGES[0])
            for late in self.background.stop(name for name in stage if name in names)
        ]

    def primary(self) -> str:
        """Name the member that is the primary.

        Raises:
            NoMongod: there is none.
        """
        port = self.replica_set().primary().port
        return next(name for name in MEMBERS if self.fleet.ports[name] == port)

    def as_table(self) -> Table:
        """Return who runs."""
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for column in ("process", "pid", "port", "log"):
            table.add_column(column, no_wrap=True)
        for name in NAMES:
            port = self.fleet.ports.get(name)
            pid = self.background.pid(name)
            log = self.background.log(name).relative_to(self.fleet.root)
            table.add_row(name, str(pid or "down"), str(port or ""), str(log))
        return table


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
