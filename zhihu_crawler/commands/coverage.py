"""``scrapy coverage FOLDER``: which fields a folder of saved pages gives, by kind and layout."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._coverage import count_folder, coverage_text, layouts_text


class Command(ScrapyCommand):
    """Prints Markdown. Exit status: 0, or 2 when nothing could be read."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[options] <folder>"

    def short_desc(self) -> str:
        """What it is for."""
        return "Count which fields saved pages give, by kind and layout"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to write."""
        super().add_options(parser)
        parser.add_argument(
            "--output", default="", metavar="FILE", help="write the tables there instead of printing them"
        )
        parser.add_argument("--layouts", default="", metavar="FILE", help="write there which layouts give which field")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Count, then write or print."""
        if len(args) != 1:
            raise UsageError("name one folder of saved pages")
        try:
            coverage = count_folder(args[0])
        except OSError as error:
            raise UsageError(str(error), print_help=False) from error
        for line in coverage.unread:
            print(f"gave nothing: {line}", file=sys.stderr)
        if not coverage.items:
            print(f"coverage: {args[0]} holds no page that gives an item", file=sys.stderr)
            self.exitcode = 2
            return
        if opts.layouts:
            Path(opts.layouts).write_text(layouts_text(coverage), encoding="utf-8")
        if opts.output:
            Path(opts.output).write_text(coverage_text(coverage), encoding="utf-8")
        else:
            print(coverage_text(coverage))
