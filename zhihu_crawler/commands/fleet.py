"""``scrapy fleet``: the whole of a scheduled crawl on this machine, in the sandbox, to look at and to break."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from zhihu_crawler.commands._fleet import FOLDER, Runner
from zhihu_crawler.sandbox.background import NotStarted
from zhihu_crawler.sandbox.mongod import NoMongod
from zhihu_crawler.sandbox.redis_server import NoRedis
from zhihu_crawler.sandbox.services import NAMES

if TYPE_CHECKING:
    import argparse

ACTIONS = ("start", "stop", "kill", "status")
PRIMARY = "primary"
_WIDTH = 140
"""Of a table that no terminal limits."""


class Command(ScrapyCommand):
    """Its processes go on when it has ended. Exit status: 1 when something does not run, 2 when it cannot be done."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "start [NAME ...] | stop [NAME ...] | kill NAME | status"

    def short_desc(self) -> str:
        """What it is for."""
        return "Run a fleet in the sandbox on this machine: workers, schedulers, Redis, a replica set"

    def long_desc(self) -> str:
        """Name the processes."""
        told = f"Names: {', '.join(NAMES)}; kill takes {PRIMARY} too."
        return f"{self.short_desc()}. Its files lie below {FOLDER}. {told}"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # as Scrapy calls it
        """Do one of the things that it can do."""
        word, *names = args or [""]
        if word not in ACTIONS:
            raise UsageError(f"what? one of {', '.join(ACTIONS)}")
        _check(word, names)
        assert self.settings
        try:
            root = Path(closest_scrapy_cfg()).parent
            runner = Runner.open(root / FOLDER)
            if runner is None and word == "start":
                runner = Runner.make(root / FOLDER, root, self.settings.get("MONGOD") or "")
            if runner is None:
                raise UsageError("there is no fleet here: scrapy fleet start makes one", print_help=False)
            self.exitcode = _ACTIONS[word](runner, names)
        except (NotStarted, NoMongod, NoRedis) as error:
            raise UsageError(str(error), print_help=False) from error


def _check(word: str, names: list[str]) -> None:
    known = (*NAMES, PRIMARY) if word == "kill" else NAMES
    for name in names:
        if name not in known:
            raise UsageError(f"there is no {name!r}; there are {', '.join(known)}", print_help=False)
    if word == "kill" and len(names) != 1:
        raise UsageError("kill takes one name", print_help=False)
    if word == "status" and names:
        raise UsageError("status takes no name", print_help=False)


def _start(runner: Runner, names: list[str]) -> int:
    begun = runner.start(names or NAMES)
    print(f"started: {', '.join(begun) or 'nothing, all of them run'}", file=sys.stderr)
    if names:
        return 0
    _show(runner)
    print(f"Look at it:  . {FOLDER}/env && scrapy status --watch\nEnd it:      make fleet-stop")
    return 0


def _stop(runner: Runner, names: list[str]) -> int:
    running = [name for name in names or NAMES if runner.background.pid(name)]
    late = runner.stop(running)
    print(f"ended: {', '.join(running) or 'nothing, none of them ran'}", file=sys.stderr)
    if late:
        print(f"killed, as they did not end by themselves: {', '.join(late)}", file=sys.stderr)
    return 0


def _kill(runner: Runner, names: list[str]) -> int:
    name = runner.primary() if names == [PRIMARY] else names[0]
    if not runner.background.kill(name):
        print(f"{name} does not run", file=sys.stderr)
        return 1
    print(f"killed: {name}", file=sys.stderr)
    return 0


def _status(runner: Runner, _: list[str]) -> int:
    _show(runner)
    return int(not all(runner.background.pid(name) for name in NAMES))


def _show(runner: Runner) -> None:
    width = None if sys.stdout.isatty() else _WIDTH
    Console(width=width, highlight=False, markup=False).print(runner.as_table())


_ACTIONS = {"start": _start, "stop": _stop, "kill": _kill, "status": _status}
