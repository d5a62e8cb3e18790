from __future__ import annotations

from dataclasses import fields

import pytest

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import Type, field_named, fields_of, kind_named
from zhihu_crawler.items import KINDS, PLURALS


@pytest.mark.parametrize(
    ("kind", "path", "type_", "many"),
    [
        ("answer", "id", Type.TEXT, False),
        ("answer", "voteup_count", Type.NUMBER, False),
        ("answer", "is_paid", Type.FLAG, False),
        ("answer", "created", Type.TIME, False),
        ("answer", "author", Type.OBJECT, False),
        ("answer", "author.name", Type.TEXT, False),
        ("answer", "author.badges.topics.name", Type.TEXT, True),
        ("question", "topics", Type.OBJECT, True),
        ("question", "topics.id", Type.TEXT, True),
        ("user", "locations", Type.TEXT, True),
        ("user", "last_seen", Type.TIME, False),
        ("listing", "complete", Type.FLAG, False),
    ],
)
def test_a_field_is_known_with_its_type(kind: str, path: str, type_: Type, many: bool):
    field = field_named(kind, path, kept=True)
    assert (field.type, field.many) == (type_, many)


def test_enumerations_and_literals_know_their_values():
    assert fields_of("answer")["created_precision"].choices == ("second", "minute", "day")
    assert fields_of("answer")["kind"].choices == ("answer",)


def test_every_field_of_every_kind_is_known():
    for kind, item in KINDS.items():
        assert {field.name for field in fields(item)} <= set(fields_of(kind))


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("votes", "voteup_count"),
        ("voteup", "voteup_count"),
        ("authr.name", "author.name"),
        ("author.nmae", "author.name"),
        ("comments", "comment_count"),
        ("question_id", "question.id"),
        ("last_sen", "last_seen"),
    ],
)
def test_a_near_miss_is_told_what_was_meant(path: str, meant: str):
    with pytest.raises(BadQuery, match=r"an answer has no field .*, did you mean ") as error:
        field_named("answer", path, kept=True)
    assert meant in str(error.value)


def test_a_far_miss_is_told_which_fields_there_are():
    with pytest.raises(BadQuery, match="its fields: kind, id, url"):
        field_named("answer", "xyzzy", kept=True)


def test_item_files_know_nothing_of_what_the_store_keeps():
    with pytest.raises(BadQuery, match="kept by the store alone"):
        field_named("answer", "changed_at", kept=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_goes_by_singular_and_plural(kind: str):
    assert kind_named(kind) == kind_named(PLURALS[kind].upper().replace("_", "-")) == kind


@pytest.mark.parametrize(("name", "told"), [("answrs", "did you mean answers"), ("qqq", "there are: questions")])
def test_an_unknown_kind_is_told(name: str, told: str):
    with pytest.raises(BadQuery, match=told):
        kind_named(name)
