from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from zhihu_crawler.schedule.incidents import TRIES, Incident, Terms, step
from zhihu_crawler.schedule.rules import Condition

BEGIN = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(terms: Terms, looks: str, *, begun: int | None = None) -> str:
    """Look once a minute: ``x`` where the condition holds; gives what each look told, by its first letter."""
    incident, said = None, ""
    for number, look in enumerate(looks):
        at = BEGIN + number * MINUTE
        since = None if begun is None else BEGIN + begun * MINUTE
        found = Condition("something", since) if look == "x" else None
        after = step(terms, "it", found, incident, at)
        is_new = after is not None and after.message is not None and after.message.at == at.timestamp()
        said += after.message.change[0] if is_new else "-"
        incident = after and Incident.from_dict(json.loads(json.dumps(after.sent([], at.timestamp()).as_dict())))
    return said


def terms(hold: int = 0, repeat: int | None = None) -> Terms:
    return Terms("alert", ("webhook",), hold * MINUTE, None if repeat is None else repeat * MINUTE)


@pytest.mark.parametrize(
    ("given", "looks", "said"),
    [
        (terms(), ".xxx..x.", "-f--r-fr"),  # once, then its end, then anew
        (terms(), "x.x.x.", "frfrfr"),
        (terms(hold=2), "xx.xxxx.", "-----f-r"),  # what passes by itself is not told
        (terms(hold=2), "xx.xx.", "------"),
        (terms(repeat=3), "xxxxxxxx.", "f--l--l-r"),
    ],
)
def test_a_condition_is_told_once_and_so_is_its_end(given, looks, said):
    assert told(given, looks) == said


def test_what_began_before_the_first_look_has_held_since_then_only():
    assert told(terms(hold=3), "xxxxx", begun=-60) == "---f-"  # whoever looks may just have come back
    assert told(terms(hold=3), "xxxxxx", begun=2) == "-----f"  # an item came in between


def test_an_end_that_nobody_took_yet_is_kept_until_it_is_taken():
    failing = step(terms(), "it", Condition("bad"), None, BEGIN)
    over = step(terms(), "it", None, failing, BEGIN + MINUTE)
    assert over.is_over
    assert over.message.text == "over: bad"
    assert step(terms(), "it", None, over, BEGIN + 2 * MINUTE) == over
    assert step(terms(), "it", None, over.sent([], 0), BEGIN + 2 * MINUTE) is None


def test_what_a_channel_does_not_take_is_tried_again_ever_more_seldom_and_not_for_ever():
    incident = step(terms(), "it", Condition("bad"), None, BEGIN)
    pauses, now = [], 0.0
    while incident.pending:
        incident = incident.sent(["webhook"], now)
        pauses.append(incident.again - now)
        now = incident.again
    assert pauses[:4] == [30, 60, 120, 240]
    assert len(pauses) == TRIES


@pytest.mark.parametrize(
    ("found", "line"), [(Condition("bad"), "ALERT alert (it): bad"), (None, "RECOVERED alert (it): over: bad")]
)
def test_a_message_is_a_line(found, line):
    failing = step(terms(), "it", Condition("bad"), None, BEGIN)
    after = failing if found else step(terms(), "it", None, failing, BEGIN + MINUTE)
    assert after.message.line == line
