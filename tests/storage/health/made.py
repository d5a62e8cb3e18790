"""Made-up replies in the shape of MongoDB 6.0, for states that no test can bring a real set into at will."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId, Timestamp

from zhihu_crawler.storage.health.observation import Answer, DriverView, Observation

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
A, B, C, D = "a:27017", "b:27017", "c:27017", "d:27017"
STATES = {"PRIMARY": 1, "SECONDARY": 2, "RECOVERING": 3, "STARTUP2": 5, "ARBITER": 7, "ROLLBACK": 9}
HOURS = 3600


def optime(seconds_ago: float = 0, term: int = 3) -> dict[str, Any]:
    return {"ts": Timestamp(int(NOW.timestamp() - seconds_ago), 1), "t": term}


def row(name: str, state: str = "SECONDARY", *, lag: float = 0, heard: float = 1, **more: Any) -> dict[str, Any]:
    """A member in replSetGetStatus; one that is ``DOWN`` has the optime of 1970 that MongoDB gives it."""
    if state == "DOWN":
        gone = {"health": 0.0, "state": 8, "optime": {"ts": Timestamp(0, 0), "t": -1}}
        return {"name": name, "lastHeartbeatRecv": NOW - timedelta(seconds=heard), **gone, **more}
    told: dict[str, Any] = {"name": name, "health": 1.0, "state": STATES[state], "optime": optime(lag)}
    if state == "PRIMARY":
        told |= {"electionDate": NOW - timedelta(days=9), "self": True}
    else:
        told |= {"lastHeartbeatRecv": NOW - timedelta(seconds=heard), "syncSourceHost": A}
    return told | more


def config(*names: str, **changed: dict[str, Any]) -> dict[str, Any]:
    """replSetGetConfig; ``b={"votes": 0}`` changes what holds for ``b:27017``."""
    usual = {"arbiterOnly": False, "hidden": False, "priority": 1.0, "votes": 1, "secondaryDelaySecs": 0}
    members = [{"host": name} | usual | changed.get(name[0], {}) for name in names]
    return {"config": {"_id": "rs0", "version": 1, "term": 3, "members": members}}


def hello(name: str, state: str = "SECONDARY", *, lag: float = 0, term: int = 3, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"me": name, "setName": "rs0", "hosts": [A, B, C], "localTime": NOW}
    told |= {"isWritablePrimary": state == "PRIMARY", "secondary": state == "SECONDARY"}
    told |= {"lastWrite": {"opTime": optime(lag)}}
    if state == "PRIMARY":
        told["electionId"] = ObjectId(bytes.fromhex("7fffffff") + term.to_bytes(8, "big"))
    return told | more


def answer(name: str, state: str = "SECONDARY", **more: Any) -> Answer:
    """What a member says of itself, as it is asked without the role clusterMonitor."""
    return Answer(address=name, hello=hello(name, state, **more), ping_ms=0.5, clock_ahead=0.0)


def silent(name: str, error: str = "Connection refused") -> Answer:
    return Answer(address=name, error=error)


def status(*rows: dict[str, Any], term: int = 3, **more: Any) -> dict[str, Any]:
    return {"set": "rs0", "date": NOW, "term": term, "members": list(rows)} | more


def seen(*answers: Answer, **more: Any) -> Observation:
    """What was heard, by a driver that is content."""
    primary = next((answer.name for answer in answers if answer.is_primary), None)
    usual: dict[str, Any] = {"seeds": (A, B, C), "wanted_set": "rs0", "write_concern": {"w": "majority"}}
    driver = DriverView(topology="ReplicaSetWithPrimary", primary=primary)
    return Observation(**({"at": NOW, "answers": answers, "driver": driver} | usual | more))


def told(
    *rows: dict[str, Any], parts: dict[str, Any] | None = None, oplog: float = 48 * HOURS, **more: Any
) -> Observation:
    """What is heard where the primary, or else the first that is up, tells of the others; all that are up answer."""
    up = [one for one in rows if one["health"]]
    view = next((one for one in up if one["state"] == 1), up[0])["name"]
    names = {number: name for name, number in STATES.items()}
    answers = []
    for one in rows:
        made = answer(one["name"], names[one["state"]]) if one["health"] else silent(one["name"])
        if one["name"] == view:
            oldest = {"earliestOptime": Timestamp(int(NOW.timestamp() - oplog), 1)}
            made = replace(made, status=status(*rows), config=parts, server={"oplog": oldest})
        answers.append(made)
    return seen(*answers, **more)
