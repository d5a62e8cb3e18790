"""What is said of a set of which not all could be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.storage.health.made import (
    NOW,
    A,
    B,
    C,
    D,
    answer,
    config,
    hello,
    row,
    seen,
    silent,
    told,
)
from tests.storage.health.test_assess import THREE, reasons, text
from zhihu_crawler.storage.health import Report, Verdict, assess
from zhihu_crawler.storage.health.observation import Answer, DriverView, Observation


def test_a_primary_that_only_the_set_reaches_is_no_use_to_a_crawl():
    heard = told(row(A), row(B, "PRIMARY"), row(C), parts=THREE)
    view = replace(heard.answers[0], status=heard.answers[1].status)
    report = assess(replace(heard, answers=(view, silent(B, "timed out"), heard.answers[2])))
    assert report.verdict is Verdict.DOWN
    assert reasons(report) == {"primary-unreachable": None, "member-unreachable": B}


def test_a_secondary_that_only_the_set_reaches_is_told():
    heard = told(row(A, "PRIMARY"), row(B), row(C), parts=THREE)
    report = assess(replace(heard, answers=(*heard.answers[:2], silent(C, "Name or service not known"))))
    assert reasons(report) == {"member-unreachable": C}
    assert "is SECONDARY to the set, but cannot be reached from here: Name or service not known" in text(report)


def test_a_hidden_member_is_nobodys_to_reach_but_the_sets():
    heard = told(row(A, "PRIMARY"), row(B), row(C), parts=config(A, B, C, c={"hidden": True, "priority": 0}))
    report = assess(replace(heard, answers=(*heard.answers[:2], silent(C))))
    assert report.verdict is Verdict.GOOD
    assert any("c:27017 is hidden and cannot be reached from here" in note for note in report.notes)


def unprivileged(*answers: Answer, **more: Any) -> Report:
    refused = ("replSetGetStatus", "replSetGetConfig", "serverStatus", "getDefaultRWConcern")
    return assess(seen(*(replace(one, refused=refused) if one.hello else one for one in answers), **more))


def test_without_the_role_a_whole_set_is_good_and_what_was_not_seen_is_said():
    report = unprivileged(answer(A, "PRIMARY"), answer(B, lag=1), answer(C))
    assert report.verdict is Verdict.GOOD
    assert (report.primary, report.term, report.viewpoint, report.oplog_seconds) == (A, 3, None, None)
    assert [member.lag_seconds for member in report.members] == [0, 1, 0]
    assert [member.votes for member in report.members] == [None, None, None]
    assert "clusterMonitor: what the members hear of each other" in report.notes[0]
    assert "how far the oplog reaches back" in report.notes[0]


@pytest.mark.parametrize(
    ("third", "found", "words"),
    [
        (silent(C), {"member-down": C}, "(whether the others reach it could not be seen)"),
        (answer(C, lag=95), {"lagging": C}, "where it copies from could not be seen"),
        (answer(C, "STARTUP2"), {"starting": C}, "neither primary nor secondary yet"),
        (answer(C, lag=3605, secondaryDelaySecs=3600, hidden=True, passive=True), {}, ""),
        (answer(C, "ARBITER", arbiterOnly=True), {}, ""),
    ],
)
def test_without_the_role_a_member_is_judged_by_its_own_word(third: Answer, found: dict[str, str], words: str):
    report = unprivileged(answer(A, "PRIMARY"), answer(B), third)
    assert reasons(report) == found
    assert words in text(report)


def test_without_the_role_an_arbiter_that_is_down_is_still_known_for_one():
    told_of = {"hosts": [A, B], "arbiters": [C]}
    report = unprivileged(answer(A, "PRIMARY", **told_of), answer(B, **told_of), silent(C))
    assert reasons(report) == {"member-down": C}
    assert report.majority
    assert report.majority.margin == 0


@pytest.mark.parametrize(
    ("greeting", "kind", "verdict", "words"),
    [
        ({"isWritablePrimary": True}, "standalone", Verdict.DEGRADED, "is no replica set"),
        ({"isWritablePrimary": True, "msg": "isdbgrid"}, "mongos", Verdict.GOOD, ""),
        ({"isreplicaset": True}, "not initiated", Verdict.DOWN, "run rs.initiate()"),
    ],
)
def test_a_server_that_is_in_no_set_is_told_for_what_it_is(
    greeting: dict[str, Any], kind: str, verdict: Verdict, words: str
):
    alone = Answer(address=A, hello=greeting)
    report = assess(seen(alone, wanted_set=None, seeds=(A,), driver=DriverView(topology="Single", primary=A)))
    assert (report.kind, report.verdict, report.members) == (kind, verdict, ())
    assert words in text(report)


def test_nobody_answers():
    report = assess(seen(silent(A), silent(B, "Name or service not known"), driver=DriverView(error="x")))
    assert (report.kind, report.verdict, report.is_blind) == ("nothing", Verdict.DOWN, True)
    assert text(report) == "no member can be reached: a:27017: Connection refused; b:27017: Name or service not known"


def test_the_seeds_could_not_even_be_found():
    report = assess(Observation(at=NOW, error="the DNS query name does not exist"))
    assert (report.verdict, text(report)) == (
        Verdict.DOWN,
        "no member can be reached: the DNS query name does not exist",
    )


def test_another_set_than_was_asked_for():
    report = assess(seen(answer(A, "PRIMARY"), wanted_set="rs9", driver=DriverView(error="x")))
    assert report.verdict is Verdict.DOWN
    assert text(report) == "MONGODB_URI asks for replicaSet=rs9, but a:27017 is a member of rs0"


def test_strangers_among_the_hosts_are_named():
    other, alone = replace(answer("x:1"), hello=hello("x:1", setName="rs9")), Answer(address="y:1", hello={"ok": 1.0})
    heard = told(row(A, "PRIMARY"), row(B), row(C), parts=THREE)
    report = assess(replace(heard, answers=(*heard.answers, other, alone, silent("z:1")), seeds=("x:1", "y:1", "z:1")))
    assert report.verdict is Verdict.GOOD
    assert [note for note in report.notes if "MONGODB_URI" in note] == [
        "x:1 of MONGODB_URI is a member of rs9, and is not used",
        "y:1 of MONGODB_URI is a member of no replica set, and is not used",
        "z:1 of MONGODB_URI does not answer, and the set knows no member of that name",
    ]


def test_a_seed_may_be_another_name_of_a_member():
    alias = replace(answer(A, "PRIMARY"), address="localhost:27017")
    heard = told(row(A, "PRIMARY"), row(B), row(C), parts=THREE)
    first = replace(alias, status=heard.answers[0].status, config=THREE)
    report = assess(replace(heard, answers=(first, *heard.answers[1:]), seeds=("localhost:27017",)))
    assert (report.verdict, [member.name for member in report.members]) == (Verdict.GOOD, [A, B, C])
    assert all(member.is_reachable for member in report.members)


def test_two_members_bear_no_failure_and_that_is_no_fault():
    report = assess(told(row(A, "PRIMARY"), row(B), parts=config(A, B)))
    assert report.verdict is Verdict.GOOD
    assert any("no member may fail even while all are well: only 2 members" in note for note in report.notes)


def test_a_member_without_vote_is_missed_but_not_counted():
    parts = config(A, B, C, D, d={"votes": 0, "priority": 0})
    report = assess(told(row(A, "PRIMARY"), row(B), row(C), row(D, "DOWN"), parts=parts))
    assert reasons(report) == {"member-down": D}
    assert report.majority
    assert (report.majority.voters, report.majority.margin) == (3, 1)


def test_an_election_of_a_moment_ago_is_noted():
    rows = row(A, "PRIMARY", electionDate=NOW - timedelta(seconds=40)), row(B), row(C)
    assert "the primary was elected only 40 s ago" in assess(told(*rows, parts=THREE)).notes
