from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from tests.conftest import ROOT
from zhihu_crawler.storage.indexes import indexes
from zhihu_crawler.storage.prepare import prepare

if TYPE_CHECKING:
    from tests.helpers.mongo import ReplicaSet

DOCS = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
QUERIES: list[tuple[str, str, dict[str, Any], list[tuple[str, int]]]] = [
    ("answers", "question_best", {"question.id": "1"}, [("voteup_count", -1)]),
    ("answers", "author", {"author.id": "1"}, [("created", -1)]),
    ("articles", "author", {"author.id": "1"}, [("created", -1)]),
    ("questions", "topic", {"topics.id": "1"}, []),
    ("articles", "column", {"column.id": "1"}, []),
    ("users", "tokens", {"tokens": "a"}, []),
    ("collections", "creator", {"creator.id": "1"}, []),
    ("collection_entries", "collection_order", {"collection_id": "1"}, [("position", 1)]),
    ("collection_entries", "content", {"content_id": "1", "content_kind": "answer"}, []),
    ("follows", "follower", {"follower": "a"}, [("position", 1)]),
    ("follows", "followee", {"followee": "a"}, [("position", 1)]),
    ("listings", "incomplete", {"complete": False}, [("last_seen", -1)]),
    ("topics", "last_seen", {}, [("last_seen", -1)]),
    ("answers", "stale", {"partial": False}, [("crawled_at", 1)]),
    ("answers", "texts_to_move", {"meta.earlier": {"$exists": True}, "meta.hash": {"$gt": ""}}, []),
    ("versions", "of", {"id": "1", "kind": "answer"}, []),
]


def test_every_index_answers_its_query_without_a_scan_or_a_sort_in_memory(mongo: ReplicaSet):
    async def make() -> None:
        async with AsyncMongoClient(mongo.uri()) as client:
            await prepare(client["zhihu"])
            await prepare(client["zhihu"])

    asyncio.run(make())
    with mongo.client() as client:
        for collection, name, which, order in QUERIES:
            found = client.zhihu[collection].find(which)
            plan = (found.sort(order) if order else found).explain()["queryPlanner"]["winningPlan"]
            assert f"'indexName': '{name}'" in str(plan), (collection, name, plan)
            assert "'SORT'" not in str(plan), (collection, name)
    declared = {(collection, index.name) for collection, made in indexes().items() for index in made}
    often = {"last_seen", "stale", "texts_to_move"}
    assert {pair for pair in declared if pair[1] not in often} == {one[:2] for one in QUERIES if one[1] not in often}


@pytest.mark.parametrize("name", sorted({index.name for made in indexes().values() for index in made}))
def test_every_index_is_in_the_docs_with_its_keys(name: str):
    [row] = re.findall(rf"^\|[^|]*\| `{name}` \|.*$", DOCS, re.MULTILINE)
    for index in (index for made in indexes().values() for index in made if index.name == name):
        for key, direction in index.keys:
            assert f"`{key}`{' desc' if direction < 0 else ''}" in row
