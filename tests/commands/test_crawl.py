"""``scrapy crawl``: what is wrong is told before anything starts, and the exit status says how it ended."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

import pytest
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from zhihu_crawler.commands import crawl
from zhihu_crawler.commands.crawl import Command


class NoBrowser:
    reason = "there is none"

    def __bool__(self):
        return False


@pytest.fixture
def begun(monkeypatch):
    """What Scrapy's own command was given; it crawls nothing, on a machine without a browser."""
    monkeypatch.setattr(crawl, "available", lambda _: NoBrowser())
    given = []
    monkeypatch.setattr(ScrapyCrawl, "run", lambda self, args, opts: given.append((args[0], opts.spargs)))
    return given


@pytest.fixture
def command(tmp_path):
    def take(*args, settings=None, **arguments):
        made = Command()
        made.settings = get_project_settings().copy()
        made.settings.setdict({"ZHIHU_SESSION_DIR": str(tmp_path)} | (settings or {}), "cmdline")
        loader = SpiderLoader.from_settings(made.settings)
        made.crawler_process = SimpleNamespace(settings=made.settings, spider_loader=loader)
        made.run(list(args), Namespace(spargs=arguments))
        return made

    return take


def test_what_is_right_begins(begun, command):
    assert command("question", ids="1").exitcode == 0
    assert begun == [("question", {"ids": "1"})]


def test_arguments_that_cannot_be_used_are_all_told_and_nothing_begins(begun, command, capsys):
    assert command("user", tokens="x y/z", folow="answers").exitcode == 2
    told = capsys.readouterr().err
    assert "'y/z' is no user" in told
    assert "did you mean follow?" in told
    assert begun == []


def test_a_worker_of_a_shared_crawl_needs_no_seed(begun, command, capsys):
    assert command("question").exitcode == 2
    assert command("question", settings={"REDIS_URL": "redis://127.0.0.1:1/0"}).exitcode == 0
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("args", "settings", "told"),
    [
        ((), {}, "name one spider"),
        (("question", "answer"), {}, "name one spider"),
        (("questoin",), {}, "there is no spider 'questoin'; there are: answer, collection, question, user"),
        (("question",), {"REDIS_URL": "http://x"}, "REDIS_URL"),
        (("question",), {"MONGODB_URI": "nonsense"}, "MONGODB_URI"),
        (("question",), {"ZHIHU_RATE": "-1"}, "ZHIHU_RATE"),
        (("question",), {"ZHIHU_SESSIONS": "nobody"}, "nobody"),
        (("question",), {"ZHIHU_FETCH": "browser"}, "ZHIHU_FETCH=browser: there is none"),
    ],
)
def test_a_wrong_call_or_setting_is_told_and_nothing_begins(begun, command, args, settings, told):
    with pytest.raises(UsageError) as caught:
        command(*args, settings=settings, ids="1")
    assert told in str(caught.value)
    assert begun == []


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("finished", 0),
        ("robots_forbidden", 3),
        ("store_unavailable", 4),
        ("frontier_unreachable", 4),
        ("needs_login", 5),
        ("blocked", 6),
    ],
)
def test_the_exit_status_says_how_a_crawl_ended(reason, status):
    made = Command()
    made._closed(reason)
    assert made.exitcode == status
