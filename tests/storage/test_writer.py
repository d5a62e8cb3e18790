"""What a write does to what is stored, on a real set: the rules one by one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples import AT, USER_ID, make_item
from tests.storage.model import Expected, text_hash
from zhihu_crawler.items import Author, AuthorKind, Item, Layout, Precision, Stop, TopicRef
from zhihu_crawler.storage.bulk import Bulk
from zhihu_crawler.storage.documents import HISTORY
from zhihu_crawler.storage.entries import entry_of
from zhihu_crawler.storage.texts import read_body
from zhihu_crawler.storage.writer import Writer

if TYPE_CHECKING:
    from tests.helpers.mongo import ReplicaSet
    from tests.storage.conftest import Written

LI = Author(kind=AuthorKind.USER, id=USER_ID, url_token="li-bai", name="李白")
NOBODY = Author(kind=AuthorKind.ANONYMOUS, name="匿名用户")


def answer(day: int, content: str | None = None, **fields: Any) -> Item:
    return make_item("answer", crawled_at=AT + timedelta(days=day), content=content, **fields)


def test_what_was_not_seen_never_overwrites(written: Written):
    written.write(answer(0, "whole", voteup_count=3, author=LI))
    written.write(answer(1, partial=True, excerpt="w"))
    document = written.one("answer")
    assert (document["content"], document["voteup_count"], document["author"]["name"]) == ("whole", 3, "李白")
    assert (document["excerpt"], document["partial"], document["crawled_at"]) == ("w", False, AT)
    assert document["last_seen"] == AT + timedelta(days=1)


def test_an_older_page_that_comes_late_fills_gaps_and_changes_nothing_newer(written: Written):
    written.write(answer(5, voteup_count=9, partial=True))
    written.write(answer(1, "whole", voteup_count=3, comment_count=2))
    document = written.one("answer")
    assert (document["voteup_count"], document["comment_count"], document["content"]) == (9, 2, "whole")
    assert (document["first_seen"], document["last_seen"]) == (AT + timedelta(days=1), AT + timedelta(days=5))
    assert [point["voteup_count"] for point in document["history"]] == [3, 9]


def test_an_author_who_took_the_name_back_is_not_named(written: Written):
    written.write(answer(0, author=LI))
    written.write(answer(1, author=NOBODY))
    assert {name: value for name, value in written.one("answer")["author"].items() if value is not None} == {
        "kind": "anonymous",
        "name": "匿名用户",
    }


def test_a_cut_text_never_takes_the_place_of_a_whole_one(written: Written):
    written.write(answer(0, "whole text", content_truncated=False))
    written.write(answer(1, "whole", content_truncated=True))
    document = written.one("answer")
    assert (document["content"], document["content_truncated"], document["revision"]) == ("whole text", False, 1)
    assert written.texts() == {}
    written.write(answer(2, "other text"))
    assert "content_truncated" not in written.one("answer")


def test_a_cut_text_is_better_than_none_and_gives_way_to_an_older_whole_one(written: Written):
    written.write(answer(3, "who", content_truncated=True))
    assert written.one("answer")["content"] == "who"
    written.write(answer(1, "whole"))
    assert written.one("answer")["content"] == "whole"
    assert written.texts() == {}


def test_the_exact_time_of_creation_is_kept(written: Written):
    exact, day = datetime(2015, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2015, 1, 2, tzinfo=UTC)
    written.write(answer(0, created=exact, created_precision=Precision.SECOND))
    written.write(answer(1, created=day, created_precision=Precision.DAY, layout=Layout.LEGACY))
    assert (written.one("answer")["created"], written.one("answer")["layout"]) == (exact, "legacy")


def test_a_deleted_thing_keeps_what_it_was(written: Written):
    written.write(answer(0, "text"))
    written.write(answer(2, is_deleted=True), answer(1, is_deleted=True))
    document = written.one("answer")
    assert (document["content"], document["is_deleted"]) == ("text", True)
    assert document["deleted_at"] == AT + timedelta(days=1)


def test_every_text_is_kept_once_and_the_newest_is_the_documents_own(written: Written):
    for day, text in [(0, "one"), (4, "three"), (2, "two"), (2, "two"), (5, "one"), (1, "one")]:
        written.write(answer(day, text))
    document = written.one("answer")
    assert sorted(written.texts().values()) == ["one", "three", "two"]
    assert (document["content"], document["revision"]) == ("one", 3)
    assert document["changed_at"] == AT + timedelta(days=4)
    assert document["meta"]["texts"][text_hash("one")] == {"first": AT, "last": AT + timedelta(days=5)}
    assert written.all("versions")[f"answer:1:{text_hash('two')}"] == {
        "_id": f"answer:1:{text_hash('two')}",
        "kind": "answer",
        "id": "1",
        "hash": text_hash("two"),
        "text": "two",
    }


def test_a_move_of_texts_that_was_broken_off_is_made_up_for(written: Written, monkeypatch: pytest.MonkeyPatch):
    written.write(answer(0, "one"))

    async def broken(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(written.writer.texts, "move", broken)
        with pytest.raises(ConnectionError):
            written.write(answer(1, "two"))
    assert list(written.one("answer")["meta"]["earlier"].values()) == [{"text": "one"}]
    written.runner.run(written.writer.texts.move("answer"))
    assert "earlier" not in written.one("answer")["meta"]
    assert sorted(written.texts().values()) == ["one", "two"]


def test_the_course_of_counters_is_bounded_and_in_order(written: Written):
    days = list(range(HISTORY + 20))
    written.write(*(answer(day, voteup_count=day) for day in reversed(days)))
    written.write(answer(3, voteup_count=3))
    history = written.one("answer")["history"]
    assert [point["voteup_count"] for point in history] == days[-HISTORY:]
    assert [point["at"] for point in history] == sorted(point["at"] for point in history)


def test_a_newer_report_on_a_listing_takes_the_place_of_the_whole_earlier_one(written: Written):
    written.write(make_item("listing", stopped=Stop.ERROR, detail="no reply", total=9, complete=False))
    written.write(make_item("listing", crawled_at=AT + timedelta(days=1), got=9))
    document = written.one("listing")
    assert "detail" not in document
    assert "total" not in document
    assert [point["got"] for point in document["history"]] == [1, 9]


def test_a_text_of_17_million_bytes_lies_beside_its_document(written: Written, mongo: ReplicaSet):
    first, second = "文" * 5_700_000, "x" * 17_000_000
    written.write(answer(0, first))
    document = written.one("answer")
    assert "content" not in document
    assert document["body_file"]["bytes"] == len(first.encode())
    with mongo.client() as client:
        assert read_body(client.zhihu, document) == first
        written.write(answer(1, second), answer(1, second))
        assert read_body(client.zhihu, written.one("answer")) == second
        versions = written.all("versions").values()
        assert sorted(len(read_body(client.zhihu, one)) for one in versions) == sorted(map(len, (first, second)))
        assert client.zhihu["bodies.files"].count_documents({}) == 2
    written.write(answer(2, "short"))
    assert (written.one("answer")["content"], written.one("answer").get("body_file")) == ("short", None)


def test_an_upload_that_was_broken_off_is_begun_anew(written: Written, mongo: ReplicaSet):
    text = "x" * 3_000_000
    with mongo.client() as client:
        client.zhihu["bodies.chunks"].create_index([("files_id", 1), ("n", 1)], unique=True)
        client.zhihu["bodies.chunks"].insert_one({"files_id": text_hash(text), "n": 0, "data": b"half"})
        written.write(answer(0, text))
        assert read_body(client.zhihu, written.one("answer")) == text


def test_a_refused_document_costs_itself_alone(written: Written, mongo: ReplicaSet):
    with mongo.client() as client:
        client.zhihu.topics.create_index("name", unique=True, name="mine")
        client.zhihu.topics.insert_one({"_id": "0", "name": "taken", "last_seen": AT})
    names = ["a", "taken", "b"]
    refused = written.write(*(make_item("topic", str(n), name=name) for n, name in enumerate(names, start=1)))
    assert list(refused) == [1]
    assert "code 11000" in refused[1]
    assert sorted(written.all("topics")) == ["0", "1", "3"]


def test_two_writers_of_the_same_things_lose_nothing(written: Written):
    other = Writer(Bulk(written.client, written.name))
    items = [
        make_item("answer", str(n), crawled_at=AT + timedelta(days=day), voteup_count=day)
        for day in range(8)
        for n in range(25)
    ]

    async def race() -> None:
        mine, theirs = items[0::2] + items[:20], items[1::2] + items[:20]
        await asyncio.gather(
            *(
                one.write([entry_of(item) for item in part[start : start + 30]])
                for one, part in ((written.writer, mine), (other, theirs))
                for start in range(0, len(part), 30)
            )
        )

    written.runner.run(race())
    assert written.all("answers") == {
        str(n): Expected([item for item in items if item.id == str(n)]).document for n in range(25)
    }


def test_lists_of_objects_are_replaced_as_a_whole(written: Written):
    one, two = TopicRef(id="1", name="$a"), TopicRef(id=None, name="b")
    written.write(make_item("question", topics=(one, two)))
    written.write(make_item("question", crawled_at=AT + timedelta(days=1), topics=(two,)))
    assert written.one("question")["topics"] == [{"name": "b"}]
