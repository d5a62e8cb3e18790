"""Which faults pass by themselves, and which one document brings upon itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import (
    BulkWriteError,
    ClientBulkWriteException,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DUPLICATE = 11000
"""Somebody stored a document of that ``_id`` meanwhile."""
PASSING_CODES = frozenset(
    {
        *(6, 7, 89, 9001),  # hosts unreachable or not found, network timeouts, socket errors
        *(10107, 13435, 13436, 189, 11602, 11600, 91, 10058),  # no primary (any more), shutting down, stepping down
        *(64, 50, 262, 24, 46, 112),  # the write concern's time, a time limit, locks and conflicts
        *(133, 134, 43, 175, 237, 317, 11601),  # no member for a read now, a cursor or a plan that was killed
        14031,  # the disk is full: somebody will make room
    }
)


def is_passing(error: BaseException) -> bool:
    """Say whether the same write may go through later: no connection, no primary, no majority in time."""
    if isinstance(error, (BulkWriteError, ClientBulkWriteException)):
        return _is_passing_bulk(error.details)
    if isinstance(error, (ConnectionFailure, ExecutionTimeout, WriteConcernError, TimeoutError, ConnectionError)):
        return True
    if isinstance(error, OperationFailure):
        return error.code in PASSING_CODES or error.has_error_label("RetryableWriteError")
    return isinstance(error, PyMongoError) and error.has_error_label("RetryableWriteError")


def _is_passing_bulk(details: Mapping[str, Any]) -> bool:
    """A bulk fails as a whole where its majority was not reached, or a write met a change of primaries."""
    top = details.get("error")
    if isinstance(top, BaseException):
        return is_passing(top)
    return bool(details.get("writeConcernErrors")) or any(
        error.get("code") in PASSING_CODES for error in details.get("writeErrors", ())
    )


def is_known_id(error: Mapping[str, Any]) -> bool:
    """Say whether a write failed only because the document is there already: ours have no other unique index."""
    return error.get("code") == DUPLICATE and set(error.get("keyPattern") or {"_id": 1}) == {"_id"}


def told(error: Mapping[str, Any]) -> str:
    """Return the server's reason to refuse a document, without the document itself."""
    reason = " ".join(str(error.get("errmsg") or "refused").split())
    return f"{reason[:300]} (code {error.get('code')})"
