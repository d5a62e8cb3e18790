from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass
from typing import get_args, get_type_hints

import pytest
from pydantic import TypeAdapter, ValidationError

from zhihu_crawler import items
from zhihu_crawler.items import (
    KINDS,
    PLURALS,
    Answer,
    Author,
    AuthorKind,
    Follow,
    Item,
    Layout,
    Listing,
    Stop,
    Topic,
    User,
)

# Read off the listing itself, not off a page: they are counted by the crawl and begin at nothing.
COUNTED_BY_US = {"unreadable", "other", "pages", "partial"}
HEAD = {"url": None, "crawled_at": "2026-03-01T12:00:00Z", "layout": "api"}
LEAST = {
    "question": {"id": "1"},
    "answer": {"id": "1"},
    "user": {},
    "collection": {"id": "1"},
    "collection_entry": {"id": "1/answer:2", "collection_id": "1", "content_kind": "answer", "content_id": "2"},
    "article": {"id": "1"},
    "column": {"id": "abc"},
    "topic": {"id": "1"},
    "follow": {"id": "a>b"},
    "listing": {"id": "question:1:answers", "owner_kind": "question", "owner_id": "1", "name": "answers", "got": 0}
    | {"stopped": "end", "complete": True},
    "tombstone": {"id": "answer:1", "gone_kind": "answer", "gone_id": "1", "signal": "404"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_every_kind_can_be_made_of_its_identity_alone(kind):
    item = TypeAdapter(KINDS[kind]).validate_python(HEAD | LEAST[kind])
    assert (item.kind, item.layout, item.partial) == (kind, Layout.API, False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_but_the_identity_is_unseen_until_it_is_read(kind):
    for field in fields(KINDS[kind]):
        if field.default is not MISSING and field.name not in {"kind", *COUNTED_BY_US}:
            assert field.default is None, f"{kind}.{field.name} would be made up"


@pytest.mark.parametrize("kind", KINDS)
def test_items_are_frozen_and_hold_no_other_fields(kind):
    item = TypeAdapter(KINDS[kind]).validate_python(HEAD | LEAST[kind])
    with pytest.raises(FrozenInstanceError):
        item.partial = True
    assert not hasattr(item, "__dict__")
    with pytest.raises(ValidationError):
        TypeAdapter(KINDS[kind]).validate_python(HEAD | LEAST[kind] | {"colour": "red"})


@pytest.mark.parametrize("kind", KINDS)
def test_all_ids_are_text(kind):
    for name, hint in get_type_hints(KINDS[kind]).items():
        if name == "id" or name.endswith("_id"):
            assert {hint, *get_args(hint)} <= {str, type(None), str | None}, f"{kind}.{name} is {hint}"


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_comes_back_from_json_as_it_was(kind):
    adapter = TypeAdapter(KINDS[kind])
    item = adapter.validate_python(HEAD | LEAST[kind])
    assert adapter.validate_json(adapter.dump_json(item)) == item


def test_kinds_have_their_own_names_and_files():
    assert {kind: get_type_hints(item)["kind"] for kind, item in KINDS.items()}.keys() == LEAST.keys()
    assert all(get_args(get_type_hints(item)["kind"]) == (kind,) for kind, item in KINDS.items())
    assert len(set(PLURALS.values())) == len(KINDS)
    assert PLURALS["collection_entry"] == "collection_entries"


def test_the_package_gives_every_class_of_its_modules():
    parts = {value.__name__ for name in items.__all__ if is_dataclass(value := getattr(items, name))}
    assert {item.__name__ for item in KINDS.values()} < parts


def head(crawled_at):
    return {"url": None, "crawled_at": crawled_at, "layout": Layout.API}


def test_a_key_tells_kind_and_id(crawled_at):
    assert Answer(id="7", **head(crawled_at)).key == "answer:7"
    assert Topic(id="7", **head(crawled_at)).key == "topic:7"
    assert Follow(id="a>b", **head(crawled_at)).key == "follow:a>b"


@pytest.mark.parametrize(
    ("id_", "token", "key"),
    [(None, "some-one", "user:some-one"), ("0a1b", "some-one", "user:some-one"), ("0a1b", None, "user:0a1b")],
)
def test_a_user_is_known_by_token_else_by_id(crawled_at, id_, token, key):
    assert User(id=id_, url_token=token, **head(crawled_at)).key == key


@pytest.mark.parametrize("kind", [AuthorKind.ANONYMOUS, AuthorKind.DEACTIVATED])
def test_an_author_without_a_profile_needs_nothing_but_the_kind(kind):
    author = Author(kind=kind)
    assert {getattr(author, field.name) for field in fields(author) if field.name != "kind"} == {None}


def test_two_anonymous_authors_are_equal_in_all_that_is_known_and_have_no_id_to_merge_them_by():
    assert Author(kind=AuthorKind.ANONYMOUS).id is None
    assert Author(kind=AuthorKind.ANONYMOUS) != Author(kind=AuthorKind.DEACTIVATED)


def test_a_listing_tells_both_what_was_got_and_what_the_site_counts(crawled_at):
    listing = Listing(
        id="question:1:answers",
        owner_kind="question",
        owner_id="1",
        name="answers",
        got=3,
        total=5,
        stopped=Stop.LOGIN,
        complete=False,
        **head(crawled_at),
    )
    assert (listing.got, listing.total, listing.complete) == (3, 5, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("voteup_count", "many"),
        ("created", "soon"),
        ("author", "some one"),
        ("content", 7),
        ("layout", "paper"),
        ("id", None),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(field, value):
    with pytest.raises(ValidationError, match=field):
        TypeAdapter(Answer).validate_python(HEAD | LEAST["answer"] | {field: value})


def test_every_kind_is_an_item():
    assert all(issubclass(item, Item) for item in KINDS.values())
