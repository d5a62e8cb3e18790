from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tests.helpers.guarded import DELAY, GuardedSet, guarded_set
from zhihu_crawler.commands._replset import as_table
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.storage.health import Report, Verdict, assess, look

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSet]:
    with guarded_set(tmp_path_factory.mktemp("guarded")) as running:
        yield running


def looked(uri: str) -> Report:
    return assess(look(StoreConfig(uri=uri)))


def test_a_user_with_the_role_sees_all(guarded: GuardedSet):
    report = looked(guarded.as_user("monitor"))
    first, second, hidden, arbiter = report.members
    assert report.verdict is Verdict.GOOD, report.reasons
    assert [member.state for member in report.members] == ["PRIMARY", "SECONDARY", "SECONDARY", "ARBITER"]
    assert all(member.is_reachable for member in report.members)
    assert (first.votes, second.priority, hidden.votes) == (1, 0.0, 0)
    assert (hidden.hidden, hidden.delay_seconds, hidden.excess_lag) == (True, DELAY, 0)
    assert arbiter.lag_seconds is None
    assert report.server_write_concern == {"source": "implicit"}  # with an arbiter the server is content with w=1
    assert not any("not seen" in note for note in report.notes)


def test_a_user_without_the_role_sees_what_members_say_of_themselves(guarded: GuardedSet):
    report = looked(guarded.as_user("writer"))
    assert report.verdict is Verdict.GOOD, report.reasons
    assert [(member.name, member.state) for member in report.members] == sorted(
        (member.address, state)
        for member, state in zip(guarded.members, ("PRIMARY", "SECONDARY", "HIDDEN", "ARBITER"), strict=True)
        if state != "HIDDEN"  # nobody tells of it
    )
    assert (report.viewpoint, report.oplog_seconds, report.term) == (None, None, 1)
    assert "has not the role clusterMonitor" in report.notes[0]


def test_a_wrong_password_is_told_and_not_shown(guarded: GuardedSet):
    report = looked(guarded.as_user("writer", "wr0ng"))
    assert report.verdict is Verdict.DOWN
    assert [str(reason.condition) for reason in report.reasons] == ["driver"]
    assert "Authentication failed.; check user and password, and authSource" in report.reasons[0].text
    assert "wr0ng" not in repr(report)


def test_a_member_of_another_set_is_not_shown_our_user(guarded: GuardedSet):
    seen = look(StoreConfig(uri=guarded.as_user("monitor").replace("rs0", "rs9")), seconds=1)
    assert [answer.set_name for answer in seen.answers] == ["rs0", "rs0"]
    assert not any(answer.status or answer.refused for answer in seen.answers)


def test_what_the_user_may_not_see_is_shown_as_such(guarded: GuardedSet):
    console = Console(width=140)
    with console.capture() as captured:
        console.print(as_table(looked(guarded.as_user("writer"))))
    text = captured.get()
    assert "note           not seen, because the user has not the role clusterMonitor" in text
    assert "s3cr" not in text
