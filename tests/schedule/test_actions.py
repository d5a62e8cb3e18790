"""What runs do: commands as processes, seeds out of a real store, what is pruned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.crawls import ROOT
from tests.helpers.mongo import mongo_set
from tests.schedule.helpers import plan_of, shop_of, spiders
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import RunError
from zhihu_crawler.schedule.actions.command import run_command
from zhihu_crawler.schedule.actions.prune import prune
from zhihu_crawler.schedule.actions.query import query_seeds, stages
from zhihu_crawler.schedule.actions.steps import Job
from zhihu_crawler.schedule.model import ExportSchedule
from zhihu_crawler.schedule.query import Query
from zhihu_crawler.schedule.runs import Run
from zhihu_crawler.storage.connect import sync_client

EXPORT = '[[schedule]]\nname = "it"\ntype = "export"\ncron = "@daily"\ntime_zone = "Asia/Shanghai"\narguments = "{}"\n'
PRUNE = '[[schedule]]\nname = "it"\ntype = "prune"\nevery = "1d"\nkeep = "10d"\n'


def job_of(shop, text):
    plan, now = plan_of(text), shop.runs.now()
    return Job(plan.schedules["it"], Run("it", now), now, plan, shop.client, shop.spiders, shop.settings)


def result_of(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def command(monkeypatch, redis):
    """Performs another command than ``export``, whose words are given."""

    def run(name, words=""):
        monkeypatch.setattr(ExportSchedule, "command", name)
        return run_command(job_of(shop_of(redis.url), EXPORT.format(words)))

    return run


def test_a_command_that_ends_well_is_told_by_what_it_said(command):
    assert result_of(command("version")).text.startswith("Scrapy 2.")


def test_a_command_that_fails_is_an_error_with_the_last_of_what_it_said(command):
    with pytest.raises(RunError, match=r"exit status 2: .* scrapy: error: what\? one of check") as caught:
        result_of(command("schedule", "nonsense"))
    assert not caught.value.is_passing


def children():
    """Processes that this one started and that have not ended."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args"], capture_output=True, text=True, check=True
    )
    return [line for line in listed.stdout.splitlines() if "zhihu_crawler.schedule.child" in line]


def test_a_command_that_is_given_up_is_ended(command):
    steps = command("sandbox", "--port 0")
    next(steps)
    assert len(children()) == 1
    steps.close()
    assert children() == []


ORPHAN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "zhihu_crawler.schedule.child", "sandbox", "--port", "0"], stdout=-3)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a process that its parent died")
def test_a_command_ends_when_its_scheduler_is_killed():
    with subprocess.Popen([sys.executable, "-c", ORPHAN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + 60
        while "_ctypes" not in loaded(pid):  # the module that asks to be ended with its parent loads it
            assert time.monotonic() < deadline
            time.sleep(0.1)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    try:
        while is_alive(pid):
            assert time.monotonic() < deadline, "the command goes on"
            time.sleep(0.1)
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def loaded(pid):
    return Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_line_says_when_it_was_due(redis):
    job = job_of(shop_of(redis.url), EXPORT.format("answer -o 'out {date}/{time}.jsonl'"))
    due = job.run.due.replace(year=2026, month=11, day=1, hour=17, minute=5, second=9)
    assert job.schedule.words(due) == ["export", "answer", "-o", "out 2026-11-02/010509.jsonl"]


def test_what_is_kept_of_schedules_that_are_gone_is_pruned(redis):
    shop = shop_of(redis.url)
    now = shop.runs.now()
    shop.runs.pass_over("it", now - timedelta(days=20))
    shop.runs.pass_over("gone", now - timedelta(days=20))
    shop.runs.pass_over("gone-lately", now - timedelta(days=5))
    told = result_of(prune(job_of(shop, PRUNE))).text
    assert told == "removed 1 states of schedules that are gone, 0 marks of old seeds"
    assert sorted(shop.runs.names()) == ["gone-lately", "it"]


@pytest.fixture(scope="module")
def store():
    with mongo_set(1) as replica_set:
        yield replica_set


def test_seeds_out_of_the_store_come_once_each_and_the_best_first(store):
    settings = shop_of("redis://127.0.0.1:1/0", MONGODB_URI=store.uri()).settings
    config = StoreConfig.from_settings(settings)
    answers = [
        {"_id": "answer:1", "id": "1", "voteup_count": 5, "question": {"id": "11"}, "author": {"url_token": "ann"}},
        {"_id": "answer:2", "id": "2", "voteup_count": 50, "question": {"id": "12"}, "author": {"url_token": "bob"}},
        {"_id": "answer:3", "id": "3", "voteup_count": 500, "question": {"id": "11"}, "author": {"url_token": None}},
        {"_id": "answer:4", "id": "4", "voteup_count": 1},
    ]
    with sync_client(config) as client:
        client[config.database]["answers"].insert_many(answers)

    def found(spider, **given):
        query = Query(kind="answer", **given)
        return [target.id for target in query_seeds(query, spiders().model(spider), settings)]

    assert sorted(found("question")) == ["11", "12"]
    assert found("question", sort="-voteup_count") == ["11", "12"]
    assert found("question", sort="voteup_count", limit=1) == ["11"]
    assert found("user", sort="-voteup_count") == ["bob", "ann"]
    assert found("answer", sort="-voteup_count", limit=2) == ["3", "2"]
    assert found("answer", filter={"voteup_count": {"$gt": 9}}, sort="id") == ["2", "3"]
    with pytest.raises(RunError, match="unknown top level operator") as caught:
        found("answer", filter={"$nope": 1})
    assert not caught.value.is_passing


def test_without_a_store_a_query_cannot_be_run():
    query = Query(kind="answer")
    with pytest.raises(RunError, match="a query needs the store: set MONGODB_URI") as caught:
        list(query_seeds(query, spiders().model("answer"), shop_of("redis://127.0.0.1:1/0").settings))
    assert not caught.value.is_passing


def test_a_store_that_does_not_answer_may_answer_another_time():
    uri = "mongodb://127.0.0.1:9/zhihu?replicaSet=rs0&serverSelectionTimeoutMS=200"
    settings = shop_of("redis://127.0.0.1:1/0", MONGODB_URI=uri).settings
    with pytest.raises(RunError) as caught:
        list(query_seeds(Query(kind="answer"), spiders().model("answer"), settings))
    assert caught.value.is_passing


def test_where_nothing_is_sorted_seeds_of_other_things_come_in_the_order_of_their_ids():
    assert stages(Query(kind="answer"), "question.id")[-2] == {"$sort": {"_id": 1}}
