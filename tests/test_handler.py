from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.web.client import HTTPConnectionPool

from tests.conftest import ROOT
from zhihu_crawler.handler import AgeingPool

if TYPE_CHECKING:
    from pathlib import Path


def test_a_connection_is_used_for_its_time_or_until_one_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(HTTPConnectionPool, "getConnection", lambda _, key, endpoint: (key, endpoint))
    clock = Clock()
    pool = AgeingPool(clock, 300)

    def key() -> Any:
        return pool.getConnection(("https", "www.zhihu.com", 443), "endpoint")

    first = key()
    clock.advance(299)
    assert key() == first
    clock.advance(1)
    second = key()
    assert second != first
    assert second[0][:3] == ("https", "www.zhihu.com", 443)
    pool.renew()
    assert key() not in (first, second)


def test_what_is_idle_when_a_generation_ends_is_closed_and_not_kept_open_for_minutes():
    pool, closed = AgeingPool(Clock(), 300), []

    class Idle:
        state = "QUIESCENT"

        def abort(self) -> Any:
            closed.append(self)
            return succeed(None)

    for number in range(3):
        pool._putConnection(("https", "www.zhihu.com", 443, number), Idle())
    pool.renew()
    assert len(closed) == 3
    assert pool._connections == {}


def test_an_idle_connection_is_not_kept_longer_than_a_used_one():
    assert AgeingPool(Clock(), 20).cachedConnectionTimeout == 20
    assert AgeingPool(Clock(), 3600).cachedConnectionTimeout == 240


@pytest.mark.crawl
def test_a_proxy_that_moves_is_found_for_http_and_for_tunnels(tmp_path: Path):
    names = tmp_path / "names.json"
    names.write_text("{}")
    spider = ["runspider", "tests/helpers/proxied.py", "-a", f"names={names}", "-s", f"ZHIHU_EXPORT_DIR={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.moving", str(names), *spider],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"asked": "http", "at": "127.0.0.2", "outcome": "proxied", "seen": "GET http://zhihu.lan/"},
        {"asked": "http", "at": "nowhere", "outcome": "DownloadConnectionRefusedError", "seen": None},
        {"asked": "http", "at": "127.0.0.3", "outcome": "proxied", "seen": "GET http://zhihu.lan/"},
        {"asked": "https", "at": "127.0.0.3", "outcome": "TunnelError", "seen": "CONNECT zhihu.lan:443"},
        {"asked": "https", "at": "127.0.0.2", "outcome": "TunnelError", "seen": "CONNECT zhihu.lan:443"},
    ]
