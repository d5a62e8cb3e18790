from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import scrapy
from tests.helpers.redis import Redis, running_redis
from tests.schedule.helpers import run_command, shop_of
from zhihu_crawler.commands.schedule import Command
from zhihu_crawler.schedule.runs import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = """
time_zone = "Asia/Shanghai"

[[schedule]]
name = "daily"
cron = "30 4 * * *"
spider = "question"
seeds = ["1", "2"]

[[schedule]]
name = "off"
every = "1d"
enabled = false
spider = "user"
seeds = ["imike"]

[[schedule]]
name = "list"
every = "1d"
spider = "question"
seeds_file = "seeds.txt"

[[alert]]
name = "failed"
when = "schedule-failed"
to = ["webhook"]
"""
BAD = TEXT + '[[schedule]]\nname = "bad"\nevry = "1h"\nspider = "question"\nseeds = ["1"]\n'


@pytest.fixture(scope="module")
def one_redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def schedule(one_redis, capsys, tmp_path):
    """Runs ``scrapy schedule``; returns its exit status, what it printed, and what it said."""
    with one_redis.client as client:
        client.flushall()
    (tmp_path / "seeds.txt").write_text("3\n")
    path = tmp_path / "schedule.toml"
    path.write_text(TEXT)

    def run(*words, **settings):
        given = {"REDIS_URL": one_redis.url, "SCHEDULE_FILE": str(path)} | settings
        status = run_command(Command, *words, **given)
        told = capsys.readouterr()
        return status, told.out, told.err

    run.path = path
    return run


@pytest.fixture
def shop(one_redis):
    made = shop_of(one_redis.url)
    yield made
    made.client.close()


def test_a_good_file_is_called_good(schedule):
    assert schedule("check", REDIS_URL="") == (*(0, "", f"{schedule.path}: no fault: 3 schedule(s) and 1 alert(s)\n"),)


def test_faults_are_told_a_line_each(schedule):
    schedule.path.write_text(BAD)
    status, printed, said = schedule("check")
    assert (status, said) == (1, f"{schedule.path}: 2 fault(s); good are 3 schedule(s) and 1 alert(s)\n")
    assert printed == (
        'schedule.toml:27: bad: is never due: give cron = "30 4 * * *" or every = "6h"\n'
        'schedule.toml:29: bad: evry = "1h": no such key; did you mean every?\n'
    )


def test_without_a_file_it_says_where_one_is_shown(schedule):
    schedule.path.unlink()
    for word in ("check", "list", "tick"):
        status, _, said = schedule(word)
        assert status == 1
        assert "cannot be read: No such file or directory; docs/schedule.md shows one" in said


def test_schedules_are_listed_with_their_next_and_last_runs(schedule, shop):
    status, printed, _ = schedule("list")
    head, daily, off, _ = printed.splitlines()
    assert status == 0
    assert head.split() == ["schedule", "what", "when", "next", "run", "last", "run", "result"]
    assert daily.startswith("daily     crawl question  30 4 * * * Asia/Shanghai  20")
    assert " 04:30  never" in daily
    assert off.split() == ["off", "crawl", "user", "every", "1d", "off", "never"]

    shop.runs.pass_over("daily", shop.runs.now() - timedelta(days=3))
    assert "  now  " in schedule("list")[1]
    assert schedule("tick") == (0, "daily: ok: 2 seeds pushed\n", "")
    assert "ok: 2 seeds pushed (2 missed before)" in schedule("list")[1]


def test_a_list_for_programs(schedule, shop):
    schedule("run", "daily")
    told = json.loads(schedule("list", "--json")[1])
    assert told["faults"] == []
    daily, off, _ = told["schedules"]
    assert (daily["name"], daily["status"], daily["last"]["status"], daily["last"]["by_hand"]) == (
        *("daily", "ok", "ok", True),
    )
    assert daily["next"].endswith("20:30:00+00:00")
    assert (off["enabled"], off["next"], off["last"]) == (False, None, None)


def test_a_bad_schedule_is_listed_as_one_that_never_runs(schedule):
    schedule.path.write_text(BAD)
    status, printed, said = schedule("list")
    assert status == 1
    assert printed.splitlines()[-1].split() == ["bad", "never", "has", "faults,", "see", "below"]
    assert "did you mean every?" in said


def test_a_run_by_hand_is_at_once_whatever_the_hour(schedule, shop):
    assert schedule("run", "daily") == (0, "daily: ok: 2 seeds pushed\n", "")
    assert schedule("run", "off") == (0, "off: ok: 1 seeds pushed\n", "")
    assert shop.client.llen("question:start_urls") == 2
    assert schedule("tick") == (0, "", "")


def test_a_run_that_fails_says_why_and_an_alert_follows(schedule, shop):
    (schedule.path.parent / "seeds.txt").write_text("nobody\n")
    status, printed, _ = schedule("run", "list")
    assert (status, printed[:50]) == (0, "list: warned: 0 seeds pushed, 1 bad ones left out:")
    (schedule.path.parent / "seeds.txt").write_text("3\n")
    shop.client.set("question:start_urls", "another program's")
    status, printed, _ = schedule("run", "list")
    assert (status, printed) == (
        *(1, "list: failed: question:start_urls holds a string, and no seeds: is it another program's?\n"),
    )
    status, printed, _ = schedule("tick")
    assert printed.startswith("ALERT failed (list): its last run failed: question:start_urls holds a string")
    assert schedule("tick")[1] == ""


def test_what_another_has_is_not_run(schedule, shop):
    schedule("tick")
    now = shop.runs.now()
    assert shop.runs.claim("daily", now, now, Limits()).word == "claimed"
    assert schedule("run", "daily") == (2, "", "daily: not begun: tester has it already (queued)\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "what? one of check, list, run, tick, test-alert"),
        (["lsit"], "did you mean list?"),
        (["run"], "run takes a name, and was given []"),
        (["check", "x"], "check takes no argument, and was given ['x']"),
        (["run", "dayly"], "there is no good schedule 'dayly'; did you mean daily?"),
        (["run", "zzz"], "there is no good schedule 'zzz'; there are: daily, off, list"),
        (["test-alert", "nope"], "there is no alert nope; there are: failed"),
    ],
)
def test_what_cannot_be_done_is_told(schedule, words, told):
    status, _, said = schedule(*words)
    assert status == 2
    assert told in said


def test_a_bad_schedule_cannot_be_run_and_its_faults_are_told(schedule):
    schedule.path.write_text(BAD)
    status, _, said = schedule("run", "bad")
    assert status == 2
    assert "did you mean every?" in said


def test_an_alert_that_leads_nowhere_is_told(schedule):
    assert schedule("test-alert") == (1, "webhook is not set up: .env.example says how\n", "")


def test_it_is_a_command_of_the_project(schedule, one_redis):
    done = scrapy("schedule", "run", "daily", REDIS_URL=one_redis.url, SCHEDULE_FILE=str(schedule.path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "daily: ok: 2 seeds pushed\n", "")
