"""The same writes end in the same document, in any order and however often: against a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.samples import USER_ID
from tests.storage.model import Expected, Items
from zhihu_crawler.items import KINDS, Item

if TYPE_CHECKING:
    from tests.storage.conftest import Written

FIXED: dict[str, Any] = {
    "user": {"id": st.just(USER_ID), "url_token": st.sampled_from([None, "a", "b"])},
    "follow": {
        "follower_id": st.just(USER_ID),
        "followee_id": st.just("f" * 32),
        "id": st.sampled_from(["a>b", f"{USER_ID}>b"]),
    },
}
AS_IS = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_and_repetition_of_writes_ends_in_the_document_that_all_of_them_make(kind: str, written: Written):
    items = st.lists(Items.of(kind, **FIXED.get(kind, {})), min_size=1, max_size=5)

    @AS_IS
    @given(items, st.data())
    def converges(told: list[Item], data: st.DataObject) -> None:
        written.empty()
        repeated = told + data.draw(st.lists(st.sampled_from(told), max_size=3))
        arriving = data.draw(st.permutations(repeated))
        while arriving:
            count = data.draw(st.integers(1, len(arriving)))
            assert written.write(*arriving[:count]) == {}
            arriving = arriving[count:]
        expected = Expected(told)
        assert written.one(kind) == expected.document
        if kind != "listing" and expected.text:
            assert {one["hash"]: one["text"] for one in written.all("versions").values()} == expected.versions

    converges()
