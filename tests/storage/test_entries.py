from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.samples import AT, USER_ID, make_item
from tests.storage.model import Expected
from zhihu_crawler.errors import RefusedError
from zhihu_crawler.items import Author, AuthorKind, Precision, QuestionStatus
from zhihu_crawler.storage.entries import DOCUMENT_BYTES, TEXT_BYTES, entry_of

DAY = datetime(2016, 3, 2, tzinfo=UTC)


def document(kind: str = "answer", **fields: Any) -> dict[str, Any]:
    return entry_of(make_item(kind, **fields)).document


def test_a_document_stands_for_one_reading():
    item = make_item("answer", content="$one", voteup_count=3, author=Author(kind=AuthorKind.USER, name="李白"))
    assert entry_of(item).document == Expected([item]).document
    assert document(content="x")["meta"]["seen"] == {"content": AT}


@pytest.mark.parametrize("text", ["\x00", "$where", "a.b", "{$gt: 1}", "😀", ""])
def test_any_text_can_be_stored(text: str):
    assert document(content=text, excerpt=text)["content"] == text


def test_halves_of_characters_are_marked_as_such():
    whole = document(content="a\ud83d\ude00b\udc00", author=Author(kind=AuthorKind.USER, name="\ud800"))
    assert whole["content"] == "a😀b\ufffd"
    assert whole["author"]["name"] == "\ufffd"


def test_a_number_that_no_database_holds_is_refused_with_the_name_of_the_item():
    with pytest.raises(RefusedError, match=r"answer:1: .*8-byte"):
        entry_of(make_item("answer", voteup_count=2**64))


def test_a_document_that_is_long_without_its_text_is_refused():
    with pytest.raises(RefusedError, match="bytes without its text"):
        entry_of(make_item("answer", excerpt="x" * (DOCUMENT_BYTES + 1)))


@pytest.mark.parametrize(
    ("text", "is_long"), [("文" * 10, False), ("x" * TEXT_BYTES, False), ("文" * TEXT_BYTES, True)]
)
def test_a_long_text_goes_beside_its_document(text: str, is_long: bool):
    entry = entry_of(make_item("answer", content=text))
    assert (entry.long_text == text) is is_long
    assert ("content" in entry.document) is not is_long
    if is_long:
        assert entry.document["body_file"] == {"file": entry.document["meta"]["hash"], "bytes": len(text.encode())}
        assert entry.size < 1000


def test_what_tells_of_an_absent_value_is_left_out():
    told = document(
        content_truncated=True, created_precision=Precision.DAY, updated=DAY, updated_precision=Precision.DAY
    )
    assert told.keys() & {"content_truncated", "created_precision", "updated_precision"} == {"updated_precision"}


def test_a_cut_text_is_no_version():
    told = document(content="x", content_truncated=True)
    assert (told["revision"], told.get("changed_at"), "texts" in told["meta"]) == (0, None, False)


def test_a_deleted_thing_says_since_when():
    assert document(is_deleted=True)["deleted_at"] == AT
    assert "deleted_at" not in document(is_deleted=False)


def test_an_object_of_which_nothing_is_known_is_absent():
    assert "status" not in document("question", status=QuestionStatus())


def test_people_and_edges_carry_their_keys():
    assert document("user", id_=USER_ID, url_token="li-bai")["tokens"] == ["li-bai"]
    edge = document("follow", follower_token="li-bai", followee_id=USER_ID)
    assert (edge["_id"], edge["follower"], edge["followee"]) == (f"token:li-bai>{USER_ID}", "token:li-bai", USER_ID)
