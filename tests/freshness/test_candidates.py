from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhihu_crawler.freshness.candidates import Tally, candidate_of, intervals, query, visits_of, worthwhile
from zhihu_crawler.freshness.rates import Interval

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400.0


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def document(**fields: Any) -> dict[str, Any]:
    """An answer of 100 days that was read 60 and 59 days ago."""
    readings = [{"at": ago(60), "voteup_count": 5, "comment_count": 1}, {"at": ago(59), "voteup_count": 7}]
    told = {"_id": "2", "id": "2", "created": ago(100), "first_seen": ago(60), "crawled_at": ago(59), "voteup_count": 7}
    return told | {"history": readings, "meta": {"texts": {"a": {"first": ago(60), "last": ago(59)}}}} | fields


def seen(**fields: Any) -> list[Interval]:
    told = document(**fields)
    return intervals(told, visits_of(told), told.get("created") or told["first_seen"])


def test_counters_change_by_their_steps_and_came_since_the_thing_was_made():
    assert seen() == [Interval(0, 40 * DAY, 6), Interval(40 * DAY, 41 * DAY, 2)]


def test_where_nobody_knows_when_it_was_made_it_begins_with_the_first_visit():
    assert seen(created=None) == [Interval(0, DAY, 2)]


def test_a_new_text_is_a_change_in_the_time_when_it_came():
    texts = {"a": {"first": ago(60), "last": ago(60)}, "b": {"first": ago(59), "last": ago(59)}}
    assert seen(meta={"texts": texts})[1].changes == 3


@pytest.mark.parametrize(
    ("readings", "changes"),
    [
        ([{"at": ago(60), "voteup_count": 7}, {"at": ago(59), "voteup_count": 4}], 3),
        ([{"at": ago(60), "voteup_count": 7}, {"at": ago(59), "comment_count": 4}], 0),
        ([{"at": ago(60)}, {"at": ago(59), "comment_count": 4}], 0),
        ([{"at": ago(60), "voteup_count": None}, {"at": ago(59), "voteup_count": 2}], 2),
    ],
)
def test_only_what_both_visits_read_can_differ(readings: list[dict[str, Any]], changes: int):
    assert seen(history=readings)[1].changes == changes


def test_a_page_that_was_read_without_counters_is_a_visit_too():
    assert visits_of(document(crawled_at=ago(3))) == [ago(60), ago(59), ago(3)]
    assert visits_of(document(history=[])) == [ago(59)]
    assert visits_of({"crawled_at": ago(3)}) == [ago(3)]


def test_what_was_read_just_now_is_not_due_and_what_changes_is():
    assert candidate_of("answer", "2", document(crawled_at=NOW - timedelta(minutes=59)), NOW) is None
    found = candidate_of("answer", "2", document(), NOW)
    assert found
    assert found.visited == ago(59)
    assert found.expected > 0.5
    assert found.target.url == "https://www.zhihu.com/answer/2"


def test_the_most_worthwhile_come_first_and_no_more_than_were_asked_for():
    tally = Tally()
    documents = [document(_id=str(votes), id=str(votes), voteup_count=votes) for votes in (5, 500, 50_000, 50)]
    found = worthwhile("answer", iter(documents), NOW, 3, tally)
    assert [one.id for one in found] == ["50000", "500", "50"]
    assert (tally.seen, tally.due, tally.unnamed) == (4, 4, 0)


def test_a_person_is_asked_for_by_token_and_one_without_is_counted():
    tally = Tally()
    known = document(url_token="li-bai", follower_count=3)
    found = worthwhile("user", [known, document(_id="x", url_token=None)], NOW, 5, tally)
    assert [one.target.url for one in found] == ["https://www.zhihu.com/people/li-bai"]
    assert tally.unnamed == 1


def test_documents_that_are_deleted_mentioned_or_just_read_are_not_asked_for():
    filters, fields = query("answer", NOW)
    assert filters == {
        "partial": False,
        "crawled_at": {"$lte": NOW - timedelta(hours=1)},
        "is_deleted": {"$ne": True},
    }
    assert fields["history"] == {"$slice": -50}
    assert "content" not in fields
