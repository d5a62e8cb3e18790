from __future__ import annotations

import argparse

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from zhihu_crawler.commands import fleet
from zhihu_crawler.commands._fleet import Runner
from zhihu_crawler.commands.fleet import Command
from zhihu_crawler.sandbox.services import NAMES, PORTS, Fleet


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout without a fleet."""
    monkeypatch.setattr(fleet, "closest_scrapy_cfg", lambda: str(tmp_path / "scrapy.cfg"))
    return tmp_path


def run(*args):
    command = Command()
    command.settings = Settings()
    command.run(list(args), argparse.Namespace())
    return command.exitcode


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "what\\? one of start, stop, kill, status"),
        (("begin",), "what\\? one of"),
        (("start", "answer-9"), "there is no 'answer-9'; there are sandbox, redis"),
        (("stop", "primary"), "there is no 'primary'"),
        (("kill",), "kill takes one name"),
        (("kill", "redis", "tasks"), "kill takes one name"),
        (("status", "redis"), "status takes no name"),
        (("status",), "there is no fleet here: scrapy fleet start makes one"),
        (("stop",), "there is no fleet here"),
    ],
)
def test_what_cannot_be_done_is_told(project, args, told):
    with pytest.raises(UsageError, match=told):
        run(*args)
    assert not (project / ".scrapy").exists()


def test_a_fleet_that_was_laid_out_is_found_again_and_listed_as_down(project, capsys):
    made = Runner.make(project / ".scrapy" / "fleet", project)
    assert run("status") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [[name, "down"] for name in NAMES]
    found = Runner.open(project / ".scrapy" / "fleet")
    assert found is not None
    assert found.fleet == made.fleet
    assert sorted(made.fleet.ports) == sorted(PORTS)


def test_one_process_is_started_killed_and_stopped_without_the_others(project, capsys):
    runner = Runner.make(project / ".scrapy" / "fleet", project)
    try:
        assert run("start", "redis") == 0
        assert runner.background.pid("redis")
        assert run("start", "redis") == 0
        assert "nothing, all of them run" in capsys.readouterr().err
        assert run("kill", "redis") == 0
        assert run("kill", "redis") == 1
        assert run("start", "redis") == 0
        assert run("stop") == 0
        assert "ended: redis" in capsys.readouterr().err
    finally:
        runner.stop()


def test_one_that_ends_at_once_is_told_with_what_it_said(project, monkeypatch):
    Runner.make(project / ".scrapy" / "fleet", project)
    monkeypatch.setattr(Fleet, "command", lambda self, name: ["/bin/sh", "-c", "echo no such port >&2; exit 1"])
    with pytest.raises(UsageError, match="redis did not start: no such port"):
        run("start", "redis")
