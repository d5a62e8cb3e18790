"""Celery for real: a worker on a gevent pool, two beats, one of which is killed, and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import ROOT
from tests.helpers.redis import running_redis
from tests.schedule.helpers import shop_of
from zhihu_crawler.config import ScheduleConfig
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.schedule.celery_conf import broker_url, conf_of

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[[schedule]]
name = "{name}"
every = "10s"
spider = "{spider}"
seeds = ["1", "2"]
"""
PATIENCE = 120


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("redis://:p@h:1/2", "redis://:p@h:1/2"),
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=x", "rediss://h/0?ssl_ca_certs=x&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("sentinel://h:26379", "sentinel://h:26379"),
    ],
)
def test_an_address_of_redis_is_one_of_celery(url, made):
    assert broker_url(url) == made


def test_what_celery_cannot_use_is_told_without_the_password():
    with pytest.raises(BadSetting, match="set SCHEDULE_BROKER_URL to redis://host:6379/1") as caught:
        broker_url("redis+cluster://:s3cret@h:6379")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("concurrency", [1, 20, 1000])
def test_tasks_never_run_out_of_connections(concurrency):
    conf = conf_of(ScheduleConfig(concurrency=concurrency), "redis://h/0")
    most = (
        conf["broker_pool_limit"],
        conf["redis_max_connections"],
        conf["broker_transport_options"]["max_connections"],
    )
    assert min(most) >= 2 * concurrency
    assert conf["task_acks_late"]
    assert conf["task_ignore_result"]


def test_what_is_sent_by_itself_does_not_pile_up():
    for beat in conf_of(ScheduleConfig(tick=7), "redis://h/0")["beat_schedule"].values():
        assert beat["options"]["expires"] == beat["schedule"] >= 7


class Fleet:
    """Processes of Celery in a folder of their own, with their logs."""

    def __init__(self, stack: ExitStack, folder: Path, redis) -> None:
        self.stack, self.folder = stack, folder
        own = {"REDIS_URL": redis.url, "SCHEDULE_FILE": str(folder / "schedule.toml"), "SCHEDULE_TICK_SECONDS": "1"}
        known = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        self.env = known | own | {"SCHEDULE_LEASE_SECONDS": "5"}
        self.shop = shop_of(redis.url)

    def start(self, name: str, *args: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "zhihu_crawler.schedule.app", *args, "-l", "INFO"]
        out = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.stack.callback(end, process)
        return process

    def worker(self, name: str) -> subprocess.Popen:
        return self.start(name, "worker", "-P", "gevent", "-Q", "schedule,export", "-n", f"{name}@here")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def runs(self, name: str):
        return self.shop.runs.history(name)

    def wait(self, is_so) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, "\n".join(
                self.log(path.stem)[-2000:] for path in self.folder.glob("*.log")
            )
            time.sleep(0.1)


def end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@contextmanager
def fleet(folder: Path):
    with running_redis() as redis, ExitStack() as stack:
        made = Fleet(stack, folder, redis)
        stack.callback(made.shop.client.close)
        yield made


def test_two_beats_a_worker_and_what_happens_when_they_are_killed(tmp_path):
    (tmp_path / "schedule.toml").write_text(
        TEXT.format(name="a", spider="question") + TEXT.format(name="b", spider="answer")
    )
    with fleet(tmp_path) as it:
        for name in ("a", "b"):  # all was down for an hour
            it.shop.runs.pass_over(name, it.shop.runs.now() - timedelta(hours=1))
        beats = {name: it.start(name, "beat") for name in ("beat1", "beat2")}
        worker = it.worker("worker1")
        it.wait(lambda: it.runs("a") and it.runs("b"))
        first = it.runs("a")[-1]
        assert first.status == "ok"
        assert first.missed >= 358  # made up once, and not 359 times

        [fired] = [name for name in beats if "Sending due task" in it.log(name)]
        beats[fired].kill()
        worker.kill()
        before = len(it.runs("a"))
        it.worker("worker2")
        it.wait(lambda: len(it.runs("a")) > before + 1 and len(it.runs("b")) > before)
        [other] = beats.keys() - {fired}
        assert "Sending due task" in it.log(other)

        for name, spider in (("a", "question"), ("b", "answer")):
            runs = [run for run in it.runs(name) if run.status == "ok"]
            times = [run.due for run in runs]
            assert times == sorted(set(times), reverse=True)
            assert it.shop.client.llen(f"{spider}:start_urls") >= 2 * len(runs)
            seeds = it.shop.client.llen(f"{spider}:start_urls") / 2
            assert seeds - len(runs) <= 1  # one may have been pushed by now
        assert "MaxConnectionsError" not in it.log("worker1") + it.log("worker2")
