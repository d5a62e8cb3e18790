"""``scrapy dictionary``: writes ``docs/data-dictionary.md``, or checks that it is up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._dictionary import dictionary_text, read_layouts
from zhihu_crawler.commands._generated import ROOT, shown, stale_files, write_files

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

LAYOUTS = ROOT / "docs" / "layouts.tsv"
"""Which layouts give which field, as counted on real pages."""


class Command(ScrapyCommand):
    """One Markdown file for all kinds."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What may follow the command."""
        return "[--check]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Write the data dictionary"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when it is out of date")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write or check."""
        if args:
            raise UsageError(f"dictionary takes no {args[0]!r}: {self.syntax()}", print_help=False)
        files = dictionary_files()
        if not opts.check:
            print(f"dictionary: {'changed' if write_files(files) else 'as it was'}")
            return
        if stale := stale_files(files):
            print(f"out of date, run `scrapy dictionary`: {shown(stale)}")
            self.exitcode = 1


def dictionary_files() -> dict[Path, str]:
    """Return the dictionary's text by its path."""
    return {ROOT / "docs" / "data-dictionary.md": dictionary_text(read_layouts(LAYOUTS))}
