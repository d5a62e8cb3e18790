"""One person, one document, though pages show people by token, by id, or by both.

The id of 32 digits never changes, so it is the ``_id``. One of whom only the token is known is stored as
``token:<token>`` until some page shows token and id together; then that document joins the one of the id and is gone,
and so do the edges of the follow graph that named the token. What is read by token later is written to the id at once,
old tokens included: ``tokens`` keeps them all. A token that passed to another person is taken for the one who showed it
last.

A writer that knows only the token looks before and after its write, one that knows both looks after it; so one of the
two finds what the other wrote, whichever came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.bulk import Bulk, Write, batches
from zhihu_crawler.storage.documents import TOKEN
from zhihu_crawler.storage.updates import any_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhihu_crawler.storage.documents import Document
    from zhihu_crawler.storage.texts import Texts

USERS, FOLLOWS = PLURALS["user"], PLURALS["follow"]
_ENDS = ("follower", "followee")
_REMEMBERED = 100_000
_TRIES = 10


class People:
    """Finds out who a token is, and joins documents that turn out to be of one person."""

    def __init__(self, bulk: Bulk, texts: Texts) -> None:
        self._bulk, self._texts = bulk, texts
        self._users, self._follows = bulk.database[USERS], bulk.database[FOLLOWS]
        self._joined: dict[str, str] = {}

    async def resolve(self, documents: Iterable[tuple[str, Document]]) -> tuple[list[Document], dict[str, str]]:
        """Return documents with ids where tokens are known, and who they show by both, as token: id.

        Only those of users and follows are looked at; what is not changed is the same object as before.
        """
        shown: dict[str, str] = {}
        asked: set[str] = set()
        pairs = list(documents)
        for kind, document in pairs:
            if kind == "user" and document.get("id"):
                shown |= dict.fromkeys(document["tokens"], document["_id"])
            else:
                asked |= {name.removeprefix(TOKEN) for name in _persons(kind, document) if name.startswith(TOKEN)}
        known = await self.find(asked - shown.keys()) | shown if asked else {}
        return [renamed(kind, document, known) for kind, document in pairs], shown

    async def find(self, tokens: Iterable[str]) -> dict[str, str]:
        """Return the ids of those tokens that a page showed with one; of several persons', the one who has it now."""
        wanted = set(tokens)
        found: dict[str, str] = {}
        if not wanted:
            return found
        which = {"tokens": {"$in": list(wanted)}, "id": {"$exists": True}}
        now: dict[str, str] = {}
        async for user in self._users.find(which, {"tokens": 1, "url_token": 1}).sort(
            {"meta.seen.url_token": 1, "_id": 1}
        ):
            id_: str = user["_id"]
            found |= dict.fromkeys(wanted.intersection(user["tokens"]), id_)
            if (token := user.get("url_token")) in wanted:
                now[token] = id_
        return found | now

    async def join(self, documents: Iterable[tuple[str, Document]], shown: Mapping[str, str]) -> None:
        """After a write: join to ids what stands under tokens that are known to be theirs."""
        left = {name.removeprefix(TOKEN) for pair in documents for name in _persons(*pair) if name.startswith(TOKEN)}
        new = {token: id_ for token, id_ in shown.items() if self._joined.get(token) != id_}
        new |= await self.find(left - new.keys())
        if not new:
            return
        for _ in range(_TRIES):
            if not await self._join_users(new) and not await self._join_follows(new):
                break
        self._remember(new)

    def _remember(self, joined: Mapping[str, str]) -> None:
        self._joined |= joined
        while len(self._joined) > _REMEMBERED:
            del self._joined[next(iter(self._joined))]

    async def _join_users(self, ids: Mapping[str, str]) -> int:
        """Join users; return how many there were, so that what others wrote meanwhile is seen to as well."""
        count = 0
        which = {"_id": {"$in": [TOKEN + token for token in ids]}}
        async for batch in batches(self._users.find(which), 50):
            count += len(batch)
            names = {one["_id"]: ids[one["_id"].removeprefix(TOKEN)] for one in batch}
            await self._texts.move("user", list(names))
            for old, new in names.items():
                await self._texts.rename("user", old, new)
            await self._replace("user", [(one, one | {"_id": names[one["_id"]]}) for one in batch])
            await self._texts.move("user", list(names.values()))
        return count

    async def _join_follows(self, ids: Mapping[str, str]) -> int:
        count = 0
        tokens = [TOKEN + token for token in ids]
        which = {"$or": [{end: {"$in": tokens}} for end in _ENDS]}
        async for batch in batches(self._follows.find(which), 200):
            count += len(batch)
            await self._replace("follow", [(one, renamed("follow", one, ids)) for one in batch])
        return count

    async def _replace(self, kind: str, pairs: list[tuple[Document, Document]]) -> None:
        """Join documents to those of other ids, then delete them where nobody wrote to them meanwhile."""
        name = PLURALS[kind]
        joins = [Write(name, where={"_id": new["_id"]}, update=any_update(kind, new)) for _, new in pairs]
        await self._bulk.run(joins)
        await self._bulk.run([Write(name, where=_unchanged(old)) for old, _ in pairs])


def _persons(kind: str, document: Document) -> list[str]:
    if kind == "user":
        return [document["_id"]]
    return [document[end] for end in _ENDS] if kind == "follow" else []


def renamed(kind: str, document: Document, ids: Mapping[str, str]) -> Document:
    """Return a document with the ids of its people where these are known by their tokens."""
    persons = [
        ids.get(name.removeprefix(TOKEN), name) if name.startswith(TOKEN) else name for name in _persons(kind, document)
    ]
    if persons == _persons(kind, document):
        return document
    if kind == "user":
        return document | {"_id": persons[0]}
    return document | {"_id": ">".join(persons)} | dict(zip(_ENDS, persons, strict=True))


def _unchanged(document: Document) -> Document:
    return {"_id": document["_id"], "$expr": {"$eq": ["$$ROOT", {"$literal": document}]}}
