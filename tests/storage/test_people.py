"""One person becomes one document, however pages show them and in whatever order: against a real server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.samples import AT, make_item
from tests.storage.model import Expected, Items
from zhihu_crawler.items import Follow, Item, User
from zhihu_crawler.storage.bulk import Bulk
from zhihu_crawler.storage.entries import entry_of
from zhihu_crawler.storage.writer import Writer

if TYPE_CHECKING:
    from tests.storage.conftest import Written

LI, DU = "1" * 32, "d" * 32
TOKENS = {LI: ["li-bai", "li-12"], DU: ["du-fu"]}
"""Li was renamed."""
WAYS = [(id_, token) for id_, tokens in TOKENS.items() for token in [None, *tokens]]
"""How a page may show one of them by the id; with a token it links the two."""
BY_TOKEN = [(None, token) for tokens in TOKENS.values() for token in tokens]
OWNER = {token: id_ for id_, tokens in TOKENS.items() for token in tokens}


def one_of(ways: list[tuple[str | None, str | None]]) -> st.SearchStrategy[Any]:
    def build(way: tuple[str | None, str | None]) -> st.SearchStrategy[Any]:
        return Items.of("user", id=st.just(way[0]), url_token=st.just(way[1]))

    return st.sampled_from(ways).flatmap(build)


def edge(ends: tuple[tuple[str | None, str | None], tuple[str | None, str | None]]) -> st.SearchStrategy[Any]:
    (follower_id, follower_token), (followee_id, followee_token) = ends
    fixed = {"follower_id": follower_id, "follower_token": follower_token}
    fixed |= {"followee_id": followee_id, "followee_token": followee_token, "id": f"{ends[0]}>{ends[1]}"}
    return Items.of("follow", **{name: st.just(value) for name, value in fixed.items()})


USERS = st.lists(one_of(WAYS + BY_TOKEN), max_size=6)
EDGES = st.lists(st.tuples(*[st.sampled_from(WAYS + BY_TOKEN)] * 2).flatmap(edge), max_size=4)


def expected(told: list[Item]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Documents of users and follows: a token is the person of some page that showed both, wherever it was read."""
    linked = {item.url_token: item.id for item in told if isinstance(item, User) and item.id and item.url_token}

    def person(id_: str | None, token: str | None) -> str:
        return id_ or linked.get(token) or f"token:{token}"

    groups: dict[str, list[Item]] = {}
    for item in told:
        if isinstance(item, User):
            groups.setdefault(person(item.id, item.url_token), []).append(item)
        elif isinstance(item, Follow):
            ends = person(item.follower_id, item.follower_token), person(item.followee_id, item.followee_token)
            groups.setdefault(">".join(ends), []).append(item)
    documents = {id_: Expected(items, id_).document for id_, items in groups.items()}
    users = {id_: one for id_, one in documents.items() if ">" not in id_}
    return users, {id_: one for id_, one in documents.items() if ">" in id_}


def test_pages_that_show_one_person_in_different_ways_end_in_one_document(written: Written):
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(USERS, EDGES, st.data())
    def converges(users: list[Item], edges: list[Item], data: st.DataObject) -> None:
        written.empty()
        told = users + edges
        arriving = data.draw(st.permutations(told + told[:2]))
        while arriving:
            count = data.draw(st.integers(1, len(arriving)))
            assert written.write(*arriving[:count]) == {}
            arriving = arriving[count:]
        people, follows = expected(told)
        assert written.all("users") == people
        assert written.all("follows") == follows

    converges()


def user(id_: str | None, token: str | None, day: int = 0, **fields: Any) -> Item:
    return make_item("user", id_, url_token=token, crawled_at=AT + timedelta(days=day), **fields)


def test_earlier_texts_go_along_when_a_token_turns_out_to_be_somebody(written: Written):
    written.write(user(None, "li-bai", 0, description="a"))
    written.write(user(None, "li-bai", 1, description="b"))
    assert set(written.texts().values()) == {"a", "b"}
    written.write(user(LI, "li-bai", 2, description="c"))
    assert list(written.all("users")) == [LI]
    assert written.one("user")["revision"] == 3
    assert {one["id"]: one["text"] for one in written.all("versions").values()}.keys() == {LI}
    assert set(written.texts().values()) == {"a", "b", "c"}


def test_what_is_read_by_an_old_token_goes_to_the_person_who_had_it(written: Written):
    written.write(user(LI, "li-bai", 0), user(LI, "li-12", 3))
    written.write(user(None, "li-bai", 1, headline="诗人"))
    document = written.one("user")
    assert (document["_id"], document["url_token"], document["headline"]) == (LI, "li-12", "诗人")
    assert document["tokens"] == ["li-12", "li-bai"]


def test_a_token_that_passed_to_another_is_the_one_of_who_has_it_now(written: Written):
    written.write(user(LI, "shi", 0), user(LI, "li-bai", 5), user(DU, "shi", 3))
    written.write(user(None, "shi", 6, headline="now"))
    documents = written.all("users")
    assert documents[DU]["headline"] == "now"
    assert "headline" not in documents[LI]


def test_many_edges_that_named_a_token_are_one_persons_edges_afterwards(written: Written):
    edges = [make_item("follow", f"li-bai>{n}", follower_token="li-bai", followee_id=f"{n:032x}") for n in range(450)]
    written.write(*edges)
    assert all(one["follower"] == "token:li-bai" for one in written.all("follows").values())
    written.write(user(LI, "li-bai"))
    follows = written.all("follows")
    assert len(follows) == 450
    assert all(id_.startswith(f"{LI}>") and one["follower"] == LI for id_, one in follows.items())


@pytest.mark.parametrize("round_", range(3))
def test_two_writers_at_once_leave_one_document(written: Written, round_: int):
    """One knows the token, one knows token and id; each of many writes races with its counterpart."""
    token_only = [user(None, f"t{n}", n % 3, headline=f"h{n}") for n in range(60)]
    both = [user(f"{n:032x}", f"t{n}", n % 5, name=f"n{n}") for n in range(60)]
    other = Writer(Bulk(written.client, written.name))

    async def race() -> None:
        for start in range(0, 60, 6):
            first, second = token_only[start : start + 6], both[start : start + 6]
            await asyncio.gather(
                written.writer.write([entry_of(one) for one in first]), other.write([entry_of(one) for one in second])
            )

    written.runner.run(race())
    documents = written.all("users")
    assert sorted(documents) == [f"{n:032x}" for n in range(60)]
    assert all(one["headline"] == f"h{int(id_, 16)}" for id_, one in documents.items())
