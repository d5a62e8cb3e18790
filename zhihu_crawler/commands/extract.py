"""``scrapy extract FILE... [--url URL]``: the items that saved pages and replies hold, as JSON Lines."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from typing import TYPE_CHECKING

import orjson
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.errors import PageError
from zhihu_crawler.saved import SavedPage, is_of_the_site, parse_saved, read_day, read_saved

if TYPE_CHECKING:
    from zhihu_crawler.items import Item

_TIMES = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class Command(ScrapyCommand):
    """Prints items to standard output, and what went wrong where to standard error.

    Exit status: 0 when every file was read whole, 1 when something in a file could not be read, 2 when a file gave
    nothing at all.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012  # Scrapy's own name and form

    def syntax(self) -> str:
        """How it is called."""
        return "[options] <file, folder or -> ..."

    def short_desc(self) -> str:
        """What it is for."""
        return "Print the items that saved pages and replies hold, as JSON Lines"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --url, --captured and --listings."""
        super().add_options(parser)
        parser.add_argument("--url", default="", help="address that a saved file was served at")
        parser.add_argument("--captured", default="", help="when it was served (2016-03-02): dates like 昨天 need it")
        parser.add_argument("--quiet", action="store_true", help="no line a file on standard error")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read every file in turn."""
        if not args:
            raise UsageError("name at least one file, folder, or - for standard input")
        if opts.url and not is_of_the_site(opts.url):
            raise UsageError(f"--url {opts.url!r} is no address of zhihu.com")
        captured = read_day(opts.captured)
        if opts.captured and captured is None:
            raise UsageError(f"--captured {opts.captured!r} is no date such as 2016-03-02")
        self.exitcode = 0
        for path in args:
            try:
                for page in read_saved(path, url=opts.url, captured_at=captured):
                    self._extract(page, quiet=opts.quiet)
            except OSError as error:
                self._tell(path, str(error), 2)

    def _extract(self, page: SavedPage, *, quiet: bool) -> None:
        try:
            parsed = parse_saved(page)
        except PageError as error:
            self._tell(page.name, f"{error.reason}: {error}", 2)
            return
        for item in parsed.items:
            self._print(item)
        for problem in parsed.problems:
            self._tell(page.name, f"{problem.reason}: {problem}", 1)
        if not parsed.items:
            self._tell(page.name, "holds no items", 0 if parsed.listings else 2)
        elif not quiet:
            self._tell(page.name, _count(parsed.items), 0)

    def _print(self, item: Item) -> None:
        sys.stdout.buffer.write(orjson.dumps(item, option=_TIMES))

    def _tell(self, name: str, message: str, status: int) -> None:
        sys.stdout.buffer.flush()
        print(f"{name}: {message}", file=sys.stderr)
        self.exitcode = max(self.exitcode, status)


def _count(items: list[Item]) -> str:
    kinds: dict[str, int] = {}
    for item in items:
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())
