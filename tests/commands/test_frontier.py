from __future__ import annotations

import argparse
import asyncio
import json
import re

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from tests.helpers.redis import running_redis
from zhihu_crawler.commands.frontier import ACTIONS, Command
from zhihu_crawler.config import ThrottleConfig
from zhihu_crawler.frontier.connect import connect
from zhihu_crawler.frontier.leases import Batch, Buried, Child, Lease, Root
from zhihu_crawler.frontier.link import Keys, Link
from zhihu_crawler.frontier.throttle import Throttle
from zhihu_crawler.frontier.throttle.crawler import book_of


@pytest.fixture(scope="module")
def server():
    with running_redis() as server:
        yield server


@pytest.fixture
def crawl(server):
    """A crawl of the question spider: one worker, three requests, of which one is put aside and one leased."""
    server.client.flushall()

    async def begin():
        async with connect(server.url) as client:
            link = Link(client, Keys("question"), "w1", lease=30, attempts=3, seen_days=0)
            await link.open({"host": "box", "pid": 7, "version": "0.1.0"})
            children = [Child("new", n, 0, b'{"v":1,"u":"https://www.zhihu.com/question/%d"}' % n) for n in (1, 2, 3)]
            entries = (await link.exchange(Batch(1, roots=[Root(child) for child in children]), 2)).entries
            page = Lease(entries[0][0], verdict="dead", kind="http", reason="HTTP 503 at the last try")
            await link.exchange(Batch(2, pages=[page], buried=[Buried("seed", "no question", "李白".encode())]), 0)

    asyncio.run(begin())


@pytest.fixture
def frontier(server, capsys):
    """Run the command; returns exit status and what it printed."""

    def frontier(*args, url=server.url, **settings):
        command = Command()
        command.settings = get_project_settings()
        command.settings.set("REDIS_URL", url, "cmdline")
        for name, value in settings.items():
            command.settings.set(name, value, "cmdline")
        parser = argparse.ArgumentParser()
        command.add_options(parser)
        opts, rest = parser.parse_known_args(list(args))
        command.run(rest, opts)
        told = capsys.readouterr()
        return command.exitcode, told.out + told.err

    return frontier


def test_stats_show_the_crawl_and_who_is_at_it(crawl, frontier):
    status, told = frontier("stats", "question")
    assert status == 0
    assert "question: crawl 1, begun 20" in told
    assert "1 wait · 1 leased · 2 put aside · 0 seeds · 3 seen" in told
    assert "3 pushed · 0 done · 0 duplicates" in told
    assert "w1~" in told
    assert "box" in told


def test_stats_show_how_often_the_site_may_be_asked(crawl, frontier, server):
    async def refused(settings):
        throttle = Throttle(book_of(settings), ThrottleConfig.from_settings(settings))
        await throttle.acquire()
        await throttle.brake("guest", "40362", retry_after=60)
        await throttle.close()

    asyncio.run(refused(Settings({"REDIS_URL": server.url, "ZHIHU_RATE": 2, "ZHIHU_CONCURRENCY": 0})))
    told = frontier("stats", "question", ZHIHU_RATE="2", ZHIHU_CONCURRENCY="0")[1]
    assert re.search(r"budget of site: 1/s of 2/s, paused for (60|59|58|57) s more \(40362\)", told)
    assert json.loads(frontier("stats", "question", "--json")[1])["budgets"][0]["reason"] == "40362"


def test_stats_of_all_spiders_are_shown_without_a_name(crawl, frontier):
    status, told = frontier("stats")
    assert (status, told.count("crawl 1")) == (0, 1)


def test_stats_as_json(crawl, frontier):
    _, told = frontier("stats", "question", "--json")
    state = json.loads(told)
    assert (state["spider"], state["waiting"], state["dead"], state["workers"][0]["about"]["pid"]) == (
        "question",
        1,
        2,
        7,
    )


def test_a_worker_that_died_is_shown_as_that(crawl, frontier, server):
    (worker,) = server.client.zrange("{question}:workers", 0, -1)
    server.client.zadd("{question}:workers", {worker: 1})
    assert "died" in frontier("stats", "question")[1]


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_where_there_is_no_crawl_it_is_said(frontier, server, action):
    server.client.flushall()
    options = {"revive": ["--all"], "clear": ["--yes"]}.get(action, [])
    status, told = frontier(action, "question", *options)
    assert (status, "there is no crawl of it" in told or "0 wait again" in told or "nothing put aside" in told) == (
        int(action != "dead"),
        True,
    )


def test_pause_resume_and_drain(crawl, frontier):
    for action, mode in (("pause", "paused"), ("resume", "running"), ("drain", "draining"), ("resume", "running")):
        assert frontier(action, "question")[0] == 0
        assert f", {mode}" in frontier("stats", "question")[1]


def test_what_was_put_aside_is_listed_with_its_reason(crawl, frontier):
    status, told = frontier("dead", "question")
    assert status == 0
    assert "question: 1 http, 1 seed put aside" in told or "question: 1 seed, 1 http put aside" in told
    assert "https://www.zhihu.com/question/1" in told
    assert "HTTP 503 at the last try" in told
    assert "李白" in told


def test_the_list_is_cut_and_filtered_as_asked(crawl, frontier):
    assert "... and 1 more" in frontier("dead", "question", "--limit", "1")[1]
    told = frontier("dead", "question", "--kind", "seed", "--json")[1]
    assert json.loads(told)["payload"] == "李白"


def test_reviving_by_id_by_kind_and_all(crawl, frontier, server):
    ids = {
        json.loads(line)["kind"]: json.loads(line)["id"]
        for line in frontier("dead", "question", "--json")[1].splitlines()
    }
    assert frontier("revive", "question", ids["http"]) == (0, "question: 1 wait again\n")
    assert frontier("revive", "question", ids["http"])[0] == 1
    assert frontier("revive", "question", "--kind", "seed") == (0, "question: 1 wait again\n")
    assert server.client.lrange("question:start_urls", 0, -1) == ["李白".encode()]
    assert frontier("revive", "question", "--all")[0] == 1
    assert server.client.zcard("{question}:requests") == 2


def test_what_was_put_aside_is_deleted_when_asked_for(crawl, frontier):
    assert frontier("dead", "question", "--delete", "--all") == (0, "question: 2 deleted\n")
    assert "nothing put aside" in frontier("dead", "question")[1]


def test_clearing_wants_a_yes(crawl, frontier, monkeypatch, server):
    with pytest.raises(
        UsageError, match=r"1 requests that wait, 3 marks, 2 put aside; 1 workers are at it .* Say --yes"
    ):
        frontier("clear", "question")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert frontier("clear", "question")[0] == 1
    assert server.client.exists("{question}:frontier")
    assert frontier("clear", "question", "--yes")[0] == 0
    assert server.client.dbsize() == 0


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "name an action: stats, pause"),
        (["look"], "name an action"),
        (["pause"], "pause which spider's crawl"),
        (["pause", "questions"], "there is no spider 'questions'; there are: answer, "),
        (["revive", "question"], "which\\? Give ids, --kind KIND, or --all"),
    ],
)
def test_a_wrong_call_is_told_what_would_be_right(crawl, frontier, args, told):
    with pytest.raises(UsageError, match=told):
        frontier(*args)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "REDIS_URL is empty"),
        ("http://:hunter2@x", "REDIS_URL .* must begin with one of"),
        ("redis://:hunter2@127.0.0.1:1", "cannot be reached"),  # nobody listens there
    ],
)
def test_what_is_wrong_with_redis_is_told_in_one_line(frontier, url, told):
    with pytest.raises(UsageError, match=told) as error:
        frontier("stats", "question", url=url)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)
