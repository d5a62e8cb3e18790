"""``scrapy status``: how the crawls, the throttle, the sessions, the store and the schedules are, on one screen."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import json
import sys
from datetime import datetime
from time import sleep as pause
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._status import Gatherer
from zhihu_crawler.commands._status_metrics import as_metrics
from zhihu_crawler.commands._status_screen import as_screen
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from zhihu_crawler.commands._status import Status

WATCH_SECONDS = 5.0
_WIDTH = 140
"""Of what no terminal limits."""


class Command(ScrapyCommand):
    """Looks at everything. Exit status: 0, or 1 when a part could not be seen."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[--json | --prometheus] [--watch [SECONDS]]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Show how it goes: queues, workers, throttle, sessions, store, schedules, newest items"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="JSON instead of a screen; with --watch, a line a look")
        form.add_argument("--prometheus", action="store_true", help="metrics text instead of a screen")
        parser.add_argument(
            "--watch",
            type=float,
            nargs="?",
            const=WATCH_SECONDS,
            metavar="SECONDS",
            help=f"look again every so many seconds (default: {WATCH_SECONDS:g}) until Ctrl-C",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look once, or until told to end."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r} was given")
        if opts.watch is not None and not 0 < opts.watch <= 3600:
            raise UsageError(f"--watch ({opts.watch:g}) must be above 0 and at most 3600 seconds")
        try:
            while True:
                status = self._gather()
                self.exitcode = int(bool(status.troubles))
                _show(status, opts)
                if opts.watch is None:
                    return
                pause(opts.watch)
        except KeyboardInterrupt:
            return

    def _gather(self) -> Status:
        assert self.settings
        try:
            return Gatherer(self.settings).gather()
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error


def _show(status: Status, opts: argparse.Namespace) -> None:
    if opts.json:
        indent = None if opts.watch else 2
        print(json.dumps(status.as_dict(), indent=indent, ensure_ascii=False, default=_plain), flush=True)
    elif opts.prometheus:
        print(as_metrics(status), end="", flush=True)
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False)
        if opts.watch and console.is_terminal:
            console.clear()
        console.print(as_screen(status))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
