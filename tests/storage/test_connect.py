from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from pymongo.errors import (
    AutoReconnect,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.storage.bulk import Bulk
from zhihu_crawler.storage.connect import APP_NAME, async_client, explain, sync_client

if TYPE_CHECKING:
    from tests.helpers.mongo import ReplicaSet

SECRET = StoreConfig(uri="mongodb://reader:s3cr%40t@a,b/zhihu?replicaSet=rs0", start=0.2)


def options(uri: str) -> dict[str, object]:
    with sync_client(StoreConfig(uri=uri, wtimeout=7)) as client:
        return {
            "w": client.write_concern.document,
            "retryWrites": client.options.retry_writes,
            "appName": client.options.pool_options.appname,
            "tz_aware": client.codec_options.tz_aware,
        }


def test_a_write_is_done_when_a_majority_has_it():
    assert options("mongodb://127.0.0.1:1") == {
        "w": {"w": "majority", "wtimeout": 7000},
        "retryWrites": True,
        "appName": APP_NAME,
        "tz_aware": True,
    }


def test_what_the_uri_says_wins():
    said = options("mongodb://127.0.0.1:1/?W=1&wtimeoutms=5&retrywrites=false&appname=mine&tz_aware=false")
    assert said == {"w": {"w": 1, "wtimeout": 5}, "retryWrites": False, "appName": "mine", "tz_aware": True}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ServerSelectionTimeoutError("a:27017: [Errno 111] Connection refused (configured timeouts: x)"),
            "refused; check",
        ),
        (ServerSelectionTimeoutError("a:27017: [Errno -2] Name or service not known"), "the name is right"),
        (ServerSelectionTimeoutError('No replica set members match selector "Primary()"'), "none is the primary"),
        (OperationFailure("Authentication failed.", 18), "authSource"),
        (OperationFailure("not authorized on zhihu", 13), "readWrite"),
        (OperationFailure("broken", 9), "code 9"),
        (WTimeoutError("waiting for replication timed out"), "no majority"),
        (NetworkTimeout("a:27017: timed out"), "connection broke"),
        (AutoReconnect("s3cr@t\n closed"), "connection broke"),
    ],
)
def test_a_fault_is_told_in_one_line_with_the_hosts_and_what_to_check(error: PyMongoError, told: str):
    line = explain(error, SECRET)
    assert line.startswith("MongoDB at mongodb://reader:***@a,b/zhihu: ")
    assert told in line
    assert "\n" not in line
    assert "s3cr" not in line


def test_a_port_where_nobody_listens_is_told():
    config = StoreConfig(uri="mongodb://127.0.0.1:1/?replicaSet=rs0", start=0.2)
    with sync_client(config) as client, pytest.raises(ServerSelectionTimeoutError) as raised:
        client.admin.command("ping")
    assert "127.0.0.1:1: [Errno 111] Connection refused; check that mongod runs there" in explain(raised.value, config)


def test_a_wrong_name_of_the_set_is_told(mongo: ReplicaSet):
    config = StoreConfig(uri=mongo.uri().replace("rs0", "rs9"), start=1)
    with sync_client(config) as client, pytest.raises(ServerSelectionTimeoutError) as raised:
        client.admin.command("ping")
    assert "check replicaSet=" in explain(raised.value, config)


def test_a_writer_reads_from_the_primary_whatever_the_uri_prefers():
    async def made() -> None:
        client = async_client(StoreConfig(uri="mongodb://a/?readPreference=secondary"))
        assert client.read_preference.mongos_mode == "secondary"
        assert Bulk(client, "zhihu").database.read_preference.mongos_mode == "primary"
        await client.close()

    asyncio.run(made())
