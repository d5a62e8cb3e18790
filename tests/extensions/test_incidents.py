from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.storage.health.made import NOW
from zhihu_crawler.extensions._incidents import Change, Incidents
from zhihu_crawler.storage.health import Condition, Member, Reason, Report, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = 60.0
REPEAT = 30 * MINUTE
DOWN, AWAY, LAGGING = Condition.MEMBER_DOWN, Condition.MEMBER_UNREACHABLE, Condition.LAGGING


def look(*wrong: Condition, lag: int | None = 0) -> Report:
    """A look that finds this of member b, and of the set what is the set's."""
    members = tuple(Member(name=name, state="SECONDARY", is_reachable=True, lag_seconds=lag) for name in "ab")
    reasons = tuple(
        Reason(condition=one, text=str(one), member="b" if one in (DOWN, AWAY, LAGGING) else None) for one in wrong
    )
    return Report(verdict=Verdict.GOOD, at=NOW, kind="replica set", members=members, reasons=reasons)


class Watch:
    """Looks as the extension does: every minute, and again after two seconds where something is unsettled."""

    def __init__(self) -> None:
        self.incidents = Incidents(repeat=REPEAT, hold=MINUTE)
        self.now = 0.0

    def see(self, *wrong: Condition, minutes: float = 1, lag: int | None = 0) -> list[str]:
        """Look for so many minutes, and return what was told."""
        told: list[str] = []
        end = self.now + minutes * MINUTE
        while self.now < end:
            for event in self.incidents.update(look(*wrong, lag=lag), self.now):
                told.append(f"{event.change} {event.reason.condition}")
                assert event.subject == (event.reason.member or "")
            self.now += 2 if self.incidents.is_settling else MINUTE
        return told


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    assert made.see() == []
    yield made
    assert made.see(minutes=90)[1:] == []  # whatever was: in the end all is quiet


def test_what_is_wrong_is_told_once_when_a_second_look_saw_it_too(watch: Watch):
    assert watch.incidents.update(look(DOWN), watch.now) == []
    assert watch.incidents.is_settling
    [event] = watch.incidents.update(look(DOWN), watch.now + 2)
    assert (event.change, event.subject, event.seconds, event.times) == (Change.FOUND, "b", 2, 1)
    watch.now += MINUTE
    assert watch.see(DOWN, minutes=20) == []


def test_what_lasts_is_told_again_every_half_hour(watch: Watch):
    assert watch.see(DOWN, minutes=95) == ["found member-down"] + 3 * ["lasts member-down"]


def test_the_end_is_told_once(watch: Watch):
    watch.see(DOWN, minutes=5)
    assert watch.see(minutes=60) == ["recovered member-down"]


def test_what_was_gone_at_the_second_look_is_no_alarm(watch: Watch):
    watch.incidents.update(look(Condition.NO_PRIMARY), watch.now)
    watch.now += 2
    assert watch.see() == ["passed no-primary"]


def test_what_gets_worse_is_told_and_each_kind_once(watch: Watch):
    assert watch.see(LAGGING) == ["found lagging"]
    assert watch.see(DOWN) == ["found member-down"]
    assert watch.see(LAGGING) == []
    assert watch.see(DOWN) == []
    assert watch.see() == ["recovered member-down"]


def test_a_paused_member_is_one_condition_whoever_hears_it_last(watch: Watch):
    assert watch.see(AWAY) == ["found member-unreachable"]
    assert watch.see(DOWN) == []


def test_each_member_and_the_set_have_an_incident_of_their_own(watch: Watch):
    assert sorted(watch.see(DOWN, Condition.NO_PRIMARY)) == ["found member-down", "found no-primary"]
    assert watch.see(DOWN, minutes=2) == ["recovered no-primary"]


@pytest.mark.parametrize(("up", "most"), [(1, 8), (4, 12)])
def test_what_comes_and_goes_is_told_ever_more_rarely(watch: Watch, up: int, most: int):
    told = []
    for _ in range(24):  # a minute down, some minutes up, and so on
        told += watch.see(DOWN) + watch.see(minutes=up)
    assert told[:2] == ["found member-down", "recovered member-down"]
    assert len(told) <= most, told


def test_a_relapse_is_told_with_its_number(watch: Watch):
    watch.see(DOWN)
    watch.see()
    watch.incidents.update(look(DOWN), watch.now)
    [event] = watch.incidents.update(look(DOWN), watch.now + 2)
    assert (event.change, event.times) == (Change.FOUND, 2)


def test_a_look_that_heard_nobody_ends_nothing(watch: Watch):
    watch.see(DOWN)
    assert watch.see(Condition.UNREACHABLE_SET, minutes=5) == ["found nothing-reachable"]
    assert watch.see(DOWN, minutes=5) == ["recovered nothing-reachable"]


def test_a_lag_is_over_only_when_it_was_measured(watch: Watch):
    watch.see(LAGGING)
    assert watch.see(minutes=5, lag=None) == []
    assert watch.see(minutes=5) == ["recovered lagging"]


def test_a_member_that_was_taken_out_of_the_set_is_no_longer_missed(watch: Watch):
    watch.see(DOWN)
    gone = Report(verdict=Verdict.GOOD, at=NOW, kind="replica set", members=look().members[:1])
    assert watch.incidents.update(gone, watch.now) == []
    [event] = watch.incidents.update(gone, watch.now + 2)
    assert event.change is Change.RECOVERED


def test_a_lone_server_is_told_once_and_not_every_half_hour(watch: Watch):
    assert watch.see(Condition.STANDALONE, minutes=300) == ["found standalone"]
