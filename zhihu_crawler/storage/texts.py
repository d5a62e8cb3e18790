"""Texts beside the documents: earlier ones in ``versions``, each once, and those too long for a document in GridFS.

An update that replaces a text keeps the old one in ``meta.earlier`` in the same step, so nothing is lost whatever
happens next; it is moved to ``versions`` right after. A thing whose text never changed has none there; of one whose
text did, every text is there, the newest too.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gridfs import AsyncGridFSBucket, GridFSBucket
from gridfs.errors import FileExists, NoFile
from pymongo.errors import DuplicateKeyError

from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.bulk import Bulk, Write, batches
from zhihu_crawler.storage.documents import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pymongo.client_session import ClientSession
    from pymongo.database import Database

    from zhihu_crawler.storage.documents import Document

VERSIONS = "versions"
"""Every text of what was seen with more than one: ``{_id: "answer:1:<hash>", kind, id, hash, text | body_file}``."""
BODIES = "bodies"
"""GridFS bucket of texts that are too long for a document; a file's ``_id`` is the text's hash."""
_WAITING = {"meta.earlier": {"$exists": True}}
_AT_ONCE = 20


class Texts:
    """The texts of one database."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk
        self._files = bulk.database[f"{BODIES}.files"]

    async def upload(self, texts: Mapping[str, str]) -> None:
        """Put texts into GridFS by their hashes; one that is there already stays."""
        bucket = AsyncGridFSBucket(self._bulk.database, BODIES)
        for name, text in texts.items():
            body = text.encode()
            if await self._files.find_one({"_id": name, "length": len(body)}, {"_id": 1}):
                continue
            try:
                await bucket.upload_from_stream_with_id(name, f"{name}.html", body)
            except (FileExists, DuplicateKeyError):  # pieces of an upload that was broken off
                with suppress(NoFile):
                    await bucket.delete(name)
                await bucket.upload_from_stream_with_id(name, f"{name}.html", body)

    async def move(self, kind: str, ids: Sequence[str] | None = None) -> None:
        """Move earlier texts of a kind's documents to ``versions``: of some, or of all where a move was broken off."""
        name = PLURALS[kind]
        which = _WAITING if ids is None else {"_id": {"$in": list(ids)}} | _WAITING
        wanted = {"meta.earlier": 1, "meta.hash": 1, TEXTS[kind]: 1, "body_file": 1, "content_truncated": 1}
        async for batch in batches(self._bulk.database[name].find(which, wanted), _AT_ONCE):
            await self._insert(version for document in batch for version in _versions(kind, document))
            await self._bulk.run(
                [Write(name, where={"_id": one["_id"]}, update=_without(one), upsert=False) for one in batch]
            )

    async def rename(self, kind: str, old: str, new: str) -> None:
        """Let the versions of one document be those of another: it turned out to be the same thing."""
        async for batch in batches(self._bulk.database[VERSIONS].find({"kind": kind, "id": old}), _AT_ONCE):
            await self._insert(one | {"_id": f"{kind}:{new}:{one['hash']}", "id": new} for one in batch)
            await self._bulk.run([Write(VERSIONS, where={"_id": one["_id"]}) for one in batch])

    async def _insert(self, versions: Iterator[Document]) -> None:
        """Insert those that are not there; one that is, is the same text."""
        await self._bulk.run(
            [Write(VERSIONS, where={"_id": one.pop("_id")}, update={"$setOnInsert": one}) for one in versions]
        )


def _versions(kind: str, document: Document) -> Iterator[Document]:
    """Give the earlier texts of a document, and the one that it has now."""
    id_, meta = document["_id"], document["meta"]
    texts: dict[str, Any] = dict(meta["earlier"])
    if not document.get("content_truncated"):
        now = {"text": document.get(TEXTS[kind]), "body_file": document.get("body_file")}
        texts[meta["hash"]] = {name: value for name, value in now.items() if value is not None}
    for text_hash, text in texts.items():
        yield {"_id": f"{kind}:{id_}:{text_hash}", "kind": kind, "id": id_, "hash": text_hash, **text}


def _without(document: Document) -> list[Document]:
    """Take out the texts that were moved; others may have come meanwhile."""
    moved = list(document["meta"]["earlier"])
    left = {
        "$filter": {
            "input": {"$objectToArray": {"$ifNull": ["$meta.earlier", {}]}},
            "cond": {"$not": {"$in": ["$$this.k", moved]}},
        }
    }
    kept = {"$cond": [{"$eq": [left, []]}, "$$REMOVE", {"$arrayToObject": left}]}
    return [{"$set": {"meta.earlier": kept}}]


def read_body(database: Database[Document], document: Document, session: ClientSession | None = None) -> str:
    """Return the text of a document that says ``body_file``; in a session, as new as what was read in it before.

    Raises:
        gridfs.NoFile: it is not there: the bucket was emptied.
    """
    with GridFSBucket(database, BODIES).open_download_stream(document["body_file"]["file"], session=session) as stream:
        return str(stream.read().decode())
