"""``scrapy frontier``: looks at a shared crawl, pauses and clears it, and sees to what was put aside."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import asyncio
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from redis.exceptions import RedisError
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import SpiderLoader

from zhihu_crawler.commands._frontier import show_dead, show_state
from zhihu_crawler.config import FrontierConfig
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.admin import Admin
from zhihu_crawler.frontier.connect import connect_sync, tell
from zhihu_crawler.frontier.link import Keys
from zhihu_crawler.frontier.throttle.crawler import states_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

ACTIONS = {
    "stats": "show the crawl of a spider, or of all",
    "pause": "let no worker begin another page, until resume",
    "resume": "go on after pause or drain",
    "drain": "let the workers of this moment finish their pages and end; the queue stays",
    "clear": "delete the crawl: queue, leases, seen-set, what was put aside; seeds that wait stay",
    "dead": "list what was put aside",
    "revive": "put what was put aside back into the queue: ids, --kind, or --all",
}


class Command(ScrapyCommand):
    """Acts on what Redis has of a crawl. Exit status: 1 when there is nothing to act on, 2 when it cannot be done."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return how it is called."""
        return "<action> [spider] [ids]"

    def short_desc(self) -> str:
        """Return what it does."""
        return "Look at a crawl that several processes share, and act on it"

    def long_desc(self) -> str:
        """Return the actions."""
        told = "\n".join(f"  {name:<8}{what}" for name, what in ACTIONS.items())
        return f"{self.short_desc()}. REDIS_URL says where it is. Actions:\n{told}"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of all actions."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="stats, dead: print JSON, a line each")
        parser.add_argument("--kind", help="dead, revive: only what was put aside for this kind of reason")
        parser.add_argument("--limit", type=int, default=20, help="dead: at most so many (default: %(default)s)")
        parser.add_argument("--all", action="store_true", help="revive, dead --delete: everything")
        parser.add_argument("--delete", action="store_true", help="dead: delete them (ids, --kind or --all) for good")
        parser.add_argument("--yes", action="store_true", help="clear: do not ask")
        parser.add_argument("--shared", action="store_true", help="clear: also the seen-set that spiders share")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Act."""
        if not args or args[0] not in ACTIONS:
            raise UsageError(f"name an action: {', '.join(ACTIONS)}")
        action, *rest = args
        assert self.settings
        spiders = SpiderLoader.from_settings(self.settings).list()
        if rest and rest[0] not in spiders:
            raise UsageError(
                f"there is no spider {rest[0]!r}; there are: {', '.join(sorted(spiders))}", print_help=False
            )
        if not rest and action != "stats":
            raise UsageError(f"{action} which spider's crawl? scrapy frontier {action} question", print_help=False)
        with self._client() as client:
            if rest:
                self.exitcode = getattr(self, f"_{action}")(self._admin(client, rest[0]), rest[0], rest[1:], opts)
            else:
                known = {name: self._admin(client, name) for name in sorted(spiders)}
                shown = [self._stats(admin, name, [], opts) for name, admin in known.items() if admin.exists()]
                if not shown:
                    print("no crawl of any spider is in this Redis", file=sys.stderr)
                self.exitcode = int(not shown)

    @contextmanager
    def _client(self) -> Iterator[Redis]:
        """Connect, and tell in one line what is wrong with Redis."""
        assert self.settings
        config = FrontierConfig.from_settings(self.settings)
        if config.url is None:
            raise UsageError("REDIS_URL is empty: give it, or -s REDIS_URL=redis://...", print_help=False)
        try:
            with connect_sync(config.url, timeout=config.timeout, name="scrapy-frontier") as client:
                yield client
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        except (RedisError, OSError) as error:
            raise UsageError(tell(error, config.url), print_help=False) from error

    def _admin(self, client: Redis, spider: str) -> Admin:
        assert self.settings
        config = FrontierConfig.from_settings(self.settings)
        seeds_key = config.seeds_key % {"name": spider, "spider": spider}
        return Admin(client, Keys(spider, config.seen_shared), seeds_key, config.seen_days)

    def _stats(self, admin: Admin, spider: str, _: list[str], opts: argparse.Namespace) -> int:
        if not admin.exists():
            return _nothing(spider)
        assert self.settings
        budgets = asyncio.run(states_of(self.settings))
        if opts.json:
            told = {"spider": spider, **asdict(admin.state()), "budgets": [asdict(budget) for budget in budgets]}
            print(json.dumps(told))
        else:
            show_state(spider, admin.state(), budgets)
        return 0

    def _pause(self, admin: Admin, spider: str, _: list[str], __: argparse.Namespace) -> int:
        if not admin.exists():
            return _nothing(spider)
        admin.pause()
        print(
            f"{spider}: no page is begun from now on; what is begun is finished. Go on: scrapy frontier resume {spider}"
        )
        return 0

    def _resume(self, admin: Admin, spider: str, _: list[str], __: argparse.Namespace) -> int:
        if not admin.exists():
            return _nothing(spider)
        admin.resume()
        print(f"{spider}: goes on")
        return 0

    def _drain(self, admin: Admin, spider: str, _: list[str], __: argparse.Namespace) -> int:
        if not admin.exists():
            return _nothing(spider)
        admin.drain()
        print(f"{spider}: {len(admin.alive())} workers finish what they have begun and end; later ones go on")
        return 0

    def _clear(self, admin: Admin, spider: str, _: list[str], opts: argparse.Namespace) -> int:
        if not admin.exists():
            return _nothing(spider)
        state, alive = admin.state(), admin.alive()
        what = f"{spider}: {state.waiting} requests that wait, {state.seen} marks, {state.dead} put aside"
        if alive:
            what += f"; {len(alive)} workers are at it and would end"
        if not opts.yes and not _confirmed(f"Delete {what}?"):
            print("nothing was deleted")
            return 1
        print(f"{spider}: {admin.clear(shared=opts.shared)} keys deleted")
        return 0

    def _dead(self, admin: Admin, spider: str, ids: list[str], opts: argparse.Namespace) -> int:
        if opts.delete:
            print(f"{spider}: {admin.forget_dead(_chosen(admin, ids, opts))} deleted")
            return 0
        found = sorted(admin.dead(opts.kind), key=lambda dead: -dead.at)
        if ids:
            found = [dead for dead in found if dead.id in ids]
        if opts.json:
            for dead in found:
                print(json.dumps(asdict(dead) | {"url": dead.url}, ensure_ascii=False))
        else:
            show_dead(spider, found, opts.limit)
        return 0

    def _revive(self, admin: Admin, spider: str, ids: list[str], opts: argparse.Namespace) -> int:
        chosen = _chosen(admin, ids, opts)
        revived = admin.revive(chosen)
        left = len(chosen) - revived
        print(f"{spider}: {revived} wait again" + (f"; {left} are not there, or cannot travel" if left else ""))
        return int(left > 0 or not revived)


def _chosen(admin: Admin, ids: list[str], opts: argparse.Namespace) -> list[str]:
    if not ids and not opts.kind and not opts.all:
        raise UsageError("which? Give ids, --kind KIND, or --all", print_help=False)
    return ids or [dead.id for dead in admin.dead(opts.kind)]


def _nothing(spider: str) -> int:
    print(f"{spider}: there is no crawl of it in this Redis", file=sys.stderr)
    return 1


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Say --yes", print_help=False)
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
