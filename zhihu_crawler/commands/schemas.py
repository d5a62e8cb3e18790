"""``scrapy schemas``: writes the JSON Schemas of the items, or checks that they are up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._generated import ROOT, shown, stale_files, write_files
from zhihu_crawler.commands._schemas import schema_files

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """One file a kind."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What may follow the command."""
        return "[--check] [--dir DIR]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Write the JSON Schemas of the items"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit with 1 when a file is out of date"
        )
        parser.add_argument(
            "--dir", type=Path, default=ROOT / "schemas", help="folder of the schemas (default: schemas)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write or check."""
        if args:
            raise UsageError(f"schemas takes no {args[0]!r}: {self.syntax()}", print_help=False)
        files = schema_files(opts.dir)
        if not opts.check:
            print(f"schemas: {len(files)} kinds, {len(write_files(files))} files changed")
            return
        stale, unknown = stale_files(files), sorted(set(opts.dir.glob("*.json")) - files.keys())
        if stale:
            print(f"out of date, run `scrapy schemas`: {shown(stale)}")
        if unknown:
            print(f"of no kind, delete: {shown(unknown)}")
        self.exitcode = 1 if stale or unknown else 0
