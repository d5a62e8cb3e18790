"""``scrapy tour``: which crawls it runs with what, and what it shows of them; the crawls themselves are noted only."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy.exceptions import UsageError
from scrapy.utils.project import get_project_settings

from zhihu_crawler.commands import tour
from zhihu_crawler.commands.tour import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN = "http://127.0.0.1:7"


class Runs:
    """Takes commands instead of running them. Each ends with the next status, after the next tally was written."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.statuses: list[int] = []
        self.tallies: list[dict[str, object]] = []

    def run(self, command: list[str], *, check: bool) -> SimpleNamespace:
        self.commands.append(command)
        if self.tallies:
            [file] = [part.removeprefix("ZHIHU_SUMMARY_FILE=") for part in command if "ZHIHU_SUMMARY_FILE" in part]
            Path(file).write_text(json.dumps(self.tallies.pop(0)), encoding="utf-8")
        return SimpleNamespace(returncode=self.statuses.pop(0) if self.statuses else 0)

    def settings(self, number: int) -> dict[str, str]:
        parts = self.commands[number]
        return dict(parts[at + 1].split("=", 1) for at, part in enumerate(parts) if part == "-s")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    made = Runs()

    @contextmanager
    def sandbox(_: object) -> Iterator[str]:
        yield ORIGIN

    monkeypatch.setattr(tour, "sandbox", sandbox)
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


def take(*words: str) -> Command:
    made = Command()
    made.settings = get_project_settings().copy()
    parser = ArgumentParser()
    made.add_options(parser)
    options, args = parser.parse_known_args(list(words))
    made.process_options(args, options)
    made.run(args, options)
    return made


def test_the_demo_is_two_crawls_of_the_sandbox_into_the_same_files(runs: Runs, capsys: pytest.CaptureFixture[str]):
    runs.tallies = [{"got": {"question": 1}}, {"got": {"collection": 1}, "remarks": ["half of it"]}]
    assert take().exitcode == 0
    assert [command[:5] for command in runs.commands] == [
        [sys.executable, "-m", "scrapy", "crawl", spider] for spider in ("question", "collection")
    ]
    assert [runs.settings(number)["ZHIHU_EXPORT_APPEND"] for number in (0, 1)] == ["0", "1"]
    assert {runs.settings(number)["ZHIHU_ORIGIN"] for number in (0, 1)} == {ORIGIN}
    told = capsys.readouterr().err
    assert f"The sandbox, a made-up Zhihu, is at {ORIGIN}" in told
    assert "half of it" in told
    assert "collections" in told


def test_a_spider_is_given_what_the_user_gave(runs: Runs):
    take("user", "-a", "tokens=a", "-a", "follow=answers", "-s", "X=1", "-O", "x.csv", "-L", "INFO")
    [command] = runs.commands
    line = " ".join(command)
    for told in ("crawl user -a tokens=a -a follow=answers", "-s X=1", "-O x.csv", "-L INFO"):
        assert told in line


def test_a_live_crawl_starts_no_sandbox(runs: Runs, capsys: pytest.CaptureFixture[str]):
    take("--live", "question", "-a", "ids=1")
    assert "ZHIHU_ORIGIN" not in runs.settings(0)
    assert "sandbox" not in capsys.readouterr().err


@pytest.mark.parametrize(("statuses", "status"), [([0, 3], 3), ([4, 0], 4), ([0, 0], 0)])
def test_a_crawl_that_failed_is_told_whatever_the_others_did(runs: Runs, statuses: list[int], status: int):
    runs.statuses = list(statuses)
    assert take().exitcode == status
    assert len(runs.commands) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [(["a", "b"], "at most one spider"), (["--live"], "--live needs a spider")],
)
def test_a_wrong_call_is_told(runs: Runs, words: list[str], told: str):
    with pytest.raises(UsageError, match=told):
        take(*words)
    assert runs.commands == []


def test_a_sandbox_that_does_not_start_is_told_with_what_it_said(tmp_path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho no port is free >&2\n")
    program.chmod(0o755)
    monkeypatch.setattr(tour.sys, "executable", str(program))
    with pytest.raises(UsageError, match="did not start: no port is free"), tour.sandbox(tmp_path):
        pass
