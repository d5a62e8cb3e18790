"""Asks the members of a replica set: each directly, and the driver what it makes of them all.

It blocks, for a time that is bounded whatever hangs: a crawl calls it in a thread of its own.
"""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pymongo
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_host, parse_uri

from zhihu_crawler.storage.connect import APP_NAME, explain, sync_client
from zhihu_crawler.storage.health.observation import Answer, DriverView, Observation
from zhihu_crawler.storage.health.side_by_side import ask_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhihu_crawler.config import StoreConfig

PROBE_SECONDS = 3.0
"""How long a member may take for all its answers; a heartbeat between members may take 10 s."""
_GRACE = 0.5
_MEMBERS = 50
"""More than that no replica set has."""
_UNAUTHORIZED = 13
_QUESTIONS: dict[str, dict[str, Any]] = {
    "status": {"replSetGetStatus": 1},
    "config": {"replSetGetConfig": 1},
    "server": {"serverStatus": 1, "oplog": 1, "metrics": 0, "wiredTiger": 0, "tcmalloc": 0, "locks": 0},
    "concerns": {"getDefaultRWConcern": 1},
}
_TAKERS = ("RSPrimary", "Standalone", "Mongos", "LoadBalancer")
_SCRAM = (None, "DEFAULT", "SCRAM-SHA-1", "SCRAM-SHA-256")


def look(config: StoreConfig, *, seconds: float = PROBE_SECONDS) -> Observation:
    """Ask every member that MONGODB_URI or another member names, and return what was heard.

    It takes ``seconds`` at most, and as long again where members are only known from others, whatever hangs.
    """
    at = datetime.now(UTC)
    try:
        found = ask_all({"uri": partial(parse_uri, config.uri)}, seconds)  # mongodb+srv asks the name server
    except (PyMongoError, OSError) as error:
        return Observation(at=at, error=explain(error, config))
    if not found:
        return Observation(at=at, error=f"the name server gave no answer within {seconds:g} s")
    parts = dict(found["uri"])
    parts["options"] = {name.lower(): value for name, value in parts["options"].items()}
    asking = _Asking(config, parts, seconds)
    seeds = tuple(_address(*node) for node in parts["nodelist"])
    answers, driver = asking.members_and_driver(seeds)
    seen = Observation(
        at=at,
        seeds=seeds,
        wanted_set=parts["options"].get("replicaset"),
        answers=answers,
        driver=driver,
        write_concern=_write_concern(config),
    )
    more = _not_asked(seen)
    return replace(seen, answers=answers + asking.members(more)) if more else seen


def _address(host: str, port: int | None) -> str:
    """Return ``host:27017`` as the set itself writes it; a socket file has no port."""
    return host if port is None else f"[{host}]:{port}" if ":" in host else f"{host.lower()}:{port}"


def _not_asked(seen: Observation) -> list[str]:
    """Return the members that only others told of."""
    asked = {name for answer in seen.answers for name in (answer.address, answer.name)}
    told: set[str] = set()
    for answer in seen.in_set:
        for part in ("hosts", "passives", "arbiters"):
            told.update((answer.hello or {}).get(part, ()))
        told.update(row["name"] for row in (answer.status or {}).get("members", ()))
    return sorted(told - asked)[:_MEMBERS]


def _write_concern(config: StoreConfig) -> dict[str, Any]:
    with sync_client(config, connect=False) as client:
        return dict(client.write_concern.document)


class _Asking:
    """One round of questions to the servers of one URI."""

    def __init__(self, config: StoreConfig, parts: dict[str, Any], seconds: float) -> None:
        self._config, self._parts, self._seconds = config, parts, seconds
        wait = round(seconds * 1000)
        limits = ("connectTimeoutMS", "socketTimeoutMS", "serverSelectionTimeoutMS")
        self._limits: dict[str, Any] = dict.fromkeys(limits, wait)

    def members_and_driver(self, addresses: tuple[str, ...]) -> tuple[tuple[Answer, ...], DriverView]:
        """Ask members, and the driver beside them."""
        questions: dict[str, Any] = {address: partial(self._ask, address) for address in addresses}
        found = ask_all({**questions, "": self._driver}, self._seconds + _GRACE)
        driver = found.pop("", None) or DriverView(error=f"no answer within {self._seconds:g} s")
        return self._with_silent(addresses, found), driver

    def members(self, addresses: Iterable[str]) -> tuple[Answer, ...]:
        """Ask further members."""
        asked = tuple(addresses)
        return self._with_silent(
            asked, ask_all({address: partial(self._ask, address) for address in asked}, self._seconds + _GRACE)
        )

    def _with_silent(self, addresses: tuple[str, ...], found: dict[str, Answer]) -> tuple[Answer, ...]:
        silent = f"no answer within {self._seconds:g} s"
        return tuple(found.get(address) or Answer(address=address, error=silent) for address in addresses)

    def _ask(self, address: str) -> Answer:
        """Ask one member: its greeting needs no user; an arbiter has no users at all."""
        until = time.monotonic() + self._seconds
        try:
            _knock(address, self._seconds)
            with pymongo.timeout(_left(until)), self._client(address) as client:
                answer = _greet(address, client)
        except (PyMongoError, OSError) as error:
            return Answer(address=address, error=self._reason(error).removeprefix(f"{address}: "))
        wanted = self._parts["options"].get("replicaset", answer.set_name)
        if answer.set_name is None or answer.set_name != wanted or (answer.hello or {}).get("arbiterOnly"):
            return answer  # a stranger is not shown our user
        try:
            with pymongo.timeout(_left(until)), self._client(address, **self._user()) as client:
                return self._question(answer, client)
        except PyMongoError as error:  # what the URI says of its user does not fit together
            return replace(answer, error=self._reason(error))

    def _question(self, answer: Answer, client: MongoClient[dict[str, Any]]) -> Answer:
        told: dict[str, Any] = {}
        refused: list[str] = []
        for name, command in _QUESTIONS.items():
            try:
                told[name] = client.admin.command(command, codec_options=client.codec_options)
            except OperationFailure as error:
                if error.code != _UNAUTHORIZED:
                    told["error"] = self._reason(error)
                    break
                refused.append(next(iter(command)))
            except PyMongoError as error:
                told["error"] = self._reason(error)
                break
        return replace(answer, **told, refused=tuple(refused))

    def _client(self, address: str, **user: Any) -> MongoClient[dict[str, Any]]:
        tls = self._said("tls")
        options: dict[str, Any] = {"directConnection": True, "tz_aware": True, "appName": APP_NAME, "retryReads": False}
        host = f"mongodb://{quote(address, safe='')}" if address.startswith("/") else address  # a socket file
        return MongoClient(host, **options, **self._limits, **tls, **user)

    def _said(self, beginning: str) -> dict[str, Any]:
        """Return the options of the URI whose names begin so."""
        return {name: value for name, value in self._parts["options"].items() if name.startswith(beginning)}

    def _user(self) -> dict[str, Any]:
        """Return who logs in, as the URI says; without a database for it, the URI's own is asked."""
        options = self._said("auth")
        name, password = self._parts["username"], self._parts["password"] or None  # a certificate has none
        if name is not None and options.get("authmechanism") in _SCRAM:
            options.setdefault("authsource", self._parts["database"] or "admin")
        given = {"username": name, "password": password}
        return {name: value for name, value in (given | options).items() if value is not None}

    def _driver(self) -> DriverView:
        """Say what pymongo makes of the URI as a crawl uses it."""
        with sync_client(self._config, **self._limits, connect=False) as client:
            error = ""
            try:
                client.admin.command("ping")
            except PyMongoError as failure:
                error = explain(failure, self._config)
            view = client.topology_description
            servers = {_address(*where): one.server_type_name for where, one in view.server_descriptions().items()}
            taker = next((where for where, kind in servers.items() if kind in _TAKERS), None)
            return DriverView(topology=view.topology_type_name, primary=taker, servers=servers, error=error)

    def _reason(self, error: Exception) -> str:
        """Say in a few words why there was no answer, without what the library says of itself."""
        if isinstance(error, OperationFailure):
            return explain(error, self._config).removeprefix(f"MongoDB at {self._config.safe_uri}: ")
        told = " ".join(str(getattr(error, "strerror", None) or error).split())
        told = told.partition(", Timeout:")[0].partition(" (configured")[0]
        if isinstance(error, PyMongoError) and (not told or "timed out" in told or "No servers" in told):
            return f"it takes connections, but gave no answer within {self._seconds:g} s"
        hint = "; does it want TLS (tls=true)?" if "connection closed" in told else ""
        return self._config.hide(told) + hint


def _left(until: float) -> float:
    return max(0.1, until - time.monotonic())


def _knock(address: str, seconds: float) -> None:
    """Open a connection and close it: a refusal is known at once, where the driver would try until its time is up.

    Raises:
        OSError: nobody is there, or the name is not known.
    """
    host, port = parse_host(address, 27017)
    if port is not None and not host.startswith("/"):
        socket.create_connection((host, port), seconds).close()


def _greet(address: str, client: MongoClient[dict[str, Any]]) -> Answer:
    hello = client.admin.command("hello", codec_options=client.codec_options)
    begun, clock = time.monotonic(), time.time()
    client.admin.command("ping")
    spent = time.monotonic() - begun
    ahead = hello["localTime"].timestamp() - clock if "localTime" in hello else None
    return Answer(address=address, hello=hello, ping_ms=round(spent * 1000, 1), clock_ahead=ahead and round(ahead, 1))
