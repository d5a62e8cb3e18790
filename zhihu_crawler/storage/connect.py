"""The one place that makes a MongoDB client, and that says in words why its servers cannot be used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

if TYPE_CHECKING:
    from zhihu_crawler.config import StoreConfig

Document = dict[str, Any]
APP_NAME = "zhihu_crawler"
"""How our connections are named in ``currentOp`` and in the server's log."""
CONNECT_SECONDS = 5.0
"""A member that does not accept a connection, or does not greet, for so long is passed over."""
ANSWER_SECONDS = 10.0
"""How much longer than ``wtimeout`` an answer may take before its connection is taken for dead."""
OLDEST_WIRE_VERSION = 17
"""MongoDB 6.0: the oldest server with every operator that the writes use ($sortArray is of 5.2)."""

_SECONDS_OF_CONNECT = re.compile(r" \(configured timeouts: [^)]*\)")
_REFUSED = re.compile(r"Connect call failed \([^)]*\)")
_AUTHENTICATION, _UNAUTHORIZED = (18, 8000), (13,)


def async_client(config: StoreConfig, **given: Any) -> AsyncMongoClient[Document]:
    """Make a client for a crawl; it connects with its first operation. ``given`` wins over all, then the URI."""
    return AsyncMongoClient(config.uri, **(_options(config) | given))


def sync_client(config: StoreConfig, **given: Any) -> MongoClient[Document]:
    """Make a client for a command, with the same options."""
    return MongoClient(config.uri, **(_options(config) | given))


def _options(config: StoreConfig) -> dict[str, Any]:
    """Return what a client is given: an acknowledged write is one that a majority has, and no wait is without end.

    What the URI itself says is left out, because pymongo lets arguments win over the URI.
    """
    ours: dict[str, Any] = {
        "appName": APP_NAME,
        "w": "majority",
        "wtimeoutMS": round(config.wtimeout * 1000),
        "retryWrites": True,
        "retryReads": True,
        "connectTimeoutMS": round(CONNECT_SECONDS * 1000),
        "socketTimeoutMS": round((config.wtimeout + ANSWER_SECONDS) * 1000),
        "serverSelectionTimeoutMS": round(config.start * 1000),
    }
    said = {name.lower() for name, _ in parse_qsl(config.uri.partition("?")[2], keep_blank_values=True)}
    if "wtimeout" in said:
        said.add("wtimeoutms")
    return {name: value for name, value in ours.items() if name.lower() not in said} | {"tz_aware": True}


def explain(error: BaseException, config: StoreConfig) -> str:
    """Say in one line what is wrong with which hosts and what to check; never with the password in it."""
    return config.hide(f"MongoDB at {config.safe_uri}: {' '.join(_told(error).split())}")


def _told(error: BaseException) -> str:
    if isinstance(error, ServerSelectionTimeoutError):
        return _no_server(str(error))
    if isinstance(error, WTimeoutError):
        return "no majority acknowledged the write in time: are most members of the replica set up, and not far behind?"
    if isinstance(error, OperationFailure):
        return _refused(error)
    if isinstance(error, AutoReconnect):
        return f"the connection broke ({_short(str(error))}); is the server restarting?"
    if isinstance(error, ConfigurationError):
        return f"{_short(str(error))}; check MONGODB_URI"
    return _short(str(error)) or type(error).__name__


def _no_server(told: str) -> str:
    """Tell members that answer but elect nobody from members that do not answer at all."""
    reasons = _short(told.partition(", Timeout:")[0])
    if "No replica set members match" in told or "No primary" in told:
        return "members answer, but none is the primary: fewer than a majority are up, or an election is going on"
    if "not a member of replica set" in told or "replica set name" in told:
        return f"{reasons}; check replicaSet= in MONGODB_URI"
    hint = "check that the name is right" if "Name or service" in told else "check that mongod runs there and is let in"
    return f"no server can be reached: {reasons}; {hint}"


def _refused(error: OperationFailure) -> str:
    reason = _short(str((error.details or {}).get("errmsg") or error).partition(" to execute command {")[0])
    if error.code in _AUTHENTICATION:
        return f"{reason}; check user and password, and authSource (without it, the database of the URI is asked)"
    if error.code in _UNAUTHORIZED:
        return f"{reason}; the user needs the role readWrite on the database"
    return f"{reason} (code {error.code})"


def _short(told: str) -> str:
    """Leave out what a library says of its own timeouts."""
    told = _REFUSED.sub("Connection refused", _SECONDS_OF_CONNECT.sub("", told))  # asyncio has words of its own
    return told.replace(",", ", ").replace(",  ", ", ")[:500]
