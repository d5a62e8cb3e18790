"""Reading from the MongoDB store: from a secondary where there is one, on through elections and broken connections.

A query is a cursor in the order of ``_id``. When its member dies, another is asked for what comes behind the last
``_id`` that was given: nothing comes twice, nothing is passed over. All is read in one causally consistent session that
begins with a word from the primary: a secondary that lags has to catch up with what a crawl wrote before the export.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from gridfs import NoFile
from gridfs.errors import CorruptGridFile
from pymongo import timeout
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import Nearest, Primary, Secondary, SecondaryPreferred

from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.items import PLURALS
from zhihu_crawler.storage.connect import explain, sync_client
from zhihu_crawler.storage.documents import TEXTS
from zhihu_crawler.storage.texts import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pymongo.collection import Collection

    from zhihu_crawler.config import StoreConfig
    from zhihu_crawler.export.sources import Document, Wanted

logger = logging.getLogger(__name__)
T = TypeVar("T")
_ANSWER_MS = 300_000
"""How long a member may look for the next documents: a filter without an index may go through the whole collection."""
_SELECTION_MS = 2_000
"""How long a member is waited for before another may be asked: a cursor would wait for its own."""
_COUNT_MS = 5_000
_MEETING_SECONDS = 3.0
_STALEST_SECONDS = 120
"""A secondary further behind is not waited for but passed over; MongoDB lets no less than 90 be asked for."""
_BATCH = 200
"""Documents in a reply: at some 10 KB each, 2 MB are in memory at a time."""
_PASSING = frozenset({6, 7, 89, 91, 133, 134, 175, 189, 9001, 10107, 11600, 11602, 13388, 13435, 13436})
"""Codes of MongoDB's retryable reads: another try, or another member, answers."""


class StoreSource:
    """Reads the store of a configuration.

    Raises:
        UnreachableError: no member can be reached.
    """

    kept = True

    def __init__(self, config: StoreConfig) -> None:
        self.name = config.safe_uri
        self._config = config
        said = {name.lower() for name, _ in parse_qsl(config.uri.partition("?")[2], keep_blank_values=True)}
        ours = {"socketTimeoutMS": _ANSWER_MS, "serverSelectionTimeoutMS": _SELECTION_MS}
        self._client = sync_client(config, **{name: value for name, value in ours.items() if name.lower() not in said})
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
        patience = _Patience(self._config)
        while True:
            last = {"_id": {"$gt": after}} if after is not None else {}
            both = {"$and": [wanted.filter, last]} if wanted.filter and last else wanted.filter or last
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
        order = [*((path, -1 if descends else 1) for path, descends in wanted.order), ("_id", 1)]

        def read() -> T:
            collection = self._collection(wanted.kind)
            found = collection.find(wanted.filter, {"_id": 1}, batch_size=10_000, session=self._session)
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
        """Nothing is unreadable as a whole."""
        return {}

    def _collection(self, kind: str) -> Collection[Document]:
        return self._database[PLURALS[kind]]

    def _patiently(self, read: Callable[[], T]) -> T:
        patience = _Patience(self._config)
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


class _Patience:
    """Bounds how long nobody may answer: ``MONGODB_RETRY_SECONDS`` since the last document."""

    def __init__(self, config: StoreConfig) -> None:
        self._config = config
        self._tries = 0
        self._since = 0.0

    def renew(self) -> None:
        """Something came: the next trouble is a new one."""
        self._tries = 0

    def wait_or_raise(self, error: PyMongoError) -> None:
        """Wait before the next try.

        Raises:
            UnreachableError: it has been long enough.
            PyMongoError: no other try can help.
        """
        if isinstance(error, OperationFailure) and not _passes(error):
            raise error
        self._since = self._since if self._tries else time.monotonic()
        self._tries += 1
        if time.monotonic() - self._since >= self._config.retry:
            raise UnreachableError(explain(error, self._config)) from error
        if self._tries == 1:
            logger.warning("A member went away (%s); reading goes on from another", type(error).__name__)
        time.sleep(min(0.1 * 2**self._tries, 2.0))


def _passes(error: OperationFailure) -> bool:
    is_passing = isinstance(error, CursorNotFound | AutoReconnect) or error.code in _PASSING
    return is_passing or error.has_error_label("RetryableError") or error.has_error_label("ResumableChangeStreamError")
