from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import ZhihuConfig
from zhihu_crawler.errors import BadSetting


def config(**values: object) -> ZhihuConfig:
    return ZhihuConfig.from_settings(Settings(values))


def test_without_settings_requests_go_to_the_site():
    assert config().origin is None
    assert config().export_dir == "exports"
    assert not config().is_local


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://mirror.example.org", "https://mirror.example.org"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("", None),
        (None, None),
    ],
)
def test_an_origin_is_scheme_and_host(given: str | None, origin: str | None):
    assert config(ZHIHU_ORIGIN=given).origin == origin


@pytest.mark.parametrize(
    "given",
    [
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1/path",
        "http://127.0.0.1?x=1",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://[::1",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1:8080",
        "http://127.0.0.1#x",
    ],
)
def test_anything_else_is_refused_by_the_settings_name(given: str):
    with pytest.raises(BadSetting, match="ZHIHU_ORIGIN"):
        config(ZHIHU_ORIGIN=given)


@pytest.mark.parametrize(
    ("origin", "local"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("http://10.0.0.1", False),
        ("http://localhost.evil.com", False),
        ("http://127.0.0.1.nip.io", False),
        ("http://0.0.0.0", False),
    ],
)
def test_local_is_this_machine_alone(origin: str, local: bool):
    assert config(ZHIHU_ORIGIN=origin).is_local is local


@pytest.mark.parametrize(("given", "on"), [("1", True), ("0", False), (True, True), ("True", True)])
def test_flags_are_read_as_the_environment_writes_them(given: object, on: bool):
    read = config(ZHIHU_PROGRESS=given, ZHIHU_EXPORT_APPEND=given)
    assert (read.progress, read.export_append) == (on, on)


@pytest.mark.parametrize(("waiting", "appends"), [(None, False), ("", False), ("{}", False), ('{"0": []}', True)])
def test_a_paused_crawl_goes_on_in_its_own_files(tmp_path, waiting: str | None, appends: bool):
    if waiting is not None:
        (tmp_path / "requests.queue").mkdir()
        (tmp_path / "requests.queue" / "active.json").write_text(waiting)
    assert ZhihuConfig.from_settings(Settings({"JOBDIR": str(tmp_path)})).export_append is appends
