"""``scrapy tour``: a crawl of the sandbox from nothing to files, or of any spider, there or on the site itself."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.extensions.summary import Tally, console, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEMO = (
    ("question", ["ids=1900000000024000001", "follow=authors"]),
    ("collection", ["ids=440000001"]),
)
"""A question of the sandbox with 120 answers and their authors, and a collection (docs/sandbox.md)."""


class Command(BaseRunSpiderCommand):
    """Starts the sandbox on a free port, crawls it, and shows one table of all that was got.

    Exit status: that of the first crawl that failed; 1 when the sandbox did not start.
    """

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[options] [spider]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Crawl the sandbox (or with --live the site) and show what was got"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --live."""
        super().add_options(parser)
        parser.add_argument("--live", action="store_true", help="go to the site itself instead of the sandbox")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, then show the table."""
        if len(args) > 1:
            raise UsageError("name at most one spider")
        if opts.live and not args:
            raise UsageError("--live needs a spider and its arguments: SPIDER=question ARGS='-a ids=...'")
        arguments = [f"{name}={value}" for name, value in opts.spargs.items()]
        plan = [(args[0], arguments)] if args else DEMO
        passed = [*_repeated("-s", opts.set), *_repeated("-o", opts.output), *_repeated("-O", opts.overwrite_output)]
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if not opts.live:
                origin = stack.enter_context(sandbox(folder))
                print(f"The sandbox, a made-up Zhihu, is at {origin}", file=sys.stderr)
                passed += ["-s", f"ZHIHU_ORIGIN={origin}"]
            self.exitcode = _crawl_all(plan, passed, folder, opts.loglevel or "WARNING")


def _repeated(flag: str, values: list[str] | None) -> list[str]:
    return [part for value in values or () for part in (flag, value)]


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    """Run the sandbox as a process of its own on a free port, and give its origin.

    Raises:
        UsageError: it did not start; with what it said.
    """
    log = (folder / "sandbox.log").open("w+", encoding="utf-8")
    command = [sys.executable, "-m", "scrapy", "sandbox", "--port", "0"]
    with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:  # noqa: S603  # our own
        try:
            origin = process.stdout.readline().strip() if process.stdout else ""
            if not origin.startswith("http"):
                log.seek(0)
                raise UsageError(f"the sandbox did not start: {log.read()[-2000:]}", print_help=False)
            yield origin
        finally:
            process.terminate()


def _crawl_all(plan: Sequence[tuple[str, list[str]]], passed: list[str], folder: Path, level: str) -> int:
    """Run the crawls one after the other, the later ones adding to the files of the first."""
    tallies: dict[str, Tally] = {}
    status = 0
    for number, (spider, arguments) in enumerate(plan):
        file = folder / f"summary-{number}.json"
        command = [sys.executable, "-m", "scrapy", "crawl", spider, *_repeated("-a", arguments), *passed]
        command += ["-L", level, "-s", f"ZHIHU_SUMMARY_FILE={file}", "-s", f"ZHIHU_EXPORT_APPEND={int(number > 0)}"]
        print(f"Crawling: {spider} {' '.join(arguments)}", file=sys.stderr)
        status = subprocess.run(command, check=False).returncode or status  # noqa: S603  # our own command
        if file.is_file():
            tallies[spider] = Tally(**json.loads(file.read_text(encoding="utf-8")))
    if tallies:
        show(tallies, console())
    return status
