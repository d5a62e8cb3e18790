from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.config.store import without_password
from zhihu_crawler.errors import BadSetting

SECRET = "mongodb://reader:s3cr%40t@a:27017,b,c/archive?replicaSet=rs0&authSource=admin"


def config(uri: str = "mongodb://a", **values: object) -> StoreConfig:
    made = StoreConfig.from_settings(Settings({"MONGODB_URI": uri} | values))
    assert made
    return made


@pytest.mark.parametrize("uri", [None, "", "  "])
def test_without_a_uri_there_is_no_store(uri: str | None):
    assert StoreConfig.from_settings(Settings({"MONGODB_URI": uri, "MONGODB_BATCH_SIZE": "x"})) is None


def test_what_is_not_said_has_its_default():
    assert config() == StoreConfig(uri="mongodb://a")


def test_what_is_said_is_read():
    made = config(MONGODB_BATCH_SIZE="50", MONGODB_FLUSH_SECONDS="0.5", MONGODB_RETRY_SECONDS=0, MONGODB_SPOOL_DIR="x")
    assert (made.batch_size, made.flush, made.retry, made.spool_dir) == (50, 0.5, 0, Path("x"))


@pytest.mark.parametrize(
    ("uri", "database"),
    [
        ("mongodb://a", "zhihu"),
        ("mongodb://a/", "zhihu"),
        ("mongodb://a,b:27018,c/archive?replicaSet=rs0", "archive"),
        ("mongodb://a/?replicaSet=rs0", "zhihu"),
        ("mongodb+srv://cluster.example.org/archive?retryWrites=true", "archive"),
        ("mongodb://u:p%2Fw@[::1]:27017/archive", "archive"),
        (SECRET, "archive"),
    ],
)
def test_the_database_is_the_path_of_the_uri(uri: str, database: str):
    assert config(uri).database == database


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("localhost:27017", "must begin with"),
        ("mongodb://", "at least one hostname"),
        ("mongodb://a:99999", "Port must be"),
        ("mongodb://u:p@ss@a/", "must be escaped"),
        ("mongodb://a/?replicaset", "cannot be used"),
        ("mongodb://a/?wtimeoutMS=soon", "must be an integer"),
        ("mongodb://a/?w=0", "w=0 asks for no word"),
        ("mongodb://a/zhihu.answers", "database and no more"),
    ],
)
def test_a_uri_that_cannot_be_used_is_named_with_the_reason(uri: str, why: str):
    with pytest.raises(BadSetting, match=f"MONGODB_URI.*{why}"):
        config(uri)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_BATCH_SIZE", "0"),
        ("MONGODB_FLUSH_SECONDS", "0"),
        ("MONGODB_BATCHES_IN_FLIGHT", "none"),
        ("MONGODB_WTIMEOUT_SECONDS", "-1"),
        ("MONGODB_START_SECONDS", "1e9"),
        ("MONGODB_RETRY_SECONDS", "nan"),
    ],
)
def test_a_number_out_of_bounds_is_named(name: str, value: str):
    with pytest.raises(BadSetting, match=f"{name}.*{value}"):
        config(**{name: value})


@pytest.mark.parametrize(
    "uri", [SECRET, "mongodb://reader:s3cr@t@a/", "mongodb://reader:s3cr@a:x", "mongodb://reader:s3cr://@a:x"]
)
def test_the_password_is_never_shown(uri: str):
    try:
        made = config(uri)
        shown = f"{made!r} {made.safe_uri} {made.hide('denied: s3cr%40t, s3cr@t')}"
    except BadSetting as error:
        shown = f"{error!r} {error.__cause__}"
    assert "s3cr" not in shown


def test_a_uri_without_password_is_shown_as_it_is():
    assert without_password("mongodb://a,b/x?w=1") == "mongodb://a,b/x?w=1"
    assert without_password("mongodb://user@a/x") == "mongodb://user@a/x"
    assert config(SECRET).safe_uri == "mongodb://reader:***@a:27017,b,c/archive"
