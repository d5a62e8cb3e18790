"""``scrapy mongo``: serves a throw-away replica set on loopback until it is told to end."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import signal
import sys
import threading
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.sandbox.mongod import NoMongod
from zhihu_crawler.sandbox.replica_set import running_set


class Command(ScrapyCommand):
    """Prints the set's URI once it is whole; what was stored in it is gone when it ends."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[--members N]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Run a throw-away MongoDB replica set on this machine"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --members."""
        super().add_options(parser)
        parser.add_argument("--members", type=int, default=3, choices=range(1, 8), help="how many (default: 3)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve until SIGTERM or SIGINT."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r} was given")
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        assert self.settings
        try:
            with running_set(opts.members, mongod=self.settings.get("MONGOD") or "") as replica_set:
                print(replica_set.uri("zhihu"), flush=True)
                print("A throw-away replica set; Ctrl-C ends it and all that it holds.", file=sys.stderr)
                ending.wait()
        except NoMongod as error:
            raise UsageError(str(error), print_help=False) from error
