"""``scrapy store-replay``: stores the items that wait in the spool since MongoDB did not take them."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import asyncio
import sys
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import BadSetting, StoreError
from zhihu_crawler.storage.replay import BusyError, replay
from zhihu_crawler.storage.sender import Sender
from zhihu_crawler.storage.spool import waiting


class Command(ScrapyCommand):
    """Writes spools back; one that is broken off goes on where it was.

    Exit status: 0 when nothing waits any more, 1 when something is still refused or in use, 4 when the store cannot be
    reached.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        """How it is called."""
        return "[file ...]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Store the items that wait on this disk since MongoDB did not take them"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Replay the named spools, or all of MONGODB_SPOOL_DIR."""
        assert self.settings
        try:
            config = StoreConfig.from_settings(self.settings)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        if config is None:
            raise UsageError("MONGODB_URI says where to, and it is not set", print_help=False)
        paths = [Path(name) for name in args] or waiting(config.spool_dir)
        if missing := [str(path) for path in paths if not path.is_file()]:
            raise UsageError(f"there is no file {', '.join(missing)}", print_help=False)
        if not paths:
            print(f"Nothing waits in {config.spool_dir}", file=sys.stderr)
            return
        self.exitcode = asyncio.run(_replay(paths, config))


async def _replay(paths: list[Path], config: StoreConfig) -> int:
    sender, status = Sender(config), 0
    try:
        await sender.open()
        for path in paths:
            try:
                done = await replay(path, sender, config.batch_size)
            except BusyError as error:
                print(error, file=sys.stderr)
                status = 1
                continue
            print(f"{path}: {done.stored} stored, {done.refused} refused")
            for reason in done.reasons:
                print(f"  refused: {reason}")
            status = 1 if done.refused else status
    except StoreError as error:
        print(f"{error}; what is left waits", file=sys.stderr)
        return 4
    finally:
        await sender.close()
    return status
