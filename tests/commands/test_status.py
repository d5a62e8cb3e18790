from __future__ import annotations

import argparse
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from scrapy.exceptions import NotConfigured, UsageError
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from spiders.answer import AnswerSpider
from tests.helpers.crawls import crawl
from tests.helpers.redis import free_port, running_redis
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions
from zhihu_crawler.commands.status import Command
from zhihu_crawler.extensions.metrics import MetricsPort
from zhihu_crawler.extensions.report import LastError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.redis import Redis

SCHEDULES = '[[schedule]]\nname = "hourly"\ncron = "@hourly"\nspider = "question"\nseeds = ["1"]\n'


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


def command(*args: str, **settings: Any) -> Command:
    made = Command()
    made.settings = Settings({"SPIDER_MODULES": ["spiders"], **settings})
    parser = argparse.ArgumentParser()
    made.add_options(parser)
    options, rest = parser.parse_known_args(args)
    made.run(rest, options)
    return made


@pytest.fixture(scope="module")
def crawled(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A shared crawl of one worker that has ended; how many pages the site says that it served."""
    with running_sandbox() as sandbox:
        done = crawl(
            tmp_path_factory.mktemp("crawl"),
            sandbox.origin,
            "question",
            "ids=24000003",
            REDIS_URL=redis.url,
            IDLE_SECONDS="0.5",
            ZHIHU_RATE="0",
        )
        assert done.status == 0, done.log
        return sum(sandbox.stats()["kind"].values()) - sandbox.stats()["kind"].get("robots.txt", 0)


@pytest.mark.crawl
def test_what_is_shown_is_what_the_site_served(redis: Redis, crawled: int, capsys: pytest.CaptureFixture[str]):
    assert command("--json", REDIS_URL=redis.url).exitcode == 0
    told = json.loads(capsys.readouterr().out)
    [(name, spider)] = told["spiders"].items()
    [worker] = spider["report"]["workers"]
    assert (name, spider["crawl"]["mode"], spider["crawl"]["waiting"]) == ("question", "finished", 0)
    assert sum(minute["pages"] for minute in spider["report"]["minutes"]) == crawled
    assert (worker["about"]["ended"], worker["about"]["pages"]) == ("finished", crawled)


@pytest.mark.crawl
def test_metrics_are_of_prometheuss_form_and_say_the_same(
    redis: Redis, crawled: int, capsys: pytest.CaptureFixture[str]
):
    command("--prometheus", REDIS_URL=redis.url)
    families = text_string_to_metric_families(capsys.readouterr().out)
    samples = {(one.name, one.labels.get("spider")): one.value for family in families for one in family.samples}
    assert samples["zhihu_pages_last_hour", "question"] == crawled
    assert samples["zhihu_queue_waiting", "question"] == 0
    assert samples["zhihu_workers_alive", "question"] == 0
    assert samples["zhihu_status_troubles", None] == 0


@pytest.mark.crawl
def test_the_screen_has_a_line_for_everything(
    redis: Redis, crawled: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keep_sessions(tmp_path / "sessions", "work")
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "run.jsonl").write_text("{}\n")
    (tmp_path / "schedule.toml").write_text(SCHEDULES)
    done = command(
        REDIS_URL=redis.url,
        ZHIHU_SESSION_DIR=str(tmp_path / "sessions"),
        MONGODB_URI="mongodb://127.0.0.1:1/zhihu",
        MONGODB_HEALTH_TIMEOUT_SECONDS=0.3,
        MONGODB_SPOOL_DIR=str(tmp_path / "spool"),
        SCHEDULE_FILE=str(tmp_path / "schedule.toml"),
    )
    shown = " ".join(capsys.readouterr().out.split())
    assert done.exitcode == 0
    for told in (
        "question crawl 1, finished",
        f"last hour: {crawled} pages",
        "no worker is at it; 1 finished",
        "sessions 1 good: work",
        "store down: no member can be reached: 127.0.0.1:1",
        "spool 1 files wait",
        "schedule next run last run result hourly",
    ):
        assert told in shown, shown


def test_without_anything_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command(ZHIHU_SESSION_DIR=str(tmp_path / "none")).exitcode == 0
    assert "No REDIS_URL: a crawl whose queue is its own" in capsys.readouterr().out


def test_a_redis_without_a_crawl_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with running_redis() as redis:
        assert command(ZHIHU_SESSION_DIR=str(tmp_path / "none"), REDIS_URL=redis.url).exitcode == 0
    assert "No crawl of any spider: none was begun" in capsys.readouterr().out


def test_a_redis_that_is_away_is_told_once_and_the_rest_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    keep_sessions(tmp_path / "sessions", "work")
    done = command(REDIS_URL="redis://:hunter2@127.0.0.1:1/0", ZHIHU_SESSION_DIR=str(tmp_path / "sessions"))
    shown = capsys.readouterr().out
    assert done.exitcode == 1
    assert shown.count("! ") == 1
    assert "No crawl" not in shown
    assert "127.0.0.1:1" in shown
    assert "1 good: work" in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("args", "settings", "told"),
    [
        (("x",), {}, "no argument is taken, 'x' was given"),
        (("--watch", "0"), {}, r"--watch \(0\) must be above 0"),
        ((), {"REDIS_URL": "http://x"}, "REDIS_URL"),
        ((), {"MONGODB_URI": "nonsense"}, "MONGODB_URI"),
    ],
)
def test_a_wrong_call_is_told(args: tuple[str, ...], settings: dict[str, str], told: str):
    with pytest.raises(UsageError, match=told):
        command(*args, **settings)


def test_a_workers_own_port_has_its_stats_as_metrics():
    port = free_port()
    crawler = get_crawler(AnswerSpider, {"METRICS_PORT": port})
    crawler.stats.inc_value("zhihu/replies/slow-down/http-429", 3)
    crawler.stats.set_value("finish_reason", "no number")
    extension = MetricsPort.from_crawler(crawler)
    extension.opened()
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as reply:  # loopback
            text = reply.read().decode()
    finally:
        extension.closed()
    assert 'scrapy_zhihu_replies_slow_down_http_429{spider="answer"} 3.0' in text
    assert "finish_reason" not in text


def test_a_port_that_is_taken_is_told_and_the_crawl_goes_on(redis: Redis, caplog: pytest.LogCaptureFixture):
    extension = MetricsPort.from_crawler(get_crawler(AnswerSpider, {"METRICS_PORT": redis.port}))
    extension.opened()
    extension.closed()
    assert f"METRICS_PORT 127.0.0.1:{redis.port} cannot be used" in caplog.text


def test_without_a_port_there_is_none():
    with pytest.raises(NotConfigured):
        MetricsPort.from_crawler(get_crawler(AnswerSpider, {}))


def test_the_last_error_is_its_first_line():
    seen = LastError()
    logger = logging.getLogger("test_status")
    logger.addHandler(seen)
    logger.warning("a warning is none")
    assert seen.told == ""
    logger.error("%s went wrong\nand more of it", "this")
    logger.removeHandler(seen)
    assert seen.told.endswith("Z this went wrong")
