"""``scrapy replset``: how the replica set of MONGODB_URI is, and 0, 1 or 2 for good, degraded or down."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from time import sleep as pause
from typing import Any, ClassVar

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._replset import as_json, as_table
from zhihu_crawler.config import HealthConfig, StoreConfig
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.storage.health import Report, assess, look

WATCH_SECONDS = 5.0
_WIDTH = 140
"""Of a table that no terminal limits."""


class Command(ScrapyCommand):
    """Asks every member directly, and the driver; it takes seconds at most, whatever is down or hangs."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[--json] [--watch [SECONDS]]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Show how the MongoDB replica set is; exit status 0 good, 1 degraded, 2 down"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --json and --watch."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="JSON instead of a table; with --watch, a line a look")
        parser.add_argument(
            "--watch",
            type=float,
            nargs="?",
            const=WATCH_SECONDS,
            metavar="SECONDS",
            help=f"look again every so many seconds (default: {WATCH_SECONDS:g}) until Ctrl-C",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look once, or until told to end; the last look gives the exit status."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r} was given")
        if opts.watch is not None and not 0 < opts.watch <= 3600:
            raise UsageError(f"--watch ({opts.watch:g}) must be above 0 and at most 3600 seconds")
        store, health = self._config()
        try:
            while True:
                report = assess(look(store, seconds=health.timeout), lag_limit=health.lag)
                self.exitcode = report.verdict.exit_status
                _show(report, is_json=opts.json, is_watch=opts.watch is not None)
                if opts.watch is None:
                    return
                pause(opts.watch)
        except KeyboardInterrupt:
            return

    def _config(self) -> tuple[StoreConfig, HealthConfig]:
        assert self.settings
        try:
            store, health = StoreConfig.from_settings(self.settings), HealthConfig.from_settings(self.settings)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        if store is None:
            raise UsageError("there is no MONGODB_URI; give it as -s MONGODB_URI=mongodb://a,b,c/zhihu?replicaSet=rs0")
        return store, health


def _show(report: Report, *, is_json: bool, is_watch: bool) -> None:
    if is_json:
        print(as_json(report, indent=None if is_watch else 2), flush=True)
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False)
    if is_watch and console.is_terminal:
        console.clear()
    console.print(as_table(report))
