"""``scrapy recrawl``: gives what is stale of the stored to the workers again, the most worthwhile first."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, get_args
from uuid import uuid4

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.config import StoreConfig
from zhihu_crawler.errors import BadSetting, RunError
from zhihu_crawler.freshness.candidates import Candidate, Tally, query, worthwhile
from zhihu_crawler.freshness.claims import Claims
from zhihu_crawler.freshness.policy import POLICIES
from zhihu_crawler.frontier.connect import tell
from zhihu_crawler.items import PLURALS
from zhihu_crawler.schedule.message import Seed
from zhihu_crawler.schedule.seeds import Pushed, queue_of
from zhihu_crawler.schedule.shop import open_shop
from zhihu_crawler.storage.connect import explain, sync_client
from zhihu_crawler.urls import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhihu_crawler.schedule.shop import Shop

HEADS_ALONE: dict[str, dict[str, Any]] = {"question": {"max_answers": 0}, "collection": {"max_entries": 0}}
"""Arguments by which a visit is one page; what stands in a list is the business of crawls."""
_BUDGET = 1_000
_BELOW = -10
"""Priority of what is read again: what is read for the first time comes before."""


class Command(ScrapyCommand):
    """Finds what is due, claims it, and pushes it to ``<spider>:start_urls``.

    Exit status: 0 when it was done, 2 when it cannot be done as it was asked, 3 when MongoDB or Redis could not be
    reached.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return f"[{' | '.join(POLICIES)} ...] [--budget PAGES] [--list [N]]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Read again what is stale of the store, within a budget of pages a day"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument(
            "--budget",
            type=int,
            default=_BUDGET,
            metavar="PAGES",
            help=f"pages a day, of all calls (default: {_BUDGET:,})",
        )
        parser.add_argument(
            "--list",
            type=int,
            nargs="?",
            const=20,
            metavar="N",
            help="print the first N (20), with what is expected of them, and push nothing; needs no Redis",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Push, or list."""
        kinds = _kinds(args)
        if opts.budget < 1:
            raise UsageError(f"--budget ({opts.budget}) must be at least 1 page a day", print_help=False)
        assert self.settings
        try:
            store = StoreConfig.from_settings(self.settings)
            if store is None:
                raise UsageError("there is no MONGODB_URI: what is stale is told from the store", print_help=False)
            shop = open_shop(self.settings) if opts.list is None else None
            candidates, tally = find(store, kinds, opts.list or 3 * opts.budget)
            print(f"{tally.seen:,} looked at, {tally.due:,} are due", file=sys.stderr)
            if shop is None:
                _list(candidates)
            else:
                _push(shop, candidates, opts.budget)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        except RunError as error:
            print(f"recrawl: {error}", file=sys.stderr)
            self.exitcode = 2
        except PyMongoError as error:
            assert store
            print(f"recrawl: {explain(error, store)}", file=sys.stderr)
            self.exitcode = 3
        except (RedisError, OSError) as error:
            print(f"recrawl: {tell(error, self.settings['REDIS_URL'])}", file=sys.stderr)
            self.exitcode = 3


def _kinds(args: Sequence[str]) -> list[TargetKind]:
    if wrong := [kind for kind in args if kind not in POLICIES]:
        told = f"{', '.join(map(repr, wrong))} cannot be read again by itself; what can: {', '.join(POLICIES)}"
        raise UsageError(told, print_help=False)
    return [kind for kind in get_args(TargetKind) if kind in (args or POLICIES)]


def find(store: StoreConfig, kinds: Iterable[TargetKind], most: int) -> tuple[list[Candidate], Tally]:
    """Return what is due of some kinds, the most worthwhile first, read from a secondary where there is one.

    Raises:
        PyMongoError: the store cannot be read.
    """
    now, tally, found = datetime.now(UTC), Tally(), []
    with sync_client(store, readPreference="secondaryPreferred") as client:
        for kind in kinds:
            filters, fields = query(kind, now)
            documents = client[store.database][PLURALS[kind]].find(filters, fields)
            found += worthwhile(kind, documents, now, most, tally)
    return sorted(found, key=lambda candidate: -candidate.worth)[:most], tally


def _list(candidates: Iterable[Candidate]) -> None:
    for one in candidates:
        print(f"{one.target.url}\tread {one.visited:%Y-%m-%d %H:%MZ}\t{one.expected:.1f} changes expected")


def _push(shop: Shop, candidates: Sequence[Candidate], budget: int) -> None:
    claims, counts = Claims(shop.client, budget), dict.fromkeys(POLICIES, 0)
    for batch in claims.claim(candidates):
        for kind in counts:
            seeds = [Seed(one.target, _BELOW, HEADS_ALONE.get(kind, {})) for one in batch if one.kind == kind]
            counts[kind] += _push_some(shop, kind, seeds)
    told = ", ".join(f"{count:,} {PLURALS[kind]}" for kind, count in counts.items() if count) or "nothing"
    print(f"Pushed {told}; {claims.left:,} of {budget:,} pages a day are left", file=sys.stderr)


def _push_some(shop: Shop, spider: str, seeds: list[Seed]) -> int:
    if not seeds:
        return 0
    queue = queue_of(shop.client, shop.settings, spider)
    steps = queue.push_all(f"recrawl-{uuid4().hex}", lambda: seeds, shop.runs.now())
    return [Pushed(), *deque(steps, maxlen=1)][-1].pushed
