"""``scrapy export [KIND ...] -o FILE``: what was crawled, as files that people read or load."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import logging
import os
import signal
import sqlite3
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo.errors import PyMongoError
from scrapy.commands import ScrapyCommand

from zhihu_crawler.commands._export import add_options, item_files, read_asked
from zhihu_crawler.commands._export_shown import Bar, show_report
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import BadSetting, ExportError, StoreError
from zhihu_crawler.export.job import Job
from zhihu_crawler.export.sources.files import FilesSource
from zhihu_crawler.export.sources.store import StoreSource
from zhihu_crawler.storage.connect import explain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from zhihu_crawler.export.sources import Source


class Command(ScrapyCommand):
    """Exports from the store, or with --from out of item files.

    Exit status: 0 when all that was wanted was written, 1 when something of it could not be read, 2 when nothing can be
    done as it was asked, 3 when it was broken off by the store or the disk, 130 by Ctrl-C, 143 by SIGTERM. After 3, 130
    and 143, and after a kill, the same command goes on.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[KIND ...] -o FILE|FOLDER|- [options]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Export what was crawled: JSON Lines, CSV, Parquet, Markdown, HTML, text, EPUB"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        add_options(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Export, and say what was done."""
        logging.basicConfig(format="export: %(message)s", level=logging.WARNING, stream=sys.stderr)
        signal.signal(signal.SIGTERM, _end)
        bar = Bar(on=not opts.no_progress and opts.output != "-")
        try:
            asked = read_asked(args, opts)
            job = Job(asked, self._opener(opts), not opts.files, opts.overwrite, opts.restart, bar.show)
            with bar:
                report = job.run()
        except KeyboardInterrupt as ended:
            status = 143 if isinstance(ended, _Ended) else 130
            self._stop(f"stopped{bar.told()}; the same command goes on", status)
        except (StoreError, PyMongoError, OSError, sqlite3.OperationalError) as error:
            self._break_off(error, opts, bar)
        except ExportError as error:
            lines = str(error).splitlines()
            self._stop("\n  ".join([*(["it cannot be made as asked:"] if len(lines) > 1 else []), *lines]), 2)
        else:
            show_report(report)
            self.exitcode = 1 if report.damaged else 0

    def _opener(self, opts: argparse.Namespace) -> Callable[[Path], Source]:
        assert self.settings
        if opts.files:
            files = item_files(opts.files)
            return lambda folder: FilesSource(files, folder)
        try:
            config = StoreConfig.from_settings(self.settings)
        except BadSetting as error:
            raise ExportError(str(error)) from error
        if config is None:
            raise ExportError(
                "there is no store: set MONGODB_URI (or -s MONGODB_URI=...), or read item files with --from exports"
            )
        return lambda _: StoreSource(config)

    def _break_off(self, error: BaseException, opts: argparse.Namespace, bar: Bar) -> None:
        if isinstance(error, BrokenPipeError) and opts.output == "-":  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.exitcode = 0
            return
        assert self.settings
        config = StoreConfig.from_settings(self.settings)
        told = explain(error, config) if isinstance(error, PyMongoError) and config else str(error)
        self._stop(f"{told}\nexport: broken off{bar.told()}; the same command goes on", 3)

    def _stop(self, told: str, status: int) -> None:
        print(f"export: {told}", file=sys.stderr)
        self.exitcode = status


class _Ended(KeyboardInterrupt):
    """SIGTERM, which ends an export as Ctrl-C does."""


def _end(_: int, __: FrameType | None) -> None:
    raise _Ended
