"""``scrapy seed SPIDER ...``: gives seeds to the workers of a crawl that runs, shows those that wait, removes them."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

from redis.exceptions import RedisError
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._seed import Given, add_options, read_given
from zhihu_crawler.errors import BadSetting, RunError
from zhihu_crawler.frontier.connect import tell
from zhihu_crawler.schedule.seeds import Pushed, queue_of
from zhihu_crawler.schedule.shop import open_shop

if TYPE_CHECKING:
    from zhihu_crawler.schedule.seeds import SeedQueue
    from zhihu_crawler.schedule.shop import Shop


class Command(ScrapyCommand):
    """Pushes to ``<spider>:start_urls``, where the workers of a spider take seeds.

    Exit status: 0 when all was pushed, 1 when lines of a file were left out, 2 when it cannot be done as it was asked,
    3 when Redis could not be reached.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "SPIDER [SEED ...] [-f FILE] [options] | SPIDER --list | SPIDER --clear"

    def short_desc(self) -> str:
        """What it is for."""
        return "Give seeds to the workers of a running crawl, list those that wait, or remove them"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        add_options(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Push, list or clear."""
        assert self.settings
        try:
            shop = open_shop(self.settings)
            given = read_given(args, opts, shop.spiders)
            queue = queue_of(shop.reached().client, self.settings, given.spider)
            if opts.list is not None:
                _list(queue, opts.list)
            elif opts.clear:
                self.exitcode = _clear(queue, is_sure=opts.yes)
            else:
                self.exitcode = _push(shop, queue, given)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        except RunError as error:
            print(f"seed: {error}", file=sys.stderr)
            self.exitcode = 2
        except RedisError as error:
            print(f"seed: {tell(error, self.settings['REDIS_URL'])}", file=sys.stderr)
            self.exitcode = 3


def _list(queue: SeedQueue, most: int) -> None:
    waiting, taken = queue.count(), queue.taken()
    by = f"; {taken} worker(s) are moving some into their queue" if taken else ""
    print(f"{queue.key} ({queue.form()}): {waiting:,} seeds wait{by}", file=sys.stderr)
    for seed in queue.first(most):
        print(seed)
    if waiting > most > 0:
        print(f"... and {waiting - most:,} more; --list {waiting} shows all", file=sys.stderr)


def _clear(queue: SeedQueue, *, is_sure: bool) -> int:
    waiting = queue.count()
    if not is_sure and not _is_wanted(f"Remove the {waiting:,} seeds that wait at {queue.key}? [y/N] "):
        print("seed: nothing was removed", file=sys.stderr)
        return 2
    print(f"Removed {queue.clear():,} seeds from {queue.key}; what workers have taken already goes on", file=sys.stderr)
    return 0


def _is_wanted(question: str) -> bool:
    if not sys.stdin.isatty():
        print("seed: nobody is there to be asked: --yes removes without asking", file=sys.stderr)
        return False
    return input(question).strip().lower() in ("y", "yes")


def _push(shop: Shop, queue: SeedQueue, given: Given) -> int:
    if given.is_trial:
        number = len({seed.mark for seed in given.seeds()})
        print(f"{number:,} seeds would be pushed to {queue.key}", file=sys.stderr)
        return _told(given)
    steps = queue.push_all(given.run, given.seeds, shop.runs.now(), window=given.dedupe)
    pushed = [Pushed(), *deque(steps, maxlen=1)][-1]
    left_out = f", {pushed.known:,} left out as pushed lately" if pushed.known else ""
    print(f"Pushed {pushed.pushed:,} seeds to {queue.key}{left_out}; {queue.count():,} wait there", file=sys.stderr)
    return _told(given)


def _told(given: Given) -> int:
    for fault in given.told:
        print(f"seed: left out: {fault}", file=sys.stderr)
    if given.bad > len(given.told):
        print(f"seed: and {given.bad - len(given.told):,} more were left out", file=sys.stderr)
    return int(given.bad > 0)
