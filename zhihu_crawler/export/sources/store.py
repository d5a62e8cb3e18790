"""Reading from the MongoDB store: from a secondary where there is one, on through elections and broken connections.

A query is a cursor in the order of ``_id``. When its member dies, another is asked for what comes behind the last
``_id`` that was given: nothing comes twice, nothing is passed over. All is read in one causally consistent session that
begins with a word from the primary: a secondary that lags has to catch up with what a crawl wrote before the export.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from gridfs import NoFile
from gridfs.errors import CorruptGridFile
from pymongo import timeout
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import Nearest, Primary, Secondary, SecondaryPreferred

from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.export.sources.patience import Patience
from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.connect import explain, sync_client
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.texts import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pymongo.collection import Collection

    from zhihu_crawler.config import StoreConfig
    from zhihu_crawler.export.sources import Document, Wanted

T = TypeVar("T")
_ANSWER_MS = 300_000
"""How long a member may look for the next documents: a filter without an index may go through the whole collection."""
_SELECTION_MS = 2_000
"""How long a member is waited for before another may be asked: a cursor would wait for its own."""
_COUNT_MS = 5_000
_MEETING_SECONDS = 3.0
_STALEST_SECONDS = 120
"""A secondary further behind is not waited for but passed over; MongoDB lets no less than 90 be asked for."""
_OURS: Document = {"_id": {"$type": "string"}}
"""What this project wrote; behind another type of ``_id`` a query cannot go on."""
_FOREIGN = "an _id that is no text: this project did not write it"
_BATCH = 200
"""Documents in a reply: at some 10 KB each, 2 MB are in memory at a time."""


class StoreSource:
    """Reads the store of a configuration.

    Raises:
        UnreachableError: no member can be reached.
    """

    unit = "documents"
    kept = True

    def __init__(self, config: StoreConfig) -> None:
        self.name = config.safe_uri
        self._config = config
        said = {name.lower() for name, _ in parse_qsl(config.uri.partition("?")[2], keep_blank_values=True)}
        ours = {"socketTimeoutMS": _ANSWER_MS, "serverSelectionTimeoutMS": _SELECTION_MS}
        self._client = sync_client(config, **{name: value for name, value in ours.items() if name.lower() not in said})
        self._others: dict[str, Document] = {}
        self._database = self._client.get_database(
            config.database,
            read_preference=None if "readpreference" in said else SecondaryPreferred(max_staleness=_stalest(said)),
            read_concern=None if "readconcernlevel" in said else ReadConcern("majority"),
        )
        self._session = self._client.start_session(causal_consistency="readconcernlevel" not in said)
        self._meet(wants_secondary="readpreference" not in said)

    def _meet(self, *, wants_secondary: bool) -> None:
        """Wait for a member, and for a secondary: a client that met the primary alone would read from it to the end.

        What the primary says is by when everything that a crawl has written is sure to be there.

        Raises:
            UnreachableError: nobody answers within ``MONGODB_START_SECONDS``, or lets us in.
        """
        admin = self._client.get_database("admin", read_preference=Nearest())
        try:
            with timeout(self._config.start):
                admin.command("ping")
        except PyMongoError as error:
            self._client.close()
            raise UnreachableError(explain(error, self._config)) from error
        if wants_secondary and len(self._client.topology_description.server_descriptions()) > 1:
            with suppress(PyMongoError), timeout(_MEETING_SECONDS):
                admin.with_options(read_preference=Secondary()).command("ping")
        with suppress(PyMongoError), timeout(_MEETING_SECONDS):
            admin.with_options(read_preference=Primary()).command("ping", session=self._session)

    def close(self) -> None:
        """Hang up."""
        self._session.end_session()
        self._client.close()

    def count(self, wanted: Wanted) -> int | None:
        """Count, giving up after a few seconds."""
        self._others[wanted.kind] = wanted.filter
        collection = self._collection(wanted.kind)
        if not wanted.filter:
            return self._patiently(lambda: collection.estimated_document_count(maxTimeMS=_COUNT_MS))
        try:
            return self._patiently(
                lambda: collection.count_documents(wanted.filter, session=self._session, maxTimeMS=_COUNT_MS)
            )
        except ExecutionTimeout:
            return None

    def scan(self, wanted: Wanted, after: str | None) -> Iterator[Document]:
        """Give documents by ``_id``."""
        patience = Patience(self._config)
        while True:
            last = {"_id": {"$gt": after}} if after is not None else _OURS
            both = {"$and": [wanted.filter, last]} if wanted.filter else last
            try:
                collection = self._collection(wanted.kind)
                found = collection.find(both, batch_size=_BATCH, session=self._session).sort("_id", 1)
                with found.allow_disk_use(True) as cursor:  # an index that serves the filter leaves the order to a sort
                    for document in cursor:
                        after = document["_id"]
                        yield document
                        patience.renew()
            except (ConnectionFailure, OperationFailure) as error:
                patience.wait_or_raise(error)
            else:
                return

    def ids(self, wanted: Wanted, take: Callable[[Iterator[str]], T]) -> T:
        """Hand sorted ids over; where the server has no index for the order, it sorts on its disk."""
        self._others[wanted.kind] = wanted.filter
        ours = {"$and": [wanted.filter, _OURS]} if wanted.filter else _OURS
        order = [*((path, -1 if descends else 1) for path, descends in wanted.order), ("_id", 1)]

        def read() -> T:
            found = self._collection(wanted.kind).find(ours, {"_id": 1}, batch_size=10_000, session=self._session)
            with found.sort(order).allow_disk_use(True) as cursor:  # pymongo's own form
                return take(document["_id"] for document in cursor)

        return self._patiently(read)

    def fetch(self, kind: str, ids: Sequence[str]) -> dict[str, Document]:
        """Give documents by id."""
        query = {"_id": {"$in": list(ids)}}
        collection = self._collection(kind)
        return self._patiently(lambda: {one["_id"]: one for one in collection.find(query, session=self._session)})

    def find(self, wanted: Wanted, names: Sequence[str]) -> dict[str, str]:
        """Look for things by name: users by id or by any token that they were seen with."""
        keys = ("_id", "id", "url_token", "tokens") if wanted.kind == "user" else ("_id",)
        query = {"$and": [{"$or": [{key: {"$in": list(names)}} for key in keys]}, wanted.filter]}
        projection = dict.fromkeys(keys, 1)
        collection = self._collection(wanted.kind)
        found = self._patiently(lambda: list(collection.find(query, projection, session=self._session)))
        return {
            name: one["_id"] for one in found for key in keys for name in _names(one.get(key)) if name in set(names)
        }

    def complete(self, kind: str, document: Document) -> str | None:
        """Join the text of a document that was too long for it."""
        file = document.get("body_file")
        if not file:
            return None
        try:
            document[TEXTS[kind]] = self._patiently(lambda: read_body(self._database, document, self._session))
        except (NoFile, CorruptGridFile, UnicodeDecodeError) as error:
            return f"its text of {file.get('bytes', '?')} bytes cannot be read from GridFS ({type(error).__name__})"
        return None

    def faults(self) -> dict[str, list[Any]]:
        """Tell of documents that somebody else put beside those of the store."""
        counts = {kind: self._count_others(kind, wanted) for kind, wanted in self._others.items()}
        there = [PLURALS[kind] for kind, count in counts.items() if count]
        return {_FOREIGN: [sum(counts.values()), there]} if there else {}

    def _count_others(self, kind: str, wanted: Document) -> int:
        others: Document = {"_id": {"$not": _OURS["_id"]}}
        query = {"$and": [wanted, others]} if wanted else others
        return self._patiently(lambda: self._collection(kind).count_documents(query, session=self._session))

    def _collection(self, kind: str) -> Collection[Document]:
        return self._database[PLURALS[kind]]

    def _patiently(self, read: Callable[[], T]) -> T:
        patience = Patience(self._config)
        while True:
            try:
                return read()
            except (ConnectionFailure, OperationFailure) as error:
                patience.wait_or_raise(error)


def _stalest(said: set[str]) -> int:
    """Return how far behind a member may be; it has to be more than the time between two looks at it."""
    return -1 if "heartbeatfrequencyms" in said else _STALEST_SECONDS


def _names(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
