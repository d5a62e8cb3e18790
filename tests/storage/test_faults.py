from __future__ import annotations

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ClientBulkWriteException,
    DocumentTooLarge,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from zhihu_crawler.storage.faults import is_known_id, is_passing, told

LABELLED = OperationFailure("x", 1, {"errorLabels": ["RetryableWriteError"]})


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (AutoReconnect("closed"), True),
        (NetworkTimeout("timed out"), True),
        (NotPrimaryError("not primary"), True),
        (ServerSelectionTimeoutError("nobody"), True),
        (WTimeoutError("waited", 64), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (OperationFailure("stepping down", 189), True),
        (OperationFailure("disk full", 14031), True),
        (LABELLED, True),
        (OperationFailure("not authorized", 13), False),
        (OperationFailure("authentication failed", 18), False),
        (DocumentTooLarge("17 MB"), False),
        (ValueError("ours"), False),
        (BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}), True),
        (BulkWriteError({"writeErrors": [{"code": 11602}, {"code": 11000}], "writeConcernErrors": []}), True),
        (BulkWriteError({"writeErrors": [{"code": 11000}], "writeConcernErrors": []}), False),
        (ClientBulkWriteException({"error": AutoReconnect("x"), "writeErrors": []}, verbose=False), True),
        (ClientBulkWriteException({"error": OperationFailure("x", 13), "writeErrors": []}, verbose=False), False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(error: PyMongoError, passes: bool):
    assert is_passing(error) is passes


@pytest.mark.parametrize(
    ("error", "known"),
    [
        ({"code": 11000, "keyPattern": {"_id": 1}}, True),
        ({"code": 11000}, True),
        ({"code": 11000, "keyPattern": {"title": 1}}, False),
        ({"code": 121}, False),
    ],
)
def test_only_an_id_that_is_there_already_is_tried_otherwise(error: dict[str, object], known: bool):
    assert is_known_id(error) is known


def test_a_reason_is_one_line_of_bounded_length():
    assert told({"code": 121, "errmsg": "Document\nfailed"}) == "Document failed (code 121)"
    assert len(told({"code": 1, "errmsg": "x" * 5000})) < 400
