from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import Timestamp

from tests.storage.health.made import (
    HOURS,
    NOW,
    A,
    B,
    C,
    answer,
    config,
    optime,
    row,
    seen,
    status,
    told,
)
from zhihu_crawler.commands._replset import as_json
from zhihu_crawler.storage.health import Report, Verdict, assess
from zhihu_crawler.storage.health.observation import DriverView, Observation

THREE = config(A, B, C)


DAY = 24 * HOURS


def reasons(report: Report) -> dict[str, str | None]:
    return {str(reason.condition): reason.member for reason in report.reasons}


def text(report: Report) -> str:
    return " | ".join(reason.text for reason in report.reasons)


def test_a_whole_set_is_good():
    report = assess(told(row(A, "PRIMARY"), row(B), row(C, lag=2), parts=THREE))
    assert (report.verdict, report.reasons) == (Verdict.GOOD, ())
    assert (report.primary, report.term, report.viewpoint) == (A, 3, A)
    assert report.elected_at == NOW - timedelta(days=9)
    assert report.oplog_seconds == 2 * DAY
    assert [(m.name, m.state, m.lag_seconds, m.votes, m.priority) for m in report.members] == [
        (A, "PRIMARY", 0, 1, 1.0),
        (B, "SECONDARY", 0, 1, 1.0),
        (C, "SECONDARY", 2, 1, 1.0),
    ]
    assert report.majority
    assert report.majority.margin == 1


# One table: what the set says of itself, and what is made of it.
CASES: dict[str, tuple[Observation, Verdict, dict[str, str | None], str]] = {
    "a secondary that is dead for weeks": (
        told(row(A, "PRIMARY"), row(B), row(C, "DOWN", heard=19 * DAY), parts=THREE),
        Verdict.DEGRADED,
        {"member-down": C},
        "last heard of 19 d ago (2026-11-06 03:00:00 UTC): Connection refused. The oplog reaches back 2 d only: it may",
    ),
    "a secondary that is dead for an hour": (
        told(row(A, "PRIMARY"), row(B), row(C, "DOWN", heard=HOURS), parts=THREE),
        Verdict.DEGRADED,
        {"member-down": C},
        "1 h ago (2026-11-25 02:00:00 UTC): Connection refused. The oplog reaches back 2 d: within that it can",
    ),
    "a secondary that died in a young set": (
        told(row(A, "PRIMARY"), row(B), row(C, "DOWN", heard=5), parts=THREE, oplog=60),
        Verdict.DEGRADED,
        {"member-down": C},
        "last heard of 5 s ago (2026-11-25 02:59:55 UTC): Connection refused",
    ),
    "a member that was down before the primary started": (
        told(row(A, "PRIMARY"), row(B), row(C, "DOWN") | {"lastHeartbeatRecv": datetime(1970, 1, 1, tzinfo=UTC)}),
        Verdict.DEGRADED,
        {"member-down": C},
        "a:27017 never heard of it since it started itself",
    ),
    "a lagging member": (
        told(row(A, "PRIMARY"), row(B), row(C, lag=95), parts=THREE),
        Verdict.DEGRADED,
        {"lagging": C},
        "c:27017 is 1 min 35 s behind the last write (limit 1 min); it copies from a:27017",
    ),
    "a lag that is borne": (told(row(A, "PRIMARY"), row(B), row(C, lag=60), parts=THREE), Verdict.GOOD, {}, ""),
    "all others lag, so that no majority acknowledges": (
        told(row(A, "PRIMARY"), row(B, lag=300), row(C, lag=300), parts=THREE),
        Verdict.DOWN,
        {"no-majority": None, "lagging": C},
        "a write with w=majority cannot be acknowledged: 1 member with data up to date, 2 needed",
    ),
    "a member that is delayed on purpose": (
        told(
            row(A, "PRIMARY"),
            row(B),
            row(C, lag=3605),
            parts=config(A, B, C, c={"secondaryDelaySecs": 3600, "priority": 0, "hidden": True, "votes": 0}),
        ),
        Verdict.GOOD,
        {},
        "",
    ),
    "a delayed member that is later than that": (
        told(row(A, "PRIMARY"), row(B), row(C, lag=3700), parts=config(A, B, C, c={"slaveDelay": 3600, "votes": 0})),
        Verdict.DEGRADED,
        {"lagging": C},
        "c:27017 is 1 min 40 s behind the last write (limit 1 min), beyond the 1 h that its configuration wants",
    ),
    "an arbiter": (
        told(
            row(A, "PRIMARY"),
            row(B),
            row(C, "ARBITER") | {"optime": None},
            parts=config(A, B, C, c={"arbiterOnly": True}),
        ),
        Verdict.GOOD,
        {},
        "",
    ),
    "an arbiter is left, but no second member with data": (
        told(row(A, "PRIMARY"), row(B, "DOWN"), row(C, "ARBITER"), parts=config(A, B, C, c={"arbiterOnly": True})),
        Verdict.DOWN,
        {"no-majority": None, "member-down": B},
        "a write with w=majority cannot be acknowledged: 1 member with data up to date, 2 needed",
    ),
    "a delayed member is no help when a write wants a majority": (
        told(row(A, "PRIMARY"), row(B, "DOWN"), row(C), parts=config(A, B, C, c={"secondaryDelaySecs": 3600})),
        Verdict.DOWN,
        {"no-majority": None, "member-down": B},
        "1 member with data up to date, 2 needed",
    ),
    "two arbiters: the one member with data is a majority of its kind": (
        told(row(A, "PRIMARY"), row(B, "ARBITER"), row(C, "ARBITER")),
        Verdict.GOOD,
        {},
        "",
    ),
    "an initial sync": (
        told(row(A, "PRIMARY"), row(B), row(C, "STARTUP2") | {"optime": optime(10**6)}, parts=THREE),
        Verdict.DEGRADED,
        {"initial-sync": C},
        "c:27017 copies all data anew (initial sync), and is no help until it is done",
    ),
    "a rollback": (
        told(row(A, "PRIMARY"), row(B), row(C, "ROLLBACK", lag=500), parts=THREE),
        Verdict.DEGRADED,
        {"rollback": C},
        "takes back writes that no majority had",
    ),
    "a member that recovers": (
        told(row(A, "PRIMARY"), row(B), row(C, "RECOVERING", lag=500), parts=THREE),
        Verdict.DEGRADED,
        {"recovering": C},
        "can be neither read nor elected",
    ),
    "an election": (
        told(row(A), row(B), row(C, "DOWN"), parts=THREE, driver=DriverView(topology="ReplicaSetNoPrimary")),
        Verdict.DOWN,
        {"no-primary": None, "member-down": C},
        "no primary: 2 of 3 voting members up, so one can be elected",
    ),
    "no election can be won": (
        told(row(A), row(B, "DOWN"), row(C, "DOWN"), parts=THREE, driver=DriverView(topology="ReplicaSetNoPrimary")),
        Verdict.DOWN,
        {"no-primary": None, "member-down": C},
        "no primary, and none can be elected: 1 of 3 voting members up, 2 needed",
    ),
    "w=1 needs no majority": (
        told(row(A, "PRIMARY"), row(B, "DOWN"), row(C, "ARBITER"), write_concern={"w": 1}),
        Verdict.DEGRADED,
        {"member-down": B},
        "",
    ),
    "w=3 needs all": (
        told(row(A, "PRIMARY"), row(B), row(C, "DOWN"), parts=THREE, write_concern={"w": 3}),
        Verdict.DOWN,
        {"no-majority": None, "member-down": C},
        "a write with w=3 cannot be acknowledged: 2 members with data up to date, 3 needed",
    ),
    "the driver cannot log in": (
        told(row(A, "PRIMARY"), row(B), row(C), driver=DriverView(primary=A, error="Authentication failed.")),
        Verdict.DOWN,
        {"driver": None},
        "MONGODB_URI does not lead to them: Authentication failed.",
    ),
    "the driver is tied to a secondary": (
        told(row(A, "PRIMARY"), row(B), row(C), driver=DriverView(topology="Single", servers={B: "RSSecondary"})),
        Verdict.DOWN,
        {"driver": None},
        "the driver sees no primary (topology Single)",
    ),
}


@pytest.mark.parametrize(("heard", "verdict", "found", "words"), CASES.values(), ids=CASES)
def test_a_state_of_the_set_is_judged(heard: Observation, verdict: Verdict, found: dict[str, str | None], words: str):
    report = assess(heard)
    assert (report.verdict, reasons(report)) == (verdict, found), text(report)
    assert words in text(report)
    assert json.loads(as_json(report))["verdict"] == verdict


@pytest.mark.parametrize("third", [row(C, "DOWN"), row(C) | {"optime": {"ts": Timestamp(0, 0), "t": -1}}])
def test_a_member_of_whose_writes_nothing_is_known_has_no_lag_since_1970(third: dict[str, Any]):
    report = assess(told(row(A, "PRIMARY"), row(B), third, parts=THREE))
    assert report.members[2].lag_seconds is None


def test_a_clock_that_is_wrong_is_noted_and_makes_no_lag():
    heard = told(row(A, "PRIMARY"), row(B), row(C), parts=THREE)
    ahead = replace(heard, answers=(*heard.answers[:2], replace(heard.answers[2], clock_ahead=-90.0)))
    report = assess(ahead)
    assert report.verdict is Verdict.GOOD
    assert any("the clock of c:27017 is 1 min 30 s behind ours" in note for note in report.notes)


def test_the_newer_of_two_primaries_is_believed():
    old = replace(
        answer(A, "PRIMARY", term=3), status=status(row(A, "PRIMARY"), row(B, "DOWN"), row(C, "DOWN"), term=3)
    )
    new = replace(answer(B, "PRIMARY", term=4), status=status(row(A, "DOWN"), row(B, "PRIMARY"), row(C), term=4))
    report = assess(seen(old, new, answer(C)))
    assert (report.primary, report.term, report.viewpoint) == (B, 4, B)
    assert reasons(report) == {"two-primaries": None, "member-down": A}
    assert "b:27017 (term 4) and a:27017 (term 3)" in text(report)
    assert "a:27017 answers us, but b:27017 cannot reach it" in text(report)
