from __future__ import annotations

import asyncio
import logging
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from tests.conftest import ROOT
from tests.helpers.sandbox import running_sandbox
from tests.helpers.webhook import receiver
from tests.storage.health.made import NOW
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.extensions import replset
from zhihu_crawler.extensions._incidents import Change, Event
from zhihu_crawler.extensions.replset import ReplicaSetWatch, message, words
from zhihu_crawler.storage.health import Condition, Reason, Report, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

    from tests.helpers.mongo import ReplicaSet

B = "b:27017"
DOWN = Reason(condition=Condition.MEMBER_DOWN, text="b:27017 is down", member=B)
REPORT = Report(verdict=Verdict.DEGRADED, at=NOW, kind="replica set", set_name="rs0", reasons=(DOWN,))


def crawler(**settings: Any) -> Crawler:
    made = get_crawler(settings_dict=settings)
    made.stats = MemoryStatsCollector(made)
    return made


def watch(uri: str = "mongodb://127.0.0.1:1/?replicaSet=rs0", **settings: Any) -> ReplicaSetWatch:
    quick = {"MONGODB_HEALTH_SECONDS": 0.1, "MONGODB_HEALTH_TIMEOUT_SECONDS": 3} | settings
    return ReplicaSetWatch.from_crawler(crawler(MONGODB_URI=uri, **quick))


@pytest.mark.parametrize(
    ("settings", "why"),
    [({}, "^$"), ({"MONGODB_URI": "mongodb://a", "MONGODB_HEALTH_SECONDS": 0}, "MONGODB_HEALTH_SECONDS is 0")],
)
def test_it_is_off_without_a_store_or_when_it_is_switched_off(settings: dict[str, Any], why: str):
    with pytest.raises(NotConfigured, match=why):
        ReplicaSetWatch.from_crawler(crawler(**settings))


def test_a_setting_that_cannot_be_used_is_told_before_the_crawl():
    with pytest.raises(BadSetting, match="MONGODB_HEALTH_LAG_SECONDS"):
        watch(MONGODB_HEALTH_LAG_SECONDS="much")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Event(Change.FOUND, B, DOWN, 2, 1), "b:27017 is down"),
        (Event(Change.FOUND, B, DOWN, 2, 3), "b:27017 is down (3 times of late)"),
        (Event(Change.LASTS, B, DOWN, 1860, 1), "for 31 min now: b:27017 is down"),
        (Event(Change.RECOVERED, B, DOWN, 200, 1), "b:27017 is well again after 3 min 20 s; it was: member-down"),
        (Event(Change.PASSED, B, DOWN, 2, 1), "for a moment: b:27017 is down"),
    ],
)
def test_an_event_is_a_sentence(event: Event, told: str):
    assert words(event) == told


def test_a_message_can_be_matched_with_those_of_other_crawls():
    found, over = (message(Event(change, B, DOWN, 2, 1), REPORT, "user") for change in (Change.FOUND, Change.RECOVERED))
    assert found["key"] == over["key"] == "zhihu_crawler/rs0/b:27017"
    assert found["text"] == "Replica set rs0: b:27017 is down"
    assert (found["event"], found["severity"], found["condition"]) == ("found", "degraded", "member-down")
    assert (over["event"], over["severity"], over["verdict"]) == ("recovered", "good", "degraded")
    assert found["spider"] == "user"


def run(extension: ReplicaSetWatch, until: str, *, seconds: float = 20) -> dict[str, Any]:
    """Let it watch beside a running loop until a stat is there; the loop must never stand still."""
    stats = extension._stats

    async def crawl() -> float:
        extension.opened()
        loop, slowest, deadline = asyncio.get_running_loop(), 0.0, time.monotonic() + seconds
        while not stats.get_value(until) and time.monotonic() < deadline:
            begun = loop.time()
            await asyncio.sleep(0.01)
            slowest = max(slowest, loop.time() - begun)
        await extension.closed()
        return slowest

    assert asyncio.run(crawl()) < 2  # a member that hangs would hold it for ever
    return stats.get_stats()


def test_at_the_start_a_good_set_is_one_quiet_line(mongo: ReplicaSet, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, replset.__name__):
        stats = run(watch(mongo.uri()), "zhihu/replset/looks/good")
    assert f"Replica set rs0 is good: 3 members, primary {mongo.primary().address}, 1 more may fail" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert (stats["zhihu/replset/verdict"], stats["zhihu/replset/members_up"]) == ("good", 3)


def test_a_set_that_hangs_is_told_and_holds_nothing_up(mongo: ReplicaSet, caplog: pytest.LogCaptureFixture):
    for member in mongo.members:
        member.pause()
    stats = run(watch(mongo.uri(), MONGODB_HEALTH_TIMEOUT_SECONDS=0.5), "zhihu/replset/found/nothing-reachable")
    assert stats["zhihu/replset/verdict"] == "down"
    [told] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "no member can be reached" in told.getMessage()


def test_what_goes_wrong_in_a_look_never_reaches_the_crawl(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("odd")

    monkeypatch.setattr(replset, "look", fail)
    stats = run(watch(), "zhihu/replset/errors")
    assert stats["zhihu/replset/errors"] >= 1
    assert "could not be looked at; the crawl goes on" in caplog.text


def test_a_webhook_that_fails_is_a_warning_without_its_secret(caplog: pytest.LogCaptureFixture):
    with receiver(404) as server:
        stats = run(
            watch(MONGODB_HEALTH_WEBHOOK=server.url, MONGODB_HEALTH_TIMEOUT_SECONDS=0.5), "zhihu/replset/webhook/failed"
        )
    assert stats["zhihu/replset/webhook/failed"] == 1
    assert f"The webhook at http://127.0.0.1:{server.server_port}/*** did not take a message: status 404" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.crawl
def test_a_crawl_tells_of_a_secondary_that_dies_and_of_its_recovery(mongo: ReplicaSet, tmp_path: Path):
    log = tmp_path / "log"
    with running_sandbox() as site, receiver() as hook, log.open("wb") as stderr:
        given = command(tmp_path, site.origin, mongo.uri("zhihu"), hook.url)
        crawl = subprocess.Popen(given, cwd=ROOT, stderr=stderr)
        try:
            wait_for(log, "is good: 3 members")
            [one, _] = mongo.secondaries()
            one.kill()
            wait_for(log, "WARNING: Replica set rs0: .* is down")
            one.start()
            wait_for(log, "is well again after")
            crawl.send_signal(signal.SIGINT)
            assert crawl.wait(30) == 0
        finally:
            crawl.kill()
            crawl.wait()
    assert [(got["event"], got["member"], got["condition"]) for got in hook.got] == [
        ("found", one.address, "member-down"),
        ("recovered", one.address, "member-down"),
    ]
    text = log.read_text()
    assert "'zhihu/replset/found/member-down': 1" in text
    assert "'zhihu/replset/recovered/member-down': 1" in text
    assert "'zhihu/replset/webhook/sent': 2" in text
    assert "s3cret" not in text


def command(folder: Path, origin: str, uri: str, hook: str) -> list[str]:
    """A crawl that would take minutes: a page a second."""
    settings = {
        "ZHIHU_ORIGIN": origin,
        "ZHIHU_EXPORT_DIR": str(folder),
        "DOWNLOAD_DELAY": "1",
        "CONCURRENT_REQUESTS": "1",
        "MONGODB_URI": uri,
        "MONGODB_HEALTH_SECONDS": "0.5",
        "MONGODB_HEALTH_WEBHOOK": hook,
    }
    given = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "question",
        "-a",
        "ids=1900000000024000001",
        "-a",
        "follow=authors",
        *given,
    ]


def wait_for(log: Path, pattern: str) -> None:
    deadline = time.monotonic() + 30
    while not re.search(pattern, log.read_text()):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
