"""``scrapy schedule``: checks the file of schedules, shows when what runs, and runs it: what is due, or one now."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from redis.exceptions import RedisError
from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._schedule import as_json, as_table, as_text
from zhihu_crawler.config import ScheduleConfig
from zhihu_crawler.errors import BadSchedule, BadSetting, ScheduleError
from zhihu_crawler.frontier.connect import tell
from zhihu_crawler.schedule.engine import Engine
from zhihu_crawler.schedule.faults import near
from zhihu_crawler.schedule.file import load
from zhihu_crawler.schedule.model import QUEUES
from zhihu_crawler.schedule.shop import open_shop
from zhihu_crawler.schedule.spiders import Spiders
from zhihu_crawler.schedule.watch import make_watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.shop import Shop

_WIDTH = 140
"""Of a table that no terminal limits."""


class Command(ScrapyCommand):
    """Does by hand, or by a timer of the system, what Celery does by itself.

    Exit status: 0 when all is well, 1 when the file has faults or a run failed, 2 when it cannot be done as it was
    asked, 3 when Redis could not be reached.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        """How it is called."""
        return "check | list [--json] | run NAME | tick [--queue QUEUE] | test-alert [NAME]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Check schedule.toml, list its schedules, run one now, run what is due, try an alert"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="list: as JSON")
        parser.add_argument(
            "--queue", choices=QUEUES, help="tick: only runs of this queue; exports have one of their own"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do one of the things that it can do."""
        assert self.settings
        actions = {"check": _check, "list": _list, "run": _run, "tick": _tick, "test-alert": _test_alert}
        word, *rest = args or [""]
        if word not in actions:
            raise UsageError(f"what? one of {', '.join(actions)}{near(word, actions) if word else ''}")
        least, most = {"run": (1, 1), "test-alert": (0, 1)}.get(word, (0, 0))
        if not least <= len(rest) <= most:
            raise UsageError(f"{word} takes {'a name' if most else 'no argument'}, and was given {rest}")
        try:
            self.exitcode = actions[word](self.settings, rest, opts)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        except ScheduleError as error:
            print(error, file=sys.stderr)
            self.exitcode = 1 if isinstance(error, BadSchedule) else 2
        except RedisError as error:
            print(f"schedule: {tell(error, self.settings['REDIS_URL'])}", file=sys.stderr)
            self.exitcode = 3


def _check(settings: Any, _: list[str], opts: argparse.Namespace) -> int:  # noqa: ARG001  # as all actions
    config = ScheduleConfig.from_settings(settings)
    plan = load(config.file, Spiders.from_settings(settings))
    for fault in plan.faults:
        print(fault)
    found = f"{len(plan.faults)} fault(s); good are" if plan.faults else "no fault:"
    print(f"{config.file}: {found} {len(plan.schedules)} schedule(s) and {len(plan.alerts)} alert(s)", file=sys.stderr)
    return int(bool(plan.faults))


def _list(settings: Any, _: list[str], opts: argparse.Namespace) -> int:
    shop = open_shop(settings).reached()
    plan = shop.plan()
    states, now = shop.runs.look(plan.schedules), shop.runs.now()
    if opts.json:
        print(as_json(plan, states, now))
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False)
        console.print(as_table(plan, states, now))
    return _told(plan)


def _told(plan: Plan) -> int:
    for fault in plan.faults:
        print(fault, file=sys.stderr)
    return int(bool(plan.faults))


def _run(settings: Any, names: list[str], opts: argparse.Namespace) -> int:  # noqa: ARG001  # as all actions
    shop = open_shop(settings).reached()
    plan = shop.plan()
    [name] = names
    if name not in plan.schedules:
        for fault in plan.broken.get(name, ()):
            print(fault, file=sys.stderr)
        hint = near(name, plan.schedules) or f"; there are: {', '.join(plan.schedules) or 'none'}"
        print(f"there is no good schedule {name!r}{hint}", file=sys.stderr)
        return 2
    engine = Engine(shop, plan)
    answer = engine.claim_by_hand(name)
    if answer.run is None or answer.word != "claimed":
        who, what = answer.owner or "another", answer.status or answer.word
        print(f"{name}: not begun: {who} has it already ({what})", file=sys.stderr)
        return 2
    outcome = engine.perform(answer.run, _reporter(), by_hand=True)
    print(as_text(name, outcome))
    return int(outcome.status == "failed")


def _reporter() -> Callable[[str], None]:
    """Return what shows how far a run is: on a terminal, in one line."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda progress: print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


def _tick(settings: Any, _: list[str], opts: argparse.Namespace) -> int:
    shop = open_shop(settings).reached()
    plan = shop.plan()
    engine, status = Engine(shop, plan), _told(plan)
    for schedule, run in engine.claims(opts.queue):
        outcome = engine.perform(run)
        print(as_text(schedule.name, outcome))
        status = max(status, int(outcome.status == "failed"))
    if opts.queue != "export":
        for line in make_watch(shop, plan).look():
            print(line)
    return status


def _test_alert(settings: Any, names: list[str], opts: argparse.Namespace) -> int:  # noqa: ARG001  # as all actions
    shop: Shop = open_shop(settings)
    lines = make_watch(shop, shop.plan()).test(names[0] if names else None)
    for line in lines:
        print(line.line)
    return int(any(not line.is_good for line in lines))
